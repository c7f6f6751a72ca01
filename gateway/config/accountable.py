"""What council.yaml holds of who answers: for families' information, and to whoever complains."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.controllers import Controller
from gateway.config.yamlfile import Part


class ControllersPart(Part):
    """Who answers for the information: `sender`, `council`, both (`joint`), or nobody has said (settled 52)."""

    received: Controller = "not_said"
    held: Controller = "not_said"
    sent: Controller = "not_said"


class ComplaintsPart(Part):
    """How the complaints desk is reached. It is printed where a decision is explained, and never guessed."""

    address: str = ""
    mail: Annotated[str, Field(pattern=r"^([^\s@<>,]+@[a-z0-9.-]+|)$")] = ""
    telephone: Annotated[str, Field(pattern=r"^(\+?[0-9][0-9 ]{4,19}|)$")] = ""

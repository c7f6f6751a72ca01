"""Asks the desk, as one person in one role: through the gateway that owns the store or, with none running, in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gateway.doors.cli.files import Council, Demo, rules_of
from gateway.doors.cli.reaching import reach
from gateway.doors.people import PATH, at_desk
from gateway.main import load_checked
from gateway.settings import demo_settings, load_settings

By = Annotated[str, typer.Option(help="Who you are: the name you are listed with in the council's people.yaml.")]
Role = Annotated[str, typer.Option(help="The duty role you act in, such as hub_duty.")]

__all__ = ["By", "Council", "Demo", "Role", "ask"]


def ask(verb: str, demo: bool, asked: Mapping[str, str]) -> Any:
    """What the desk answers. Raises what the desk raises."""
    settings = demo_settings() if demo else load_settings()
    catalogue = load_checked(settings.mappings)
    rules_of(catalogue, asked["council"])
    return reach(settings, catalogue, f"{PATH}{verb}", asked, at_desk(verb))["told"]

"""How every part of the canonical referral behaves: frozen, strict, and closed to fields nobody defined."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MAX_TEXT = 20_000
"""Characters in one narrative. A longer one is a document: attach it."""

Text = Annotated[str, Field(max_length=MAX_TEXT)]
"""Free text as the sender wrote it. Any of it may name people."""

Line = Annotated[str, Field(max_length=500)]
"""One line of text: a name, an address line, a label."""

Code = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9_.:/#\\-]+$")]
"""A value of a code list in `mappings/codes/`, or a code the council's files define."""

Ref = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
"""A name for a person inside this one referral ("child", "mother", "sibling-2"). Means nothing outside it."""


class Part(BaseModel):
    """One part of a referral. Strict: a number is no date of birth, `true` is no 1. Errors never repeat the input."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

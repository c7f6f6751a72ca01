"""A sender's or a hub's own list of one day, to lay beside ours."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from contracts.model import Part

MOST: Final = 20_000
"""Entries of one kind in one list."""

Reference = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Key = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,255}$")]


class DayListed(Part):
    """What one sender sent, or one hub has, of one day. An entry may be listed in more than one way, or in one.

    A hub lists the ids of messages as `references`, and nothing else.
    """

    references: tuple[Reference, ...] = Field(
        default=(), max_length=MOST, description="our references, or a hub's message ids: 32 hex digits"
    )
    keys: tuple[Key, ...] = Field(default=(), max_length=MOST, description="the Idempotency-Key of each thing sent")
    digests: tuple[Digest, ...] = Field(
        default=(), max_length=MOST, description="SHA-256 of exactly the bytes that were sent, in small letters"
    )

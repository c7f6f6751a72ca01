"""What a council writes of places: its postcodes, and the councils next door that are not connected."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.config.yamlfile import Part

_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
_Line = Annotated[str, Field(min_length=1)]
Area = Annotated[str, Field(pattern=r"^[A-Z]{1,2}[0-9][0-9A-Z]?( [0-9]([A-Z]{2})?)?$")]


class PostcodesPart(Part):
    """Where the council is: districts (`HU5`), sectors (`HU5 3`) or whole codes. The council enters them."""

    ours: tuple[Area, ...] = ()
    localities: dict[_Name, tuple[Area, ...]] = Field(default_factory=dict)
    routes: bool = False


class NeighbourRow(Part):
    """A council next door: every name it is written by, and how its front door is rung."""

    title: _Line
    names: tuple[_Line, ...] = ()
    telephone: _Line
    out_of_hours: str = ""

"""Leaves out of a part what a reviewer marked: fields by their pointers, passages word for word. Nothing is edited."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

OUT: Final = "[left out]"
"""What stands where something was left out."""


def redacted(value: Any, fields: Collection[str], passages: Collection[str], at: str = "") -> Any:
    """The part without what is marked. fields: pointers into it, "" for all of it; passages in any case of letters."""
    if at in fields:
        return OUT
    if isinstance(value, Mapping):
        return {name: redacted(one, fields, passages, f"{at}/{name}") for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(one, fields, passages, f"{at}/{place}") for place, one in enumerate(value)]
    if isinstance(value, str) and passages:
        return re.sub(
            "|".join(_pattern(one) for one in sorted(passages, key=len, reverse=True)), OUT, value, flags=re.I
        )
    return value


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Pointer and text of each single value in a part."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from leaves(one, f"{at}/{name}")
    elif isinstance(value, list | tuple):
        for place, one in enumerate(value):
            yield from leaves(one, f"{at}/{place}")
    else:
        yield at, {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def absent(value: Any, passages: Collection[str]) -> list[int]:
    """Places of the passages, from 1, that stand nowhere in the part."""
    texts = [text for _, text in leaves(value)]
    return [
        place
        for place, one in enumerate(passages, 1)
        if not any(re.search(_pattern(one), text, re.I) for text in texts)
    ]


def _pattern(passage: str) -> str:
    """Any space between its words, as a reviewer copies it."""
    return r"\s+".join(re.escape(word) for word in passage.split())

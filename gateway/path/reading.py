"""Canonical JSON in: strict bytes to a referral, or faults that name each place and never a value."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import Final

from pydantic import ValidationError

from adapters.formats.json import strict_json
from contracts.adapter import Fault
from contracts.errors import InvalidReferral
from contracts.referral import Referral


def read_referral(content: bytes) -> Referral:
    """The referral in these bytes. Raises UnreadablePayload (not strict JSON) or InvalidReferral (not our model)."""
    strict_json(content)
    try:
        return Referral.model_validate_json(content.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as error:
        faults = faults_of(error)
        raise InvalidReferral(f"{len(faults)} thing{'s' if len(faults) > 1 else ''} to put right.", faults) from None


def faults_of(error: ValidationError) -> tuple[Fault, ...]:
    """Pydantic's complaints as faults: JSON pointers and expectations, never the input."""
    return tuple(
        Fault(
            position="",
            pointer=pointer(item["loc"]),
            expected=_EXPECTED.get(item["type"])
            or item["msg"].removeprefix("Input should be ").removeprefix("Value error, "),
            remedy=_remedy(item["type"], item["loc"]),
        )
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    )


def pointer(loc: tuple[int | str, ...]) -> str:
    """RFC 6901 pointer. A name that is no field's may itself be somebody's, so only names like a field's are shown."""
    steps = (str(step) if isinstance(step, int) or _nearest(step) else "…" for step in loc)
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)


def _remedy(kind: str, loc: tuple[int | str, ...]) -> str:
    near = _nearest(str(loc[-1])) if kind == "extra_forbidden" else ""
    if near and near != loc[-1]:
        return f"Did you mean `{near}`? If not, put the answer under other_answers so that nothing is lost."
    return _REMEDY.get(kind, "Put this field right and send the whole referral again.")


def _nearest(step: str) -> str:
    """The field's name that is most like this one, or "" if none is."""
    return next(iter(get_close_matches(step, _names(), n=1, cutoff=0.7)), "")


@cache
def _names() -> tuple[str, ...]:
    """Every name a field of a referral has."""
    parts = Referral.model_json_schema()
    found = {name for part in (parts, *parts["$defs"].values()) for name in part.get("properties", {})}
    return tuple(sorted(found))


_DATE: Final = 'a date in quotes, such as "2015-03-14"'
_EXPECTED: Final = {
    "extra_forbidden": "no field of this name",
    "missing": "this field",
    "string_type": "text in quotes",
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "bool_type": "true or false, without quotes",
    "int_type": "a whole number, without quotes",
    "string_pattern_mismatch": "a code: letters, digits and _ . : / # - only",
}
_REMEDY: Final = {
    "extra_forbidden": "Take it out, or put the answer under other_answers so that nothing is lost.",
    "missing": "Add it.",
    "enum": "Use a value from the published schema.",
    "literal_error": "Use a value from the published schema.",
}

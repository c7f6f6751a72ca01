"""Canonical JSON in: strict bytes to a referral, or faults that name each place and never a value."""

from __future__ import annotations

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
            remedy=_REMEDY.get(item["type"], "Put this field right and send the whole referral again."),
        )
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    )


def pointer(loc: tuple[int | str, ...]) -> str:
    """RFC 6901 pointer. A name that no field has may itself hold data, so it is shown only if it looks like a name."""
    steps = (str(step) if isinstance(step, int) or _looks_like_a_name(step) else "…" for step in loc)
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)


def _looks_like_a_name(step: str) -> bool:
    return len(step) < 40 and step.isascii() and step.replace("_", "").isalnum() and step == step.lower()


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

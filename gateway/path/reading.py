"""Canonical JSON in: strict bytes to a referral, or faults that name each place and never a value."""

from __future__ import annotations

import difflib
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

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
            remedy=_near(item["loc"], item["type"])
            or _REMEDY.get(item["type"], "Put this field right and send the whole referral again."),
        )
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    )


def pointer(loc: tuple[int | str, ...]) -> str:
    """RFC 6901 pointer. A name that no field has may itself hold data, so it is shown only if it looks like a name."""
    steps = (str(step) if isinstance(step, int) or _looks_like_a_name(step) else "…" for step in loc)
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)


def _looks_like_a_name(step: str) -> bool:
    return len(step) < 40 and step.isascii() and step.replace("_", "").isalnum() and step == step.lower()


def _near(loc: tuple[int | str, ...], kind: str) -> str:
    """The field that a name nobody knows was probably meant to be, if one is like it."""
    near = difflib.get_close_matches(str(loc[-1]), _names_at(loc[:-1]), n=1) if kind == "extra_forbidden" else []
    return f"Did you mean {near[0]}?" if near else ""


def _names_at(loc: tuple[int | str, ...]) -> list[str]:
    """The fields of the part of a referral at this place."""
    model: type[BaseModel] | None = Referral
    for step in loc:
        if isinstance(step, str) and model is not None:
            field = model.model_fields.get(step)
            model = _model_in(field.annotation) if field else None
    return list(model.model_fields) if model is not None else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The part that a field is, or holds some of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part)) is not None), None)


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

"""JSON in: strict bytes to a referral or a message about one, or faults that name each place and never a value."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from adapters.formats.json import strict_json
from contracts.adapter import Fault
from contracts.errors import InvalidMessage, InvalidReferral
from contracts.referral import Referral

M = TypeVar("M", bound=BaseModel)


def read_referral(content: bytes) -> Referral:
    """The referral in these bytes. Raises UnreadablePayload (not strict JSON) or InvalidReferral (not our model)."""
    strict_json(content)
    try:
        return Referral.model_validate_json(content.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as error:
        faults = faults_of(error)
        raise InvalidReferral(f"{len(faults)} thing{'s' if len(faults) > 1 else ''} to put right.", faults) from None


def read_message(content: bytes, model: type[M]) -> M:
    """What was said about a referral. Raises UnreadablePayload (not strict JSON) or InvalidMessage (not this model)."""
    strict_json(content)
    try:
        return model.model_validate_json(content.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as error:
        faults = faults_of(error, model)
        raise InvalidMessage(f"{len(faults)} thing{'s' if len(faults) > 1 else ''} to put right.", faults) from None


def faults_of(error: ValidationError, model: type[BaseModel] = Referral) -> tuple[Fault, ...]:
    """Pydantic's complaints as faults: JSON pointers and expectations, never the input."""
    return tuple(
        Fault(
            position="",
            pointer=pointer(item["loc"], model),
            expected=_EXPECTED.get(item["type"])
            or item["msg"].removeprefix("Input should be ").removeprefix("Value error, "),
            remedy=_remedy(item["type"], item["loc"], model),
        )
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    )


def pointer(loc: tuple[int | str, ...], model: type[BaseModel] = Referral) -> str:
    """RFC 6901 pointer. A name that is no field's may itself be somebody's, so only names like a field's are shown."""
    steps = (str(step) if isinstance(step, int) or _nearest(step, model) else "…" for step in loc)
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)


def _remedy(kind: str, loc: tuple[int | str, ...], model: type[BaseModel]) -> str:
    near = _nearest(str(loc[-1]), model) if kind == "extra_forbidden" else ""
    if near and near != loc[-1]:
        otherwise = _ELSE if model is Referral else "If not, take it out."
        return f"Did you mean `{near}`? {otherwise}"
    if kind == "extra_forbidden" and model is not Referral:
        return "Take it out, or say it in `words`."
    what = "the whole referral" if model is Referral else "it"
    return _REMEDY.get(kind, f"Put this field right and send {what} again.")


def _nearest(step: str, model: type[BaseModel]) -> str:
    """The field's name that is most like this one, or "" if none is."""
    return next(iter(get_close_matches(step, _names(model), n=1, cutoff=0.7)), "")


@cache
def _names(model: type[BaseModel]) -> tuple[str, ...]:
    """Every name a field of a model has."""
    parts = model.model_json_schema()
    found = {name for part in (parts, *parts.get("$defs", {}).values()) for name in part.get("properties", {})}
    return tuple(sorted(found))


_ELSE: Final = "If not, put the answer under other_answers so that nothing is lost."
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

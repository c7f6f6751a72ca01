"""Knows the definition of a form, or of a format, from what somebody answered: it has questions and no answers.

The shapes are those of public code: a JSON Schema (`$schema`, `properties`), the form of GOV.UK Forms (`steps` with
`answer_type`), the service of MoJ Forms (`_type`, `pages`) and the form of XGov digital-form-builder (`pages` with
`components`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.formats.batch import refusal
from contracts.adapter import Plain

_SCHEMA: Final = "json-schema.org/"
_ANSWERED: Final = frozenset({"answers", "questions", "submissionAnswers", "submission_reference"})
_ASKED: Final = frozenset({"answer_type", "components", "routing_conditions"})
_LOOKED_AT: Final = 50
"""Pages of a form that are looked at."""


def refuse_definition(position: str, value: Plain) -> None:
    """Raises UnreadablePayload, with what to send instead, where the document defines what could be answered."""
    what = _defines(value)
    if what:
        remedy = (
            f"This is {what}: it says what can be asked, and holds nobody's answers. Send a submission, as the form "
            "tool exports it. To connect the form, export a few test submissions and draft a mapping from those."
        )
        raise refusal(position, "answers that somebody gave", remedy)


def _defines(value: Plain) -> str:
    if not isinstance(value, Mapping) or _ANSWERED.intersection(value):
        return ""
    if _SCHEMA in str(value.get("$schema")) and ("properties" in value or "$defs" in value):
        return "a JSON Schema, the definition of a format"
    if str(value.get("_type")).startswith("service.") or any(map(_asks, _pages(value))):
        return "the definition of a form"
    return ""


def _pages(value: Mapping[str, Plain]) -> list[Plain]:
    pages = value.get("steps", value.get("pages"))
    return list(pages[:_LOOKED_AT]) if isinstance(pages, Sequence) and not isinstance(pages, str) else []


def _asks(page: Plain) -> bool:
    """Whether a page has settings of questions, and nothing that was answered."""
    if not isinstance(page, Mapping) or _ANSWERED.intersection(page):
        return False
    data = page.get("data")
    return bool(_ASKED.intersection(page) or (isinstance(data, Mapping) and _ASKED.intersection(data)))

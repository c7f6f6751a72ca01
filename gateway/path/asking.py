"""What a council would ask on its own form: its parts and labels, over the questions that all councils share.

As a message is laid out for its reader (`adapters.formats.arranging`), so it is asked for: safety first, then the
council's form, then what it has no place for. Nothing here is required of anybody (settled 49).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from adapters.formats.arranging import FIRST
from adapters.formats.wording import own_words
from contracts.council import Council
from contracts.enquiry import AskedPage, Asking, Question, Row
from contracts.form import FormRow, FormSection
from contracts.payload import PayloadBody
from contracts.people import PersonRole
from contracts.referral import Purpose
from gateway.config.targets import fields_of

PEOPLE: Final = "/referral/people"
ROLES: Final = "referral/people/roles"
ALSO: Final = "Also asked"
NAMELESS: Final = (Purpose.GENERAL_ENQUIRY, Purpose.CONSULTATION)
"""What is asked without a name: nobody is asked for one (TH-C10, HU-C09)."""
PAIRS: Final = "referral/relationships"
_KIND: Final = "referral/relationships/kind"
PURPOSE: Final = "referral/purpose"
_DANGER: Final = FormSection(
    FIRST.title, (FormRow("Harm", ("/referral/harm",)), FormRow("Risk to staff who visit", ("/referral/staff_risk",)))
)
"""What is asked before every council's form."""
_OWN: Final = (
    FormSection("The request", ()),
    FormSection("The children", (), PEOPLE, ("child", "sibling")),
    FormSection("Parents, carers and others", (), PEOPLE),
)
"""The parts for a council that has given no form: ours, with every question that is always asked."""
_PLACES: Final = ("referral/family/locality", "referral/family/cluster", "referral/family/district")
_NOT_IN_FAMILY: Final = ("professional",)


def pages_of(
    council: Council,
    asking: Asking,
    purpose: str,
    purposes: Sequence[str],
    groups: Mapping[str, str],
    public: bool,
    call: bool = False,
) -> tuple[AskedPage, ...]:
    """The pages of one enquiry, in the council's order.

    purposes  what this sender may ask for; groups: field groups and what they hold; public: the sender is the public
    call      somebody else writes down what the sender says on the telephone
    """
    nameless = purpose in NAMELESS
    questions = [replace(one, ask=one.call or one.ask) if call else one for one in asking.questions]
    public = public or call
    asked = [_chosen(council, one, purposes, groups) for one in questions]
    unless = {one.name for one in asked if one.choices}
    fits = [
        one
        for one in asked
        if (not one.only or purpose in one.only)
        and not (nameless and one.names)
        and not (one.public and not public)
        and not (one.unless and one.unless in unless)
        and (one.control not in ("one", "several") or one.choices or one.path == ROLES)
        and (one.path not in _PLACES or one.path == _place(council))
    ]
    return tuple(_paged(council.form.sections or _OWN, fits))


def _place(council: Council) -> str:
    """What this council's form calls the part of its area: one of them is enough."""
    named = [of.removeprefix("/") for section in council.form.sections for row in section.rows for of in row.of]
    return next((one for one in named if one in _PLACES), _PLACES[0])


def _paged(sections: Sequence[FormSection], asked: Sequence[Question]) -> Iterator[AskedPage]:
    left = [one for one in asked if not _of_person(one)]
    person = [one for one in asked if _of_person(one)]
    claimed = {role for one in sections for role in one.roles}
    for number, section in enumerate((_DANGER, *sections)):
        if section.each == PEOPLE:
            rows = _rows(section, list(person))
            seen = {one.name for row in rows for one in row.questions}
            rows += _also(one for one in person if one.always and one.name not in seen)
            roles = section.roles or tuple(
                role.value for role in PersonRole if role.value not in claimed and role.value not in _NOT_IN_FAMILY
            )
            rows = [replace(row, questions=tuple(_with_roles(one, roles) for one in row.questions)) for row in rows]
            yield AskedPage(f"part-{number}", section.title, tuple(rows), people=True, roles=section.roles)
        elif rows := _rows(section, left):
            yield AskedPage(f"part-{number}", section.title, tuple(rows))
    if rows := _also(one for one in left if one.always):
        yield AskedPage("also", ALSO, tuple(rows))


def _rows(section: FormSection, left: list[Question]) -> list[Row]:
    """The rows of a part that ask something; what they ask is taken from `left`."""
    rows = []
    for row in section.rows:
        found = _once(one for of in row.of for one in left if _is_under(one.path, f"{section.each}{of}"))
        for one in found:
            left.remove(one)
        if found:
            rows.append(Row(row.label, tuple(found)))
    return rows


def _once(questions: Iterable[Question]) -> list[Question]:
    return list({one.name: one for one in questions}.values())


def _also(questions: Iterable[Question]) -> list[Row]:
    """What no row names, each under its own words; members of one list stay together."""
    rows: dict[str, list[Question]] = {}
    for one in questions:
        rows.setdefault(one.group or (one.steps[0].name if len(one.steps) > 1 else one.name), []).append(one)
    return [Row(_title(found), tuple(found)) for found in rows.values()]


def _title(questions: Sequence[Question]) -> str:
    first = questions[0]
    of = first.group.rpartition("/")[2] or (first.steps[0].name if len(questions) > 1 else "")
    return own_words(of) if of else first.ask


def _is_under(path: str, pointer: str) -> bool:
    plain = pointer.replace("/*", "").removeprefix("/")
    return path == plain or path.startswith(f"{plain}/")


def _of_person(question: Question) -> bool:
    return question.path.startswith(f"{PEOPLE.removeprefix('/')}/")


def _chosen(council: Council, question: Question, purposes: Sequence[str], groups: Mapping[str, str]) -> Question:
    """The question with what there is to choose from here."""
    words = council.form.words.get(_KIND if question.path == PAIRS else question.path)
    if question.path in _PLACES and council.localities:
        places = {code: own_words(code) for code in dict.fromkeys(council.localities.values())}
        return replace(question, control="one", choices=places | dict.fromkeys(council.areas.not_sure[:1], "Not sure"))
    if question.control not in ("one", "several") or question.choices:
        return question
    found: Mapping[str, str] = groups if question.codes == "groups" else words.codes if words else {}
    if not found and question.path != PAIRS:
        found = {one: own_words(one) for one in fields_of(PayloadBody, question.path.replace("/", "."))[-1].choices}
    if question.path == PURPOSE:
        found = {code: found[code] for code in purposes if code in found} if len(purposes) > 1 else {}
    return replace(question, choices=found)


def _with_roles(question: Question, roles: Sequence[str]) -> Question:
    if question.path != ROLES:
        return question
    return replace(question, control="one", choices={role: _ROLE_WORDS.get(role, own_words(role)) for role in roles})


_ROLE_WORDS: Final[Mapping[str, str]] = {
    "child": "Help is asked for this child",
    "sibling": "A brother or sister",
    "parent": "A parent or carer",
    "household": "Lives in the same home",
    "non_resident_parent": "A parent who lives elsewhere",
    "alleged_harm": "Said to have harmed a child, or able to",
    "other": "Somebody else who matters to the child",
}

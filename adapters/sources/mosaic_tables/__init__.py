"""A bundle of Mosaic reporting tables: one record for each child of each workflow step that the mapping chooses.

Not a vendor-certified interface. Names are those of public reporting scripts and of one council's public extract: the
MO_ tables of the reporting database and the DM_ tables of the extract. OUTCOME on a step, and QUESTION_USER_CODE and
ANSWER on an answer, stand for what the council's own query joins from lookup tables. Each council confirms them. Names
are in capitals; extra columns are kept:

    {"step": {…}, "restricted": "Y", "person": {…}, "details": {…}, "references": {"UPN": …, "NHS": …},
     "addresses": [{…}], "telephones": [{…}], "relationships": [{"relationship": {…}, "person": {…}}],
     "forms": [{…}], "answers": {question code: {"answer": …, "earlier": [{"answer": …}]}}}

`person` is DM_PERSONS and `details` MO_PERSONS; a bundle has one or both. The display address comes first. A step
belongs to a subgroup, and each of its people is a record of its own, but for adults (CONTEXT_FLAG A) beside a child.
A relationship reads from the child to the related one, its type as one of a pair: parent and child, auntUncle and
nieceNephew, unbornChild.

RESTRICTED is honoured. Of a relative whose record is restricted nothing is given but the relationship. A child's own
record comes with `restricted`, which the mapping makes a sealed flag: the request is held until somebody named for the
file decides. It is not refused here, since then nobody would have to look at a child for whom help was asked. The
bytes are not kept, as they hold the restricted records of everybody else.
A zip is streamed: in memory are the chosen steps and the rows about their people and forms.
Settings: `rename`, `choose` (as in `formats.tables`, on MO_WORKFLOW_STEPS).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from adapters.formats.tables import Bundle, Index, Layout, Line, choosing, indexed, lacking, none_chosen, read_tables
from adapters.sources.mosaic_tables.people import People, is_restricted
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord

NAME: str = "mosaic_tables"
MEDIA_TYPES: tuple[str, ...] = ("application/zip", "application/json")
KEEPS_BYTES: bool = False
ABOUT: About = About(
    title="Mosaic",
    format="A zip or folder of CSV tables, or JSON of arrays",
    seen="",
    limits="Not a vendor's interface: names come from public scripts and one council's extract.",
)

_NOT_SAID: Final = frozenset({"unknown", "not known"})
_MAY_SAY_UNKNOWN: Final = frozenset({"NHS_ID", "REFERENCE", "POST_CODE"})


def _says_nothing(column: str, text: str) -> bool:
    said = text.casefold()
    if column == "RESTRICTED":
        return said in ("n", "no", "false", "0")
    return (
        (column in _MAY_SAY_UNKNOWN and said in _NOT_SAID)
        or (column == "POST_CODE" and said in ("xxxx", "nopostcode"))
        or (column.endswith("_ID") and said in ("-1", "-1.0"))
    )


LAYOUT: Final = Layout(
    system="a bundle of Mosaic tables",
    keys={
        "MO_WORKFLOW_STEPS": ("WORKFLOW_STEP_ID", "SUBGROUP_ID"),
        "MO_SUBGROUP_SUBJECTS": ("SUBGROUP_ID", "SUBJECT_COMPOUND_ID"),
        "MO_PERSONS": ("PERSON_ID",),
        "DM_PERSONS": ("PERSON_ID",),
        "MO_SUBJECT_REFERENCES": ("SUBJECT_COMPOUND_ID", "REFERENCE_TYPE_CODE", "REFERENCE"),
        "DM_ADDRESSES": ("PERSON_ID",),
        "DM_TELEPHONE_NUMBERS": ("PERSON_ID",),
        "DM_PERSONAL_RELATIONSHIPS": ("PERSON_ID", "OTHER_PERSON_ID"),
        "MO_FORMS": ("FORM_ID", "WORKFLOW_STEP_ID"),
        "MO_FORM_LOOKUP_ANSWERS": ("FORM_ID", "QUESTION_USER_CODE", "ANSWER"),
    },
    says_nothing=_says_nothing,
)


@dataclass(frozen=True, slots=True)
class _Joined:
    """The chosen steps, and the rows about their people and forms."""

    steps: Sequence[Line]
    subjects: Index
    people: People
    references: Index
    addresses: Index
    telephones: Index
    relationships: Index
    forms: Index
    answers: Index


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """One record for each child of each chosen step, in the order of the table of steps.

    A step without anybody, or whose child has no row or two, is an unreadable Fault. Doubtful Faults about a record
    come straight after it; those about single rows and files come first.
    Raises UnreadablePayload: as `read_tables`, and without steps, subjects or people.
    """
    bundle = read_tables(file, options, LAYOUT)
    lacking(bundle, ["MO_WORKFLOW_STEPS", "MO_SUBGROUP_SUBJECTS", "DM_PERSONS or MO_PERSONS"])
    joined = _join(bundle, options)
    yield from bundle.faults
    if not joined.steps:
        yield none_chosen("MO_WORKFLOW_STEPS")
    met: set[str] = set()
    for step in joined.steps:
        subjects = joined.subjects.get(step.id("SUBGROUP_ID"), ())
        if not subjects:
            yield Fault(step.position, "", "a step about somebody", "Add the step's rows to MO_SUBGROUP_SUBJECTS.")
        for subject in _children(joined.people, subjects):
            wrong = joined.people.wrong(subject, "SUBJECT_COMPOUND_ID")
            key = f"MO_WORKFLOW_STEPS:{step.id('WORKFLOW_STEP_ID')}:{subject.id('SUBJECT_COMPOUND_ID')}"
            if wrong is not None:
                yield wrong
            elif key in met:
                remedy = "Remove the row that repeats a step or its subject, and send it again."
                yield Fault(step.position, "", "each step once", remedy)
            else:
                met.add(key)
                data, doubts = _data(joined, step, subject.id("SUBJECT_COMPOUND_ID"))
                yield SourceRecord(step.position, options.form, key, "referral", data)
                yield from doubts


def _join(bundle: Bundle, options: ReadOptions) -> _Joined:
    chosen = choosing(options, LAYOUT)
    steps = [line for line in bundle.rows("MO_WORKFLOW_STEPS") if chosen(line)]
    subgroups = {step.id("SUBGROUP_ID") for step in steps}
    subjects = indexed(
        (
            row
            for row in bundle.rows("MO_SUBGROUP_SUBJECTS")
            if row.id("SUBGROUP_ID") in subgroups and row.id("SUBJECT_TYPE_CODE").upper() in ("", "PER")
        ),
        "SUBGROUP_ID",
    )
    children = {row.id("SUBJECT_COMPOUND_ID") for rows in subjects.values() for row in rows}
    relationships = bundle.index("DM_PERSONAL_RELATIONSHIPS", "PERSON_ID", children)
    everybody = children | {row.id("OTHER_PERSON_ID") for rows in relationships.values() for row in rows}
    forms = bundle.index("MO_FORMS", "WORKFLOW_STEP_ID", {step.id("WORKFLOW_STEP_ID") for step in steps})
    form_ids = {form.id("FORM_ID") for rows in forms.values() for form in rows}
    return _Joined(
        steps,
        subjects,
        People(bundle.index("DM_PERSONS", "PERSON_ID", everybody), bundle.index("MO_PERSONS", "PERSON_ID", everybody)),
        bundle.index("MO_SUBJECT_REFERENCES", "SUBJECT_COMPOUND_ID", children),
        bundle.index("DM_ADDRESSES", "PERSON_ID", children),
        bundle.index("DM_TELEPHONE_NUMBERS", "PERSON_ID", children),
        relationships,
        forms,
        bundle.index("MO_FORM_LOOKUP_ANSWERS", "FORM_ID", form_ids),
    )


def _children(people: People, subjects: Sequence[Line]) -> Sequence[Line]:
    """Those a step is for: everybody in its subgroup, or only the children where adults stand beside them."""
    children = [row for row in subjects if not people.is_adult(row.id("SUBJECT_COMPOUND_ID"))]
    return children or subjects


def _data(joined: _Joined, step: Line, person: str) -> tuple[dict[str, Plain], list[Fault]]:
    described = joined.people.described(person)
    forms = joined.forms.get(step.id("WORKFLOW_STEP_ID"), ())
    relationships, doubts = _relationships(joined, person)
    given = [answer for form in forms for answer in joined.answers.get(form.id("FORM_ID"), ())]
    answers, conflicts = _answers(given)
    data: dict[str, Plain] = {
        "step": step.cells,
        **({"restricted": "Y"} if is_restricted(described) else {}),
        **described,
        "references": {
            row.id("REFERENCE_TYPE_CODE").upper(): row.cells.get("REFERENCE")
            for row in joined.references.get(person, ())
        },
        "addresses": [row.cells for row in sorted(joined.addresses.get(person, ()), key=_not_displayed)],
        "telephones": [row.cells for row in joined.telephones.get(person, ())],
        "relationships": relationships,
        "forms": [form.cells for form in forms],
        "answers": answers,
    }
    return data, doubts + conflicts


def _not_displayed(address: Line) -> bool:
    ended = address.cells.get("END_DATE") is not None
    return ended or address.id("IS_DISPLAY_ADDRESS").upper() not in ("Y", "YES", "TRUE", "1")


def _relationships(joined: _Joined, person: str) -> tuple[list[Plain], list[Fault]]:
    relationships: list[Plain] = []
    doubts: list[Fault] = []
    for row in joined.relationships.get(person, ()):
        other = joined.people.described(row.id("OTHER_PERSON_ID"))
        if wrong := joined.people.wrong(row, "OTHER_PERSON_ID", "doubtful"):
            doubts.append(wrong)
            relationships.append({"relationship": row.cells})
        elif is_restricted(other):
            remedy = (
                "This relative's record is restricted, so only the relationship is taken. Ask those with rights to it."
            )
            position = f"{row.position}, column OTHER_PERSON_ID"
            doubts.append(Fault(position, "", "a record that may be passed on", remedy, "doubtful"))
            relationships.append({"relationship": row.cells})
        else:
            relationships.append({"relationship": row.cells, **other})
    return relationships, doubts


def _answers(given: Iterable[Line]) -> tuple[dict[str, Plain], list[Fault]]:
    """Answers by question code. Two that differ are not chosen between: `answer` is null, and a Fault says so."""
    questions: dict[str, list[Line]] = defaultdict(list)
    for row in given:
        questions[row.id("QUESTION_USER_CODE") or "unnamed"].append(row)
    answers: dict[str, Plain] = {}
    doubts: list[Fault] = []
    for question, rows in questions.items():
        said = [row.cells.get("ANSWER") for row in rows]
        if any(answer != said[0] for answer in said):
            answers[question] = {"answer": None, "earlier": [{"answer": answer} for answer in said]}
            pointer = f"/answers/{question.replace('~', '~0').replace('/', '~1')}"
            remedy = f"{len(rows)} answers differ and nothing says which is the last. Ask the worker."
            doubts.append(Fault(rows[0].position, pointer, "one answer", remedy, "doubtful"))
        else:
            answers[question] = {"answer": said[0]}
    return answers, doubts

"""What a person is asked who makes a referral by hand: one question for each field of the published model.

The order, the parts and their labels are the council's own form's (`contracts.form`); what is here is the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

SOURCE: Final = "enquiry"
"""What a sender is registered for whose people may write referrals here, and the source of what they wrote."""

Control = Literal["line", "text", "lines", "date", "yes_no", "tick", "one", "several", "person"]
"""How it is asked: a line, free text, one item a line, a date, yes or no, a box, one of a list, several, a person."""


@dataclass(frozen=True, slots=True)
class Step:
    """One name of a path.

    member  for a list, what the member that is meant holds, as (name, value); None for no list
    place   or else which member it is, from 0
    """

    name: str
    member: tuple[tuple[str, str], ...] | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One field of a referral, or of one person of it.

    name     unique among the questions; what its field of a form is called
    steps    where in the referral its answer stands; of a person's question, where in the person
    path     without members of lists, as `Form.words` names fields: referral/people/sex
    ask      in our own words
    group    name of the list whose members are asked for one after the other; "" for none
    choices  code → label, for one or several; where there are none, those of the field's code list
    codes    `groups` for the names of field groups, "" for the field's own list
    only     purposes for which it is asked, () for all
    names    it says who somebody is: nobody is asked in an enquiry without names
    always   asked where the council's form has no place for it too
    more     folded away until somebody wants to say more
    check    of contracts.identifiers.CHECKS, "" for none
    past     a day that cannot lie ahead
    beside   a person's question: field beside it that takes `family` instead of a person, "" for none
    needs    name of the question that must be answered too, "" for none
    unless   name of the question in whose place it is asked, where that has nothing to choose from; "" for none
    public   asked only where the sender is the public, or tells it on the telephone
    call     in the words of whoever writes down what a caller says, "" for the same words
    limit    characters at most, 0 for none
    """

    name: str
    steps: tuple[Step, ...]
    path: str
    ask: str
    control: Control
    hint: str = ""
    group: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    codes: str = ""
    only: tuple[str, ...] = ()
    names: bool = False
    always: bool = False
    more: bool = False
    check: str = ""
    past: bool = False
    beside: str = ""
    needs: str = ""
    unless: str = ""
    public: bool = False
    call: str = ""
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """A list whose members are asked for one after the other, or ticked.

    one    what one of them is called; blank: how many empty places a page offers
    ticks  the members are nothing but a code each, and are ticked
    """

    name: str
    path: str
    one: str
    blank: int = 1
    ticks: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """Every question, in the order in which they stand where a form has no other."""

    questions: tuple[Question, ...] = ()
    groups: Mapping[str, Group] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One question of the council's form, and those of ours that answer it."""

    label: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class AskedPage:
    """One part of the council's form.

    name    its part of an address
    people  it is asked once for each person; roles: with one of these roles, () for all others
    """

    name: str
    title: str
    rows: tuple[Row, ...]
    people: bool = False
    roles: tuple[str, ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """All of them, in order."""
        return tuple(question for row in self.rows for question in row.questions)

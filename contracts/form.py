"""A council's own form, as far as a reader of one message needs it: the order of its parts and its words (settled 56).

It decides nothing and hides nothing. What no part of it names is still shown, at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class FormRow:
    """One question of the form.

    of  pointers (RFC 6901) into the message, or into one member of the section's list; `*` stands for each place of a
        list. Everything under them is the answer.
    """

    label: str
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormSection:
    """One part of the form.

    each   pointer to a list of people: the rows once for each of them, "" for rows that stand alone
    roles  only people with one of these roles, () for all
    """

    title: str
    rows: tuple[FormRow, ...]
    each: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldWords:
    """How one field reads.

    label   what people call it, "" where its own name says it
    codes   code → label, for a field that holds a code
    person  it names somebody by their id within the message
    """

    label: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    person: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One council's form.

    title  as it is printed on the form
    words  path of a field, without places in lists ("referral/people/sex") → how it reads
    """

    title: str = ""
    sections: tuple[FormSection, ...] = ()
    words: Mapping[str, FieldWords] = field(default_factory=dict)


NO_FORM: Final = Form()
"""Of a council that has none yet: everything is shown in our own order and words."""

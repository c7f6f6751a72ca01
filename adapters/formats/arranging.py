"""Lays one message out as a person reads it: safety first, then the council's own form, then whatever else was sent.

Every value of the message stands on the page exactly once. Nothing here knows what was withheld: it is not in the
message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.formats.wording import code_words, date_words, named, own_words, shown
from contracts.form import NO_FORM, FieldWords, Form, FormRow, FormSection

FIRST: Final = FormSection(
    "Safety and staff risk",
    (
        FormRow("What is known about harm", ("/safety/says",)),
        FormRow("Ring first", ("/safety/ring",)),
        FormRow("Protected", ("/safety/protection",)),
        FormRow("Harm, as the sender put it", ("/referral/harm",)),
        FormRow("Risk to staff who visit", ("/referral/staff_risk",)),
        FormRow("Mind this", ("/flags",)),
        FormRow("Not everything was sent", ("/withheld",)),
    ),
)
"""What stands before every council's form."""
_LAST: Final = FormSection(
    "About this message",
    (
        FormRow("Reference", ("/reference",)),
        FormRow("Sent to", ("/council", "/hub", "/referral/council")),
        FormRow("How it was decided", ("/outcome", "/urgent", "/test", "/safety")),
        FormRow("How old what was sent may be", ("/freshness",)),
        FormRow("Where it was written", ("/referral/source",)),
        FormRow("For your own system", ("/your_answer", "/kind", "/about", "/deliveries", "/schema_version")),
    ),
)
_NOTICE: Final = FormSection(
    "What has changed",
    (
        FormRow("What has changed", ("/says",)),
        FormRow("What you must do", ("/do",)),
        FormRow("By", ("/by",)),
        FormRow("The version that stands now", ("/newer",)),
    ),
)
_ENVELOPE: Final = FormSection(
    "A referral waits for a person, and this says all that you may know of it",
    (
        FormRow("What waits", ("/says",)),
        FormRow("From", ("/sender",)),
        FormRow("Since", ("/since",)),
        FormRow("Each child", ("/waiting",)),
        FormRow("Whom to ring", ("/ring", "/telephone")),
        FormRow("If a child is in danger", ("/emergency",)),
    ),
)
_ALIKE: Final = FormSection(
    "Two requests that you have may belong together",
    (
        FormRow("What was seen", ("/says",)),
        FormRow("What you should do", ("/do",)),
        FormRow("The other reference", ("/other",)),
        FormRow("What they may have in common", ("/same",)),
    ),
)
_KINDS: Final[Mapping[str, tuple[FormSection, ...]]] = {
    "notice": (_NOTICE,),
    "envelope": (_ENVELOPE,),
    "alike": (_ALIKE,),
}
_TITLES: Final[Mapping[str, str]] = {"alike": "Two requests that may belong together"}
_ALSO: Final = "Also sent"
_PLACE: Final = re.compile(r"(?<=/)\d+(?=/|$)")


@dataclass(frozen=True, slots=True)
class Line:
    """One value. label: what it is called within its answer, "" where the answer is that one value."""

    label: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and what was sent for it: groups of lines, one for each member of a list; () for nothing."""

    label: str
    groups: tuple[tuple[Line, ...], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Block:
    """Answers that belong together. title: the person they are about, "" where they are about nobody alone."""

    title: str = field(repr=False)
    answers: tuple[Answer, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One part of the page."""

    title: str
    blocks: tuple[Block, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """One message, laid out.

    title      the council's name of its form
    reference  ours
    banners    what must be seen before anything else, in capitals and in words
    ends       the sentence about immediate danger, "" for none
    """

    title: str
    reference: str
    banners: tuple[str, ...]
    chapters: tuple[Chapter, ...] = field(repr=False)
    ends: str = ""


def arranged(payload: bytes, form: Form = NO_FORM, ends: str = "") -> Page:
    """The page of one message to a hub. Raises ValueError for bytes that are not one JSON object."""
    whole = json.loads(payload)
    if not isinstance(whole, dict):
        raise ValueError("a message is one JSON object")
    kind = str(whole.get("kind", ""))
    own = _KINDS.get(kind, form.sections)
    laid = _Laying(whole, form.words)
    chapters = [laid.chapter(section) for section in (FIRST, *own)]
    last = laid.chapter(_LAST)
    also = laid.rest()
    return Page(
        title=_TITLES.get(kind, own_words(kind).capitalize()) if kind else form.title or "Early Help request",
        reference=str(whole.get("reference", "")),
        banners=_banners(whole),
        chapters=tuple(one for one in (*chapters, also, last) if one.blocks),
        ends=ends,
    )


def values(node: object, at: str = "") -> Iterator[tuple[str, object]]:
    """Every value that says something, by its pointer."""
    if isinstance(node, dict):
        for name, inner in node.items():
            yield from values(inner, f"{at}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list):
        for place, inner in enumerate(node):
            yield from values(inner, f"{at}/{place}")
    elif node is not None and node != "":
        yield at, node


def path_of(pointer: str) -> str:
    """A pointer without its first slash and its places in lists: the key of `Form.words`."""
    return "/".join(part for part in pointer.split("/")[1:] if not part.isdigit())


class _Laying:
    """Lays values out, each once."""

    def __init__(self, whole: dict[str, Any], words: Mapping[str, FieldWords]) -> None:
        self._whole, self._words = whole, words
        self._left = dict(values(whole))
        self._order = {path: place for place, path in enumerate(words)}
        self._people = {str(one.get("id")): named(one) for one in _list_at(whole, "/referral/people")}

    def chapter(self, section: FormSection) -> Chapter:
        """One part of the form."""
        if not section.each:
            found = tuple(filter(None, (self._answer(row.label, row.of) for row in section.rows)))
            return Chapter(section.title, (Block("", found),) if found else ())
        blocks = []
        for place, member in enumerate(_list_at(self._whole, section.each)):
            if section.roles and not set(section.roles) & set(member.get("roles", ())):
                continue
            rows = ((row.label, tuple(f"{section.each}/{place}{one}" for one in row.of)) for row in section.rows)
            found = tuple(filter(None, (self._answer(label, of) for label, of in rows)))
            if found:
                blocks.append(Block(named(member) or f"Person {place + 1}", found))
        return Chapter(section.title, tuple(blocks))

    def rest(self) -> Chapter:
        """What no part of the form asks for."""
        tops = dict.fromkeys(_top(pointer) for pointer in self._left)
        found = tuple(filter(None, (self._answer(self._title(top), (top,)) for top in tops)))
        return Chapter(_ALSO, (Block("", found),) if found else ())

    def _answer(self, label: str, of: Sequence[str]) -> Answer | None:
        """What stands under these pointers and on no line yet; None for nothing."""
        taken = list(dict.fromkeys(pointer for one in of for pointer in sorted(self._under(one), key=self._rank)))
        if not taken:
            return None
        # One value is the answer itself; where several stand together, each says which it is.
        alone = len(taken) == 1 and taken[0] in of
        groups: dict[str, list[Line]] = {}
        for pointer in taken:
            value = self._left.pop(pointer)
            name = "" if alone or pointer.rpartition("/")[2].isdigit() else self._label(pointer)
            groups.setdefault(_member(pointer), []).append(Line(name, self._text(pointer, value)))
        return Answer(label, tuple(tuple(lines) for lines in groups.values()))

    def _under(self, pointer: str) -> list[str]:
        if "*" not in pointer:
            return [one for one in self._left if one == pointer or one.startswith(f"{pointer}/")]
        pattern = re.compile(re.escape(pointer).replace(r"/\*", r"/\d+") + r"(/|$)")
        return [one for one in self._left if pattern.match(one)]

    def _rank(self, pointer: str) -> tuple[str, int]:
        """Members of a list in their own order; what one of them says, in the order of the words."""
        order = self._order.get(path_of(pointer), len(self._order))
        return "/".join(part.zfill(6) for part in _member(pointer).split("/")), order

    def _title(self, top: str) -> str:
        places = _PLACE.findall(top)
        title = self._label(top.rstrip("/0123456789") if places else top)
        return f"{title}, {self._whose(top) or int(places[0]) + 1}" if places else title

    def _whose(self, top: str) -> str:
        head, _, place = top.rpartition("/")
        return named(_list_at(self._whole, head)[int(place)]) if head == "/referral/people" else ""

    def _label(self, pointer: str) -> str:
        words = self._words.get(path_of(pointer))
        return words.label if words and words.label else own_words(path_of(pointer).rpartition("/")[2])

    def _text(self, pointer: str, value: object) -> str:
        words = self._words.get(path_of(pointer), FieldWords())
        if isinstance(value, bool):
            return "Yes" if value else "No"
        text = str(value)
        if words.person and text in self._people:
            return shown(f"{self._people[text]} ({text})" if self._people[text] else text)
        return shown(code_words(text, words.codes) or date_words(text) or text)


def _banners(whole: Mapping[str, Any]) -> tuple[str, ...]:
    found = []
    if whole.get("test") is True:
        found.append("TEST. Nobody is to act on this.")
    if whole.get("outcome") == "divert":
        found.append("SAFEGUARDING CONTACT. Somebody must read this now.")
    elif whole.get("urgent") is True:
        found.append("URGENT. Somebody must read this today.")
    return tuple(found)


def _list_at(node: Any, pointer: str) -> list[dict[str, Any]]:
    for name in pointer.split("/")[1:]:
        node = node.get(name) if isinstance(node, dict) else None
    return [one if isinstance(one, dict) else {} for one in node] if isinstance(node, list) else []


def _top(pointer: str) -> str:
    """What a value is shown with where the form has no place for it: one part of the referral, or one person."""
    parts = pointer.split("/")
    if parts[1:3] == ["referral", "people"]:
        return "/".join(parts[:4])
    return "/".join(parts[:3] if parts[1] == "referral" else parts[:2])


def _member(pointer: str) -> str:
    """The innermost member of a list of parts that a value belongs to."""
    head = pointer.rpartition("/")[0]
    places = list(_PLACE.finditer(head))
    return head[: places[-1].end()] if places else ""

"""The one strict door for XML: a file in, the elements that a reader asks for out, as plain data and one at a time.

Nothing is declared, expanded, included or fetched: a DOCTYPE is refused, and no entity is known but the five of XML.
Memory does not grow with the file, since an element and all before it are let go once it was read.

An element becomes plain data like this. Names lose their prefix; white space around text stays.

    <Sex>F</Sex>                     "Sex": "F"
    <UCI/>, <UCI>  </UCI>            "UCI": null
    <Phone kind="H">x</Phone>        "Phone": {"@kind": "H", "#text": "x"}
    <A>loose<B>1</B>text</A>         "A": {"#text": "loose text", "B": "1"}
    <B>1</B><B>2</B>                 "B": ["1", "2"] where the reader declares B a list, of one as of many;
                                     else "B": "1", "B#2": "2", so that a pointer never changes with a second one
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO, Final, cast

from lxml import etree

from adapters.formats.complaints import words
from adapters.formats.markup import place_of_element
from adapters.formats.plain_elements import plainly
from adapters.formats.prolog import checked_prolog, root_name
from adapters.formats.text import refused_at
from contracts.adapter import Fault, Plain
from contracts.errors import UnreadablePayload

DEPTH: Final = 64
"""Levels within a record. The parser itself refuses 256 levels anywhere."""
ELEMENTS: Final = 10_000
ATTRIBUTES: Final = 32
TEXT: Final = 100_000
"""Characters of one text or attribute."""
NAMES: Final = 2_000
"""Different names of elements in a file."""
RECORD: Final = 1024 * 1024
"""Bytes within which a record has to end, and the next to end after it."""

STRANGE: Final = 10
"""Records left out before the whole file is: each is looked up again, and so many are no accident."""

_CHUNK: Final = 1 << 16
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Layout:
    """What a reader knows of a kind of file.

    called   what it is, for people: "a Common Transfer File"
    roots    names its root may have
    records  what is read, as paths from below the root: ("Header", "CTFpupilData/Pupil")
    lists    what may stand several times, with what holds it: {"Phones/Phone"}
    passed   names of elements that are passed over with everything in them
    """

    called: str
    roots: frozenset[str]
    records: tuple[str, ...]
    lists: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Element:
    """One element that was asked for: its path ("" for the root, which has only its attributes), and its line.

    `number` counts the elements on this path from 1.
    """

    path: str
    number: int
    line: int
    data: Plain


class _Outgrown(Exception):
    """An element is more than this door takes; the two words for people are its arguments."""


def elements(file: BinaryIO, layout: Layout, encoding: str = "utf-8") -> Iterator[Element | Fault]:
    """The root, then what the layout asks for, in file order. A Fault stands for a record that is too large or strange.

    Raises UnreadablePayload with "line L, column C": what `checked_prolog` refuses, another root, what is not well
    formed, a file that ends too early or goes on for more than RECORD bytes without a record, too many strange records.
    """
    codec = checked_prolog(file, encoding)
    root = root_name(file.read(_CHUNK))
    if root is not None and root not in layout.roots:
        expected = f"{layout.called}, whose root is {' or '.join(sorted(layout.roots))}"
        raise refused_at(file, 0, "", expected, "Send this file to the source that it belongs to.")
    yield from _Reading(file, layout, codec).items()


@dataclass(slots=True)
class _Reading:
    """One pass over one file."""

    file: BinaryIO
    layout: Layout
    codec: str
    namespace: str | None = None
    lists: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    met: int = 0
    strange: int = 0

    def __post_init__(self) -> None:
        for path in self.layout.lists:
            holder, _, name = path.rpartition("/")
            self.lists.setdefault(holder, []).append(name)

    def items(self) -> Iterator[Element | Fault]:
        tags = sorted({"{*}" + path.rpartition("/")[2] for path in self.layout.records})
        parser = etree.XMLPullParser(
            events=("end",), tag=tags, encoding=self.codec, resolve_entities=False, no_network=True, load_dtd=False,
            huge_tree=False, recover=False, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        fed, idle = 0, 0
        for chunk in self._chunks():
            self._parse(parser, chunk)
            fed, idle = fed + len(chunk), idle + len(chunk)
            for _, element in parser.read_events():
                idle = 0
                yield from self._item(cast("etree._Element", element))
            if idle > RECORD:
                expected = f"the next record within {RECORD:,} bytes"
                raise refused_at(self.file, fed, "", expected, "Export the file again, without what is not needed.")
        root = self._parse(parser, None)
        if root is not None and not self.counts:
            yield self._root(root)

    def _chunks(self) -> Iterator[bytes]:
        """By place, since a Fault that is looked up in between moves the file."""
        at = len(_BOM) if self.file.read(len(_BOM)) == _BOM else 0
        while True:
            self.file.seek(at)
            chunk = self.file.read(_CHUNK)
            if not chunk:
                return
            at += len(chunk)
            yield chunk

    def _parse(self, parser: etree.XMLPullParser, chunk: bytes | None) -> etree._Element | None:
        """Feeds a chunk, or ends and gives the root. What the parser says is put into words that hold no value."""
        ended: etree._Element | None = None
        with suppress(etree.XMLSyntaxError):  # whatever it says is in the parser's log, with all that went before
            if chunk is None:
                ended = parser.close()
            else:
                parser.feed(chunk)
        told = parser.feed_error_log.filter_from_errors()
        if not len(told):
            return ended
        expected, remedy = words(told[0].type, at_the_end=chunk is None)
        raise _refusal(f"line {told[0].line}, column {told[0].column}", expected, remedy)

    def _item(self, element: etree._Element) -> Iterator[Element | Fault]:
        path = self._path(element)
        if path not in self.layout.records:
            return
        if not self.counts:
            yield self._root(element.getroottree().getroot())
        number = self.counts[path] = self.counts.get(path, 0) + 1
        self.met = -1
        try:
            data = self._plain(element) or self._data(element, DEPTH)
        except _Outgrown as problem:
            expected, remedy = problem.args
            place = place_of_element(self.file, tuple(path.split("/")), number, self.met)
            self.strange += 1
            if self.strange > STRANGE:
                raise _refusal(place, expected, remedy) from None
            yield Fault(place, "", expected, remedy)
        else:
            yield Element(path, number, cast("int", element.sourceline), data)
        _let_go(element)

    def _path(self, element: etree._Element) -> str:
        names = [_local(held.tag) for held in (element, *element.iterancestors())]
        return "/".join(reversed(names[:-1]))

    def _root(self, root: etree._Element) -> Element:
        self.namespace = etree.QName(root).namespace
        self.counts[""] = 1
        try:
            return Element("", 1, cast("int", root.sourceline), self._attributes(root) or None)
        except _Outgrown as problem:
            raise refused_at(self.file, 0, "", *problem.args) from None

    def _plain(self, element: etree._Element) -> Plain:
        """The data of an element without anything unusual, whose kind was read before; else None."""
        if element.tag not in self.names or element.keys():
            return None
        text = etree.tostring(element, encoding="unicode", with_tail=False)
        return plainly(text, self.known, self.lists, self.layout.passed)

    def _data(self, element: etree._Element, depth: int) -> Plain:
        self._count()
        if not depth:
            raise _Outgrown(f"at most {DEPTH} levels", "Send the records without the levels around them.")
        name = self.names.get(element.tag) or self._name(element.tag)
        text = _text(element)
        items = self._attributes(element) if element.keys() else {}
        if not len(element):
            return {**items, "#text": text} if items and text else items or text
        loose = self._children(element, name, depth - 1, items)
        if text := " ".join(part.strip() for part in (text or "", *loose) if part.strip()):
            items["#text"] = text
        return items

    def _children(self, element: etree._Element, name: str, depth: int, found: dict[str, Plain]) -> list[str]:
        """Fills `found` with the element's children; gives the text that stands loose between them."""
        loose: list[str] = []
        times: dict[str, int] = {}
        names, passed, many = self.names, self.layout.passed, self.lists.get(name, ())
        for child in element:
            if (tail := child.tail) and not tail.isspace():
                loose.append(tail)
            known = names.get(child.tag)
            tag = known or _local(child.tag)
            if tag in passed:
                self._count(sum(1 for _ in child.iter()))
                continue
            if known and depth and self.met < ELEMENTS - 2 and not len(child) and not child.keys():
                self.met += 1  # most elements are such: spare them a call
                text = child.text
                value: Plain = None if text is None or text.isspace() else text if len(text) <= TEXT else _text(child)
            else:
                value = self._data(child, depth)
            if tag in many:
                cast("list[Plain]", found.setdefault(tag, [])).append(value)
            elif tag not in found:
                found[tag] = value
            else:
                times[tag] = times.get(tag, 1) + 1
                found[f"{tag}#{times[tag]}"] = value
        return loose

    def _count(self, number: int = 1) -> None:
        self.met += number
        if self.met >= ELEMENTS:
            self.met = ELEMENTS
            raise _Outgrown(f"at most {ELEMENTS:,} elements in a record", "Leave out what the record does not need.")

    def _name(self, tag: str) -> str:
        name = etree.QName(tag)
        if name.namespace != self.namespace:
            raise _Outgrown("elements of the root's namespace", "Take away what another program has put in.")
        if len(self.names) >= NAMES:
            raise _Outgrown(f"at most {NAMES:,} different names", "Export the file again as the standard has it.")
        self.names[tag] = name.localname
        self.known |= {name.localname} - self.layout.passed
        return name.localname

    def _attributes(self, element: etree._Element) -> dict[str, Plain]:
        """Attributes without a namespace; the others speak of the file and not of what is in it."""
        items = cast("list[tuple[str, str]]", element.items())
        if len(items) > ATTRIBUTES:
            raise _Outgrown(f"at most {ATTRIBUTES} attributes", "Leave out what the element does not need.")
        if any(len(value) > TEXT for _, value in items):
            raise _Outgrown(f"attributes of at most {TEXT:,} characters", "Take the long text out of the file.")
        return {f"@{key}": value if value.strip() else None for key, value in items if not key.startswith("{")}


def _text(element: etree._Element) -> str | None:
    """What stands before the element's first child; None for nothing but white space."""
    text = element.text
    if text is None or text.isspace():
        return None
    if len(text) > TEXT:
        raise _Outgrown(f"text of at most {TEXT:,} characters", "Take the long text out of the file.")
    return text


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _let_go(element: etree._Element) -> None:
    """Frees what was read: the element's own content, and every element before it, however far up."""
    del element[:]
    for held in (element, *element.iterancestors()):
        above = held.getparent()
        while above is not None and held.getprevious() is not None:
            del above[0]


def _refusal(position: str, expected: str, remedy: str) -> UnreadablePayload:
    return UnreadablePayload(
        f"Not readable as XML at {position}: expected {expected}.", (Fault(position, "", expected, remedy),)
    )

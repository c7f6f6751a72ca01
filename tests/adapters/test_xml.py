"""What the XML door lets through, what it refuses and where, and that nothing hangs it or makes it grow."""

from __future__ import annotations

import io
import time
import tracemalloc
from collections.abc import Callable
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.formats.prolog import root_name
from adapters.formats.xml import DEPTH, ELEMENTS, RECORD, STRANGE, Element, Layout, elements
from contracts.adapter import Fault, Plain
from contracts.errors import ConfigError, UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]

LAYOUT = Layout(
    "a test file", frozenset({"file"}), ("Header", "Body/Pupil"), frozenset({"Phones/Phone"}), frozenset({"SuppInfo"})
)


def read(content: bytes | str, encoding: str = "utf-8") -> list[Element | Fault]:
    body = content.encode() if isinstance(content, str) else content
    return list(elements(io.BytesIO(body), LAYOUT, encoding))


def pupils(content: bytes | str, encoding: str = "utf-8") -> list[Plain]:
    return [item.data for item in read(content, encoding) if isinstance(item, Element) and item.path == "Body/Pupil"]


def pupil(inside: str) -> Plain:
    (found,) = pupils(f"<file><Body><Pupil>{inside}</Pupil></Body></file>")
    return found


def place(problem: UnreadablePayload) -> str:
    return problem.faults[0].position


@pytest.mark.parametrize(
    ("inside", "data"),
    [
        ("<Sex>F</Sex>", {"Sex": "F"}),
        ("<UCI/>", {"UCI": None}),
        ("<UCI>  </UCI>", {"UCI": None}),
        ("<Surname> O&apos;Invented &amp; Co </Surname>", {"Surname": " O'Invented & Co "}),
        ("<A>x<!-- c -->y<![CDATA[<z]]><?p i?>!</A>", {"A": "xy<z!"}),
        ('<Phone kind="H">x</Phone>', {"Phone": {"@kind": "H", "#text": "x"}}),
        ('<Phone kind=" "/>', {"Phone": {"@kind": None}}),
        ("<A>loose<B>1</B> text </A>", {"A": {"#text": "loose text", "B": "1"}}),
        ("<A>1</A><A>2</A><A>3</A>", {"A": "1", "A#2": "2", "A#3": "3"}),
        ("<Phones><Phone>1</Phone></Phones>", {"Phones": {"Phone": ["1"]}}),
        ("<Phones><Phone>1</Phone><Phone>2</Phone></Phones>", {"Phones": {"Phone": ["1", "2"]}}),
        ("<A>1</A><SuppInfo><Pupil>no</Pupil></SuppInfo>", {"A": "1"}),
        ('<A xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>', {"A": None}),
        ("plain", "plain"),
    ],
)
def test_an_element_becomes_plain_data(inside: str, data: Plain) -> None:
    assert pupil(inside) == data


def test_the_root_comes_first_with_its_attributes() -> None:
    assert read('<?xml version="1.0"?>\n<file version="3"><Header/></file>')[0] == Element("", 1, 2, {"@version": "3"})


def test_a_file_without_records_still_has_its_root() -> None:
    assert read("<file/>") == [Element("", 1, 1, None)]


def test_elements_come_in_file_order_with_their_number_and_line() -> None:
    found = read("<file>\n<Header/>\n<Body>\n<Pupil>a</Pupil>\n<Pupil>b</Pupil></Body></file>")

    assert [(item.path, item.number, item.line) for item in found[1:] if isinstance(item, Element)] == [
        ("Header", 1, 2), ("Body/Pupil", 1, 4), ("Body/Pupil", 2, 5),
    ]  # fmt: skip


def test_an_element_of_that_name_elsewhere_is_no_record() -> None:
    assert pupils("<file><Pupil>a</Pupil><Body><X><Pupil>b</Pupil></X><Pupil>c</Pupil></Body></file>") == ["c"]


def test_a_namespace_of_the_root_changes_no_name() -> None:
    assert pupils('<x:file xmlns:x="urn:t"><x:Body><x:Pupil><x:A>1</x:A></x:Pupil></x:Body></x:file>') == [{"A": "1"}]


@pytest.mark.parametrize(
    ("said", "written", "mapping"),
    [
        ("", "utf-8", "utf-8"),
        ("\ufeff", "utf-8", "utf-8"),
        ('<?xml version="1.0" encoding="UTF-8"?>', "utf-8", "cp1252"),
        ('<?xml version="1.0" encoding="UTF-8"?>', "cp1252", "cp1252"),
        ('<?xml version="1.0" encoding="windows-1252"?>', "cp1252", "utf-8"),
        ("<?xml version='1.0' encoding='ISO-8859-1'?>", "cp1252", "utf-8"),
    ],
)
def test_what_a_file_says_of_its_encoding_is_believed_where_the_bytes_agree(
    said: str, written: str, mapping: str
) -> None:
    assert pupils(f"{said}<file><Body><Pupil>’é</Pupil></Body></file>".encode(written), mapping) == ["’é"]


@pytest.mark.parametrize(
    ("content", "position", "words"),
    [
        (b"", "line 1, column 1", "empty"),
        (b"\xef\xbb\xbf \n", "line 2, column 1", "empty"),
        (b"%PDF-1.7", "line 1, column 1", "no XML"),
        (b'{"a": 1}', "line 1, column 1", "no XML"),
        (b"<other/>", "line 1, column 1", "belongs to"),
        (b"<!DOCTYPE file><file/>", "line 1, column 1", "DOCTYPE"),
        (
            b"<?xml version='1.0'?>\n<!-- c -->\n  <!DOCTYPE file [<!ENTITY a 'b'>]><file/>",
            "line 3, column 3",
            "DOCTYPE",
        ),
        (b"<file>\n<!DOCTYPE file></file>", "line 2, column 2", "within text"),
        (b"<file>\n&own;</file>", "line 2, column 6", "character itself"),
        (b"<file a='&own;'/>", "line 1, column 15", "character itself"),
        ("<file/>".encode("utf-16"), "line 1, column 1", "UTF-16"),
        ("<file/>".encode("utf-16-le"), "line 1, column 1", "UTF-16"),
        ("<file/>".encode("utf-32-be"), "line 1, column 1", "UTF-16"),
        (b"<?xml version='1.0' encoding='UTF-7'?><file/>", "line 1, column 31", "No other encoding"),
        (b"<file>\n caf\xe9</file>", "line 2, column 5", "Windows-1252"),
        (b"<file>\n \xe9\x81</file>", "line 2, column 2", "cut short"),
        (b"<?xml version='1.0' encoding='cp1252'?>\n<file>\xc3\xa9</file>", "line 2, column 7", "are UTF-8"),
        (b"<file>a\x00</file>", "line 1, column 8", "NUL"),
        (b"<file>a\x01</file>", "line 1, column 8", "control character"),
        (b"<file>&#0;</file>", "line 1, column 11", "control character"),
        (b"<file>\n<a></b></file>", "line 2, column 8", "where it ends"),
        (b"<file>a & b</file>", "line 1, column 10", "&amp;"),
        (b"<file><a x='1' x='2'/></file>", "line 1, column 21", "second one"),
        (b"<file/>\n<file/>", "line 2, column 1", "one file at a time"),
        (b"<file><Body><Pupil>", "line 1, column 20", "ends too early"),
        (b"<file><Body><Pup", "line 1, column 17", "ends too early"),
        (b"<file><![CDATA[x", "line 1, column 17", "ends too early"),
        (b"<x:file/>", "line 1, column 8", "validator"),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_its_remedy(
    content: bytes, position: str, words: str, refusal: Refusal
) -> None:
    (fault,) = refusal(lambda: read(content)).faults

    assert (fault.position, words in f"{fault.expected} {fault.remedy}") == (position, True), fault


def test_no_refusal_repeats_a_value(refusal: Refusal) -> None:
    for content in (
        "<file><Quillfeather></Nia></file>",
        "<file>&Quillfeather;</file>",
        "<file><A Nia='1' Nia='2'/></file>",
    ):
        problem = refusal(lambda content=content: read(content))
        assert "Quillfeather" not in f"{problem} {problem.faults}"
        assert "Nia" not in f"{problem} {problem.faults}"


def test_an_encoding_no_mapping_may_declare_is_the_mappings_fault() -> None:
    with pytest.raises(ConfigError):
        read("<file/>", "utf-7")


@pytest.mark.parametrize(
    ("inside", "position", "words"),
    [
        ("<Q>" * (DEPTH + 1) + "</Q>" * (DEPTH + 1), f"line 3, column {5 + 3 * DEPTH}", "levels"),
        ("<b/>" * ELEMENTS, f"line 3, column {8 + 4 * (ELEMENTS - 1)}", "elements"),
        ("<b>1</b>\n<c " + " ".join(f"a{n}='1'" for n in range(40)) + "/>", "line 4, column 1", "attributes"),
        ("<c a='" + "x" * 200_000 + "'/>", "line 3, column 8", "characters"),
        ("<c>\n<d>" + "x" * 200_000 + "</d></c>", "line 4, column 1", "characters"),
        (
            "<!-- <c/> --><xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='a>b'/>",
            "line 3, column 21",
            "names",
        ),
    ],
    ids=["depth", "elements", "attributes", "attribute", "text", "another namespace"],
)
def test_a_record_that_is_too_large_or_strange_is_left_out_and_the_next_is_read(
    inside: str, position: str, words: str
) -> None:
    content = f"<file><Body><Pupil>1</Pupil>\n\n<Pupil>{inside}</Pupil><Pupil>3</Pupil></Body></file>"
    found = [item for item in read(content) if isinstance(item, Fault)]

    assert pupils(content) == ["1", "3"]
    assert [(fault.position, words in fault.expected) for fault in found] == [(position, True)]


def test_a_file_of_strange_records_is_refused(refusal: Refusal) -> None:
    strange = "<Pupil><x:a xmlns:x='urn:x'/></Pupil>\n" * (STRANGE + 1)

    assert place(refusal(lambda: read(f"<file><Body>{strange}</Body></file>"))) == f"line {STRANGE + 1}, column 8"


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HARD = {
    "200,000 levels": b"<file>" + b"<a>" * 200_000,
    "200,000 levels in a record": b"<file><Body><Pupil>" + b"<a>" * 200_000,
    "a million attributes": b"<file " + b" ".join(b"a%d='1'" % n for n in range(1_000_000)) + b"/>",
    "a million elements": b"<file>" + b"<a/>" * 1_000_000 + b"</file>",
    "a million elements in a record": b"<file><Body><Pupil>" + b"<a/>" * 2_000_000 + b"</Pupil></Body></file>",
    "a million names": b"<file><Body>" + b"".join(b"<Pupil><a%d/></Pupil>" % n for n in range(300_000)),
    "huge text": b"<file>" + b"x" * 30_000_000 + b"</file>",
    "huge attribute": b"<file a='" + b"x" * 30_000_000 + b"'/>",
    "huge comment": b"<file><!--" + b"x" * 30_000_000 + b"--></file>",
    "huge comment first": b"<!--" + b"x" * 30_000_000 + b"--><file/>",
    "huge instruction": b"<file><?x " + b"x" * 30_000_000 + b"?></file>",
    "many comments first": b"<!---->" * 1_000_000 + b"<file/>",
    "billion laughs": f'<!DOCTYPE file [<!ENTITY l0 "lol">{LAUGHS}]><file>&l9;</file>'.encode(),
    "quadratic blow-up": b'<!DOCTYPE f [<!ENTITY a "' + b"x" * 100_000 + b'">]><file>' + b"&a;" * 100_000 + b"</file>",
    "external entity": b'<!DOCTYPE file [<!ENTITY x SYSTEM "file:///etc/hostname">]><file>&x;</file>',
    "parameter entity": b'<!DOCTYPE file [<!ENTITY % p SYSTEM "http://dtd.example/p"> %p;]><file/>',
}  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_no_file_hangs_the_door(name: str, refusal: Refusal) -> None:
    began = time.process_time()

    assert place(refusal(lambda: read(HARD[name])))
    assert time.process_time() - began < 2


def test_memory_does_not_grow_with_the_file() -> None:
    row = b"<Pupil><UPN>x</UPN><Phones><Phone>1</Phone></Phones><SuppInfo>y</SuppInfo></Pupil>\n"

    def peak(rows: int) -> int:
        content = io.BytesIO(b"<file><Header/><Body>\n" + row * rows + b"</Body></file>")
        tracemalloc.start()
        count = sum(1 for _ in elements(content, LAYOUT))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == rows + 2
        return used

    assert peak(20_000) < peak(2_000) * 1.2


def test_earlier_records_are_let_go_whole() -> None:
    content = b"<file><Body>" + b"<Pupil/>junk<Other/>" * (RECORD // 20) + b"<Pupil>x</Pupil></Body></file>"

    assert sum(1 for _ in elements(io.BytesIO(content), LAYOUT)) == RECORD // 20 + 2


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<CTfile>", "CTfile"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><!-- <a> -->\n<ct:CTfile xmlns:ct='u'", "CTfile"),
        (b"<CTfile", None),
        (b"<!DOCTYPE a><a/>", None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_a_root_is_known_by_the_head_of_its_file(head: bytes, name: str | None) -> None:
    assert root_name(head) == name


NAMES = st.text("ABCabc", min_size=1, max_size=3)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=8
)
TREES = st.recursive(TEXTS, lambda inner: st.dictionaries(NAMES, inner, max_size=4), max_leaves=20)
Tree = str | dict[str, "Tree"]


def written(tree: Tree) -> str:
    if isinstance(tree, str):
        return escape(tree)
    return "".join(f"<{name}>{written(inner)}</{name}>" for name, inner in tree.items())


def expected(tree: Tree) -> Plain:
    if isinstance(tree, str):
        return tree if tree.strip() else None
    return {name: expected(inner) for name, inner in tree.items()} or None


@given(trees=st.lists(TREES, max_size=4))
@settings(max_examples=50)
def test_what_was_written_is_read(trees: list[Tree]) -> None:
    body = "".join(f"<Pupil>{written(tree)}</Pupil>" for tree in trees)

    assert pupils(f"<file><Body>{body}</Body></file>") == [expected(tree) for tree in trees]


PIECES = [
    b"<file>", b"<Body>", b"<Pupil>", b"</Pupil>", b"</Body>", b"</file>", b"<a b='c'>", b"</a>", b"&amp;", b"&",
    b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x", b"?>", b"\xe9", b"\x00", b"\x01", b"<!DOCTYPE", b">", b"'", b"\n",
]  # fmt: skip


@given(content=st.binary(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join))
@settings(max_examples=50)
def test_any_bytes_give_elements_faults_or_a_refusal(content: bytes) -> None:
    faults: tuple[Fault, ...] = ()
    items: list[Element | Fault] = []
    try:
        items = read(content)
    except UnreadablePayload as problem:
        faults = problem.faults

    assert bool(items) != bool(faults)
    assert all(fault.position and fault.expected and fault.remedy for fault in faults)

"""That the quick way through an XML record says what the tree says, or leaves the record to the tree."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.formats.plain_elements import LONGEST, plainly
from adapters.formats.xml import Element, Layout, elements

LAYOUT = Layout(
    "a test file", frozenset({"file"}), ("Body/Pupil",), frozenset({"Phones/Phone"}), frozenset({"SuppInfo"})
)
NAMES = {"Pupil", "A", "B", "Phones", "Phone"}
LISTS = {"Phones": ["Phone"]}

TEXT = st.sampled_from(
    ["", " ", "\n  ", "x", " x ", "é\u00a0", "\u00a0", "&amp;", "&#13;", "]]&gt;", "<![CDATA[<A>]]>", " <!-- c --> "]
)
ATTRIBUTES = st.sampled_from(["", "", "", ' a="1"', ' xmlns="urn:other"', ' xmlns=""'])


def element(name: str, attributes: str, inside: str, after: str) -> str:
    return f"<{name}{attributes}>{inside}</{name}>{after}" if inside else f"<{name}{attributes}/>{after}"


ELEMENTS = st.recursive(
    st.builds(element, st.sampled_from(["A", "B", "Phone", "SuppInfo", "New"]), ATTRIBUTES, TEXT, TEXT),
    lambda inner: st.builds(
        lambda name, attributes, lead, parts, after: element(name, attributes, lead + "".join(parts), after),
        st.sampled_from(["A", "Phones", "Phone", "SuppInfo"]),
        ATTRIBUTES,
        TEXT,
        st.lists(inner, max_size=4),
        TEXT,
    ),
    max_leaves=12,
)


@settings(max_examples=50)
@given(lead=TEXT, parts=st.lists(ELEMENTS, max_size=5), root=st.sampled_from(["", ' xmlns="urn:ours"']))
def test_a_record_says_the_same_the_second_time_when_its_names_are_known(
    lead: str, parts: list[str], root: str
) -> None:
    record = f"<Pupil>{lead}{''.join(parts)}</Pupil>"
    content = f"<file{root}><Body>{record}{record}{record}</Body></file>".encode()
    found = [
        item for item in elements(io.BytesIO(content), LAYOUT) if not (isinstance(item, Element) and not item.path)
    ]
    said = [item.data if isinstance(item, Element) else (item.expected, item.remedy) for item in found]
    assert repr(said[0]) == repr(said[1]) == repr(said[2])


@pytest.mark.parametrize(
    ("inside", "data"),
    [
        ("<A>x</A><B/>", {"A": "x", "B": None}),
        ("\n <Phones>\n  <Phone>1</Phone>\n <Phone>2</Phone></Phones>\n", {"Phones": {"Phone": ["1", "2"]}}),
        ("<A><SuppInfo><New a='1'/><New>x</New></SuppInfo> </A>", {"A": {}}),
    ],
)
def test_plain_elements_are_read_without_the_tree(inside: str, data: object) -> None:
    assert plainly(f"<Pupil>{inside}</Pupil>", NAMES, LISTS, {"SuppInfo"}) == data


@pytest.mark.parametrize(
    "inside",
    [
        "<A a='1'>x</A>",
        "<o:A>x</o:A>",
        "<New>x</New>",
        "<A>x</A><A>y</A>",
        "<A>x &amp; y</A>",
        "loose<A/>",
        "<A/>loose",
        "<A>loose<B/></A>",
        "<SuppInfo><New/></SuppInfo>loose",
        "<A>" * 40 + "</A>" * 40,
        f"<A>{'x' * LONGEST}</A>",
    ],
)
def test_what_is_out_of_the_ordinary_is_left_to_the_tree(inside: str) -> None:
    assert plainly(f"<Pupil>{inside}</Pupil>", NAMES, LISTS, {"SuppInfo"}) is None

"""What a person reads of one message: all of it, in the council's order, and nothing that a reader's machine obeys."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.formats.arranging import arranged, values
from adapters.formats.reading import as_html, as_text
from adapters.formats.wording import date_words, shown
from contracts.form import FieldWords, Form, FormRow, FormSection

FORM = Form(
    "Testham request",
    (
        FormSection("Why", (FormRow("Reason", ("/referral/reason",)), FormRow("Needs", ("/referral/needs",)))),
        FormSection("Children", (FormRow("Name", ("/first_name", "/surname")),), "/referral/people", ("child",)),
        FormSection("Everybody else", (FormRow("Telephone", ("/phones/*/number",)),), "/referral/people"),
    ),
    {
        "referral/needs/code": FieldWords("Need", {"attendance": "Poor attendance"}),
        "referral/needs/whose": FieldWords("Whose", person=True),
    },
)
BODY: dict[str, Any] = {
    "schema_version": "1",
    "reference": "r-1",
    "council": "testham",
    "hub": "early_help",
    "outcome": "share",
    "urgent": False,
    "test": False,
    "flags": ["The form is older than six months."],
    "safety": {"harm": "not_asked", "says": "Nobody was asked about harm.", "protection": []},
    "referral": {
        "council": "testham",
        "reason": "Maya is late.\nHer mother asks for help.",
        "needs": [{"code": "attendance", "whose": "child"}, {"code": "housing"}],
        "people": [
            {"id": "child", "roles": ["child"], "first_name": "Maya", "surname": "Fernsby", "gp": "Dr Invented"},
            {"id": "mother", "roles": ["parent"], "first_name": "Joan", "phones": [{"number": "07700 900123"}]},
        ],
        "staff_risk": {"known": True, "what": "A dog that bites."},
    },
    "other_answers": [{"question": "Pets?", "answer": "One dog."}],
    "withheld": "Some information was not sent. Ask the sender.",
}
ENDS = "If a child is in immediate danger, ring 999."
READ: dict[str, Callable[[dict[str, Any]], str]] = {
    "text": lambda body: as_text(arranged(json.dumps(body).encode(), FORM, ENDS)),
    "html": lambda body: as_html(arranged(json.dumps(body).encode(), FORM, ENDS)),
}
both = pytest.mark.parametrize("read", READ.values(), ids=READ)


def titles(body: dict[str, Any]) -> list[str]:
    return [chapter.title for chapter in arranged(json.dumps(body).encode(), FORM).chapters]


def test_settled_56_safety_and_staff_risk_stand_before_the_councils_own_order() -> None:
    assert titles(BODY) == [
        "Safety and staff risk",
        "Why",
        "Children",
        "Everybody else",
        "Also sent",
        "About this message",
    ]


@both
def test_settled_56_staff_risk_stands_before_the_reason(read: Callable[[dict[str, Any]], str]) -> None:
    page = read(BODY)
    assert page.index("A dog that bites.") < page.index("Maya is late.")


@both
def test_a_code_is_read_with_its_label_and_kept_for_whoever_types_it_again(
    read: Callable[[dict[str, Any]], str],
) -> None:
    assert "Poor attendance (attendance)" in read(BODY)


@both
def test_a_person_is_named_where_the_message_only_has_their_id(read: Callable[[dict[str, Any]], str]) -> None:
    assert "Maya Fernsby, child (child)" in read(BODY)


def test_what_the_form_has_no_place_for_is_also_sent() -> None:
    also = next(one for one in arranged(json.dumps(BODY).encode(), FORM).chapters if one.title == "Also sent")
    assert "Dr Invented" in str(
        [line.text for block in also.blocks for answer in block.answers for group in answer.groups for line in group]
    )


def test_every_value_stands_on_the_page_exactly_once() -> None:
    page = arranged(json.dumps(BODY).encode(), FORM)
    lines = [
        line
        for chapter in page.chapters
        for block in chapter.blocks
        for answer in block.answers
        for group in answer.groups
        for line in group
    ]
    assert len(lines) == len(list(values(BODY)))


@both
@pytest.mark.parametrize(
    ("changed", "banner"),
    [
        ({"urgent": True}, "URGENT."),
        ({"outcome": "divert"}, "SAFEGUARDING CONTACT."),
        ({"test": True}, "TEST. Nobody is to act on this."),
    ],
)
def test_what_cannot_wait_is_said_before_anything_else(
    read: Callable[[dict[str, Any]], str], changed: dict[str, Any], banner: str
) -> None:
    page = read(BODY | changed)
    assert page.index(banner) < page.upper().index("SAFETY AND STAFF RISK")


@both
def test_settled_39_a_page_ends_with_whom_to_ring(read: Callable[[dict[str, Any]], str]) -> None:
    assert ENDS in read(BODY)


@both
@pytest.mark.parametrize(
    "body",
    [
        {"kind": "notice", "reference": "r-1", "says": "The family no longer agrees.", "do": "Stop.", "about": "error"},
        {"kind": "envelope", "reference": "r-1", "says": "It waits.", "waiting": [{"why": ["Nobody agreed."]}]},
    ],
    ids=["notice", "envelope"],
)
def test_notices_and_envelopes_can_be_read_too(read: Callable[[dict[str, Any]], str], body: dict[str, Any]) -> None:
    assert all(str(value) in unescape(read(body)) for pointer, value in values(body) if pointer != "/kind")


def test_bytes_that_are_no_message_are_refused() -> None:
    with pytest.raises(ValueError, match="one JSON object"):
        arranged(b"[]")


# Escaping -------------------------------------------------------------------------------------------------------------

NASTY = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;</dd></main>"


class Tags(HTMLParser):
    """Counts the tags of a page, and collects the names of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


def tags_of(page: str) -> Tags:
    found = Tags()
    found.feed(page)
    return found


def with_reason(reason: str) -> dict[str, Any]:
    return BODY | {"referral": BODY["referral"] | {"reason": reason}}


def test_nothing_a_sender_wrote_becomes_a_tag() -> None:
    plain, nasty = tags_of(READ["html"](with_reason("Plain."))), tags_of(READ["html"](with_reason(NASTY)))
    assert nasty.tags == plain.tags


def test_the_page_runs_no_script_and_fetches_nothing() -> None:
    found = tags_of(READ["html"](BODY))
    assert not {"script", "img", "link", "iframe", "form"} & set(found.tags)
    assert not {"src", "href", "onclick", "style"} & found.attributes
    assert "default-src &#x27;none&#x27;" in READ["html"](BODY)


def test_what_a_sender_wrote_cannot_pass_for_a_heading_in_plain_text() -> None:
    page = READ["text"](with_reason("Late.\nSAFETY AND STAFF RISK\n\n  Risk: none"))
    assert [line for line in page.splitlines() if line == "SAFETY AND STAFF RISK"] == ["SAFETY AND STAFF RISK"]


def test_characters_that_turn_text_around_are_made_visible() -> None:
    assert shown("a\u202eb\x1b[2Jc\r\nd") == "a\ufffdb\ufffd[2Jc\nd"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2017-03-14", "14 March 2017"),
        ("2026-11-01T09:00:00Z", "1 November 2026 at 09:00"),
        ("2026-07-01T23:30:00Z", "2 July 2026 at 00:30"),
        ("2026-02-30", ""),
        ("14/03/2017", ""),
        ("0001-01-01T00:00:00+14:00", ""),
    ],
)
def test_dates_are_written_out_in_londons_time(text: str, words: str) -> None:
    assert date_words(text) == words


# Nothing is lost ------------------------------------------------------------------------------------------------------

_TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
_JSON = st.recursive(
    _TEXTS | st.booleans() | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), inner),
    max_leaves=12,
)


_PERSON = st.dictionaries(st.sampled_from(["id", "first_name", "surname", "gp", "title"]), _TEXTS)
_PART = st.fixed_dictionaries(
    {"people": st.lists(_PERSON, max_size=4)},
    optional=dict.fromkeys(["reason", "needs", "views", "family", "staff_risk", "harm"], _JSON),
)


@both
@settings(max_examples=50)
@given(part=_PART)
def test_every_text_of_a_message_is_on_the_page(read: Callable[[dict[str, Any]], str], part: dict[str, Any]) -> None:
    page = unescape(read(BODY | {"referral": part}))
    seen = re.sub(r"\n +", "\n", page)
    for _, value in values(part):
        if isinstance(value, str):
            text = shown(date_words(value) or value)
            assert re.sub(r"\n +", "\n", text) in seen

"""Screens mark harm, identifiers and unlisted names by pointer and place; a harm word only ever raises."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import ConfigError
from gateway.config.screens import HarmWords, ScreensFile, load_screens
from gateway.config.yamlfile import load
from gateway.path.screening import MOST_SPANS, NOT_RUN, Screening, screen
from tests.builders import a_child, a_mother, a_referral

FILE = Path(__file__).parents[2] / "mappings" / "screens.yaml"
SCREENS = load_screens(FILE)


def said(text: str, **changes: Any) -> Screening:
    """What the screens see when this is the reason for asking."""
    return screen(a_referral(reason=text, **changes), SCREENS)


def kinds(text: str, **changes: Any) -> set[str]:
    return {kind for pointer, kind in said(text, **changes).identifiers if pointer == "/reason"}


@pytest.mark.parametrize(
    "text",
    [
        "Dad strangled her on Sunday.",
        "He STRANGLED her.",
        "There is self-harm.",
        "there is self harm",
        "She says she wants  to die.",
        "He threatened to kill them all",
        "The child was locked in.",
        "worries about county lines",
        "The lodger touches her when her mother is out.",
        "He said that the coach keeps touching him.",
    ],
)
def test_s_105_a_harm_word_marks_the_field(text: str):
    assert said(text).harm == ("/reason",)


@pytest.mark.parametrize(
    "text",
    [
        "She is good with her hands and begins to tie knots.",
        "They grape-pick in summer and are on a therapeutic programme.",
        "The stable is cold.",
        "Parents ask for help with routines.",
        "Domestic abuse is named in the needs, which a person reads.",
        "",
    ],
)
def test_a_part_of_a_word_or_an_everyday_word_is_no_harm_word(text: str):
    assert said(text).harm == ()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"needs": [{"code": "x"}, {"evidence": "he stabbed him"}]}, "/needs/1/evidence"),
        ({"other_answers": [{"question": "What else?", "answer": "She was raped."}]}, "/other_answers/0/answer"),
        ({"people": [a_child(notes="says he is suicidal"), a_mother()]}, "/people/0/notes"),
        ({"staff_risk": {"what": "keeps a machete by the door"}}, "/staff_risk/what"),
        ({"harm": {"what_happened": "There was a knife."}}, "/harm/what_happened"),
        ({"agreements": [{"reason": "afraid he will kill her"}]}, "/agreements/0/reason"),
    ],
)
def test_settled_37_harm_is_looked_for_in_every_free_text(changes: dict[str, Any], pointer: str):
    assert screen(a_referral(**changes), SCREENS).harm == (pointer,)


def test_settled_32_a_ticked_label_is_not_free_text():
    referral = a_referral(
        needs=[{"as_stated": "Risk of FGM"}],
        risk_factors=[{"as_stated": "Child trafficking"}],
        other_answers=[{"question": "Has anyone been strangled?", "answer": "No"}],
    )
    assert screen(referral, SCREENS).harm == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Her NHS number is 999 000 0018.", "nhs_number"),
        ("NHS 9990000018", "nhs_number"),
        ("UPN A123456789012 is hers", "upn"),
        ("They live at ZZ1 1ZZ now", "postcode"),
        ("near e16an", "postcode"),
        ("ring 07700 900123", "phone"),
        ("ring +44 7700 900123", "phone"),
        ("ring (020) 7946 0100", "phone"),
        ("write to joan@family.example please", "email"),
        ("NI QQ123456C", ""),
        ("NI AB 12 34 56 C", "ni_number"),
        ("born 14/03/2017", "date"),
        ("born 14.3.17", "date"),
        ("born 2017-03-14", "date"),
        ("born 14th March 2017", "date"),
        ("born on the 1st of Sept 2017", "date"),
        ("URN 123456", "school_number"),
        ("in a red car, AB12 CDE", "vehicle"),
        ("lives at number 12", "house_number"),
        ("in flat 3b", "house_number"),
        ("at 12 Rose Street", "street"),
        ("at 4a quillfeather rd", "street"),
        ("Mr Quillfeather came", "title_and_name"),
        ("mrs quillfeather came", "title_and_name"),
        ("Uncle Darren came", "title_and_name"),
    ],
)
def test_an_identifier_is_marked_with_its_kind(text: str, kind: str):
    assert (kind in kinds(text)) if kind else kinds(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Attendance was 71 of 190 sessions, 18 months behind.",
        "Reference 999 000 0019 has the wrong check digit",
        "B123456789012 has the wrong letter",
        "She may miss school and miss lessons with her father at work.",
        "He has been on the way for 12 weeks on the road",
        "In Year 4 since September 2025 she is late.",
        "Speak to the Dr about Mr or Mrs.",
        "The 3 of them came 2 times.",
    ],
)
def test_a_look_alike_is_not_an_identifier(text: str):
    assert kinds(text) == set()


def test_s11_a_neighbours_text_with_a_name_in_it_is_marked():
    screening = said("My neighbour Jamie Okafor at number 12 is struggling with rent", people=[], anonymous=True)
    assert screening.unlisted_names == ("/reason",)
    assert screening.identifiers == (("/reason", "house_number"),)
    assert screening.revealing == {"/reason"}


def test_s12_a_clean_consultation_has_nothing_that_reveals():
    screening = said("A parent struggles with routines and asks what help there is in the area.", people=[])
    assert (screening.ran, screening.revealing, screening.harm) == (True, frozenset(), ())


@pytest.mark.parametrize("text", ["Maya is late.", "is maya late?", "Maya's mother", "the FERNSBY family"])
def test_the_referrals_own_names_are_marked(text: str):
    assert kinds(text) == {"own_name"}


@pytest.mark.parametrize("text", ["A mayan ruin.", "the fernsbyish way"])
def test_a_name_inside_another_word_is_not(text: str):
    assert kinds(text) == set()


@pytest.mark.parametrize(
    "text", ["Jamie Okafor came", "met Zoë Ångström-Lee", "Yesterday Jamie Okafor came", "Darren Fernsby hit"]
)
def test_m_602_a_name_of_nobody_listed_is_marked(text: str):
    assert said(text).unlisted_names == ("/reason",)


@pytest.mark.parametrize(
    "text",
    [
        "Maya Fernsby is late and Joan Fernsby asks.",
        "Sam Okoro of Invented Primary School writes.",
        "The Early Help Hub in Tower Hamlets met on Monday. She came.",
        "Mrs Fernsby asks.",
        "Speech And Language Therapy",
    ],
)
def test_everybody_listed_and_ordinary_words_are_not(text: str):
    assert said(text).unlisted_names == ()


def test_a_span_says_where_and_nothing_else():
    text = "Then Jamie Okafor rang 07700 900123."
    spans = {span.kind: span for span in said(text).spans}
    assert text[spans["unlisted_name"].start : spans["unlisted_name"].end] == "Jamie Okafor"
    assert text[spans["phone"].start : spans["phone"].end] == "07700 900123"


def test_nothing_of_the_text_is_in_the_answer():
    referral = a_referral(reason="Kestrel Quillfeather at 12 Kestrel Road was strangled, 07700 900123")
    answer = repr(screen(referral, SCREENS)).lower()
    assert not re.search("kestrel|quillfeather|900123|strangled", answer)


def test_i_303_screens_that_did_not_run_say_so():
    assert NOT_RUN.ran is False
    assert said("anything").ran is True


@pytest.mark.parametrize(
    "text",
    [
        "They moved to zz11zz.",
        "near 4 INVENTED row",
        "seen in Invented Row",
        "somewhere in ZZ1",
        "rings from 07700900999",
    ],
)
def test_m_604_text_that_holds_a_protected_value_is_named(text: str):
    child = a_child(protection=["address"], phones=[{"number": "+44 7700 900999"}])
    assert said(text, people=[child, a_mother()]).protected == ("/reason",)


def test_text_without_a_protected_value_is_not_named():
    child = a_child(protection=["address"])
    assert said("Maya is late in Testham.", people=[child, a_mother()]).protected == ()


def test_hu_c03_a_date_the_family_keeps_back_is_found_in_other_spelling():
    limits = [{"what": "her birthday", "pointers": ["/people/0/date_of_birth"]}]
    for text in ("born 14/03/2017", "born 14th of March 2017", "on 2017-03-14"):
        assert said(text, sharing_limits=limits).protected == ("/reason",)


def test_at_most_so_many_spans_are_kept():
    screening = said("ring 07700 900123. " * 900)
    assert len(screening.spans) == MOST_SPANS


@given(st.text(max_size=300), st.sampled_from(["strangled", "self harm", "suicidal", "threatened to kill"]))
@settings(max_examples=50)
def test_a_harm_word_is_found_whatever_stands_around_it(around: str, word: str):
    assert said(f"{around} {word} {around}").harm == ("/reason",)


@given(st.text(max_size=200), st.text(max_size=200))
@settings(max_examples=50)
def test_adding_text_never_takes_a_harm_mark_away(first: str, second: str):
    assert set(said(first).harm) <= set(said(f"{first} {second}").harm)


@given(st.text(max_size=400))
@settings(max_examples=50)
def test_every_span_lies_within_its_text(text: str):
    assert all(0 <= span.start < span.end <= len(text) for span in said(text).spans if span.pointer == "/reason")


@pytest.mark.parametrize(
    "piece", ["a@", "1 ", "A1", "Mr ", "12 Rose ", "Aa Bb ", "07", "1-", "strangle d ", "'", "ß", "1/1/"]
)
def test_the_longest_text_of_the_worst_kind_takes_no_time_to_speak_of(piece: str):
    text = (piece * 20_000)[:20_000]
    started = time.process_time()
    said(text)
    assert time.process_time() - started < 1


class TestFile:
    """`mappings/screens.yaml` is checked as it is read."""

    def faults(self, tmp_path: Path, old: str, new: str) -> list[str]:
        text = FILE.read_text()
        assert old in text
        path = tmp_path / "screens.yaml"
        path.write_text(text.replace(old, new, 1))
        with pytest.raises(ConfigError) as raised:
            load_screens(path)
        return raised.value.detail.replace(f"{tmp_path}/", "").splitlines()

    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            ("[strangle,", "[Strangle,", "expected words in small letters"),
            ("[strangle,", "[strangle, strangle,", "expected each word once"),
            ("check: nhs_number", "check: nhs_numbr", "did you mean `nhs_number`"),
            (r"[\w.+-]{1,64}@", r"[\w.+-]+@", "expected a shape with an upper bound"),
            (r"[\w.+-]{1,64}@", r"[\w.+-]{1,}@", "expected a shape with an upper bound"),
            (r"[\w.+-]{1,64}@", r"[\w.+-]{1,500}@", "expected a shape with an upper bound"),
            (r"[\w.+-]{1,64}@", r"(a)\1@", "expected a shape with an upper bound"),
            (r"[\w.+-]{1,64}@", r"(\w@", "expected a regular expression"),
            ("holds: '@', ", "", "expected `digits` or `holds` beside the shape"),
            ("safe_words: [", "safe_words: [Help,", "expected words in small letters"),
        ],
        ids=lambda text: text[:24],
    )
    def test_a_mistake_is_told_with_its_place(self, tmp_path: Path, old: str, new: str, expected: str):
        told = self.faults(tmp_path, old, new)
        assert len(told) == 1
        assert re.match(r"screens.yaml:\d+:\d+: ", told[0])
        assert expected in told[0]

    def test_the_digest_is_that_of_the_file(self, tmp_path: Path):
        copy = tmp_path / "screens.yaml"
        copy.write_text(FILE.read_text() + "\n")
        assert load_screens(copy).digest != SCREENS.digest

    @pytest.mark.parametrize("words", load(FILE, ScreensFile).model.harm, ids=lambda words: words.words[0])
    def test_every_harm_word_finds_itself_with_a_hyphen_too(self, words: HarmWords):
        for word in words.words:
            assert said(f"Then {word}.").harm == ("/reason",)
            assert said(word.replace(" ", "-").upper()).harm == ("/reason",)

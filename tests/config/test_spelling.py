"""What a list of statistics reads beyond its whole spellings: by general rules, and never two codes at once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ConfigError
from gateway.config.codes import load_codes

LISTS = load_codes(Path(__file__).parents[2] / "mappings" / "codes")
READS_WORDS = ("ethnicity", "contact_source")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("MWAS:White & Asian", "MWAS", id="the code before its label"),
        pytest.param("Bangladeshi [ABAN]", "ABAN", id="the code after its label"),
        pytest.param("d) WOTH", "WOTH", id="an enumeration before the code"),
        pytest.param("MWA - MWAS - White/Asian", "MWAS", id="a code of the council's own before ours"),
        pytest.param("(A.A28)White - British", "WBRI", id="a council's own numbering before the label"),
        pytest.param("D.D3", "BOTH", id="a council's own numbering that holds an older code"),
        pytest.param("Both parents", None, id="a word that is spelt as a code is no code"),
        pytest.param("Black or Black British - Ghanaian", "BAFR", id="the part after its group"),
        pytest.param("Mixed / Dual Heritage - White and Black African", "MWBA", id="the longest words count"),
        pytest.param("Asian or Asian British", "AOTH", id="only the broad group"),
        pytest.param("White (Iraqi)", None, id="two groups contradict each other"),
        pytest.param("C4 - Chinese", None, id="a code and its label contradict each other"),
        pytest.param("Not Stated - Refused", "REFU", id="a refusal is more than not stated"),
        pytest.param("Information not obtained", "NOBT", id="a whole phrase excludes nothing after its not"),
        pytest.param("- Did not wish to reply", "REFU", id="nor does one with a dash before it"),
        pytest.param("A.A1.1", "WBRI", id="a subdivision of a known number is that number"),
        pytest.param("Martian", None, id="nothing known"),
    ],
)
def test_an_ethnicity_is_read_by_its_code_or_its_words(text: str, code: str | None) -> None:
    assert LISTS["ethnicity"].code_of(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("2a: Schools", "2A", id="the code in small letters"),
        pytest.param("69) Individual - Self", "1C", id="a number of an enumeration is no code"),
        pytest.param("‘POLICE’.", "6", id="quotes and a full stop"),
        pytest.param("N.S.P.C.C.", "8", id="initials with dots"),
        pytest.param("Housing services (excluding homelessness)", "4", id="what is excluded does not count"),
        pytest.param("Some Dept (other than Housing)", "5B", id="and is no answer by itself: what is left is one"),
        pytest.param("7 - Police", None, id="a digit that may be the council's own number contradicts the words"),
        pytest.param("8 - Other (including fire service)", "8", id="a digit that agrees with them is the code"),
        pytest.param(
            "Other, including children's centres and the benefits agency", "8", id="its own examples of other"
        ),
        pytest.param("Invented Council employee", "5B", id="a broad word where no other word says more"),
        pytest.param("Health services - Other (e.g. hospice)", "3F", id="examples do not count beside the answer"),
        pytest.param("Other (including strangers or MPs)", "1D", id="but count where the answer says only other"),
        pytest.param("LA services - Housing options", "4", id="a broad word yields to the words of another code"),
        pytest.param("Police and probation", None, id="two codes are none"),
        pytest.param("Children?s centre", "8", id="an apostrophe lost on the way"),
    ],
)
def test_a_contact_source_is_read_by_its_code_or_its_words(text: str, code: str | None) -> None:
    assert LISTS["contact_source"].code_of(text) == code


@pytest.mark.parametrize("name", sorted(set(LISTS) - set(READS_WORDS)))
def test_no_other_list_reads_words_because_what_it_says_decides_something(name: str) -> None:
    assert LISTS[name].speller is None


@pytest.mark.parametrize("text", ["Transgender Male", "Gender dysphoria", "Not female"])
def test_sex_is_never_read_out_of_an_answer_about_gender(text: str) -> None:
    assert LISTS["sex"].code_of(text) is None


@pytest.mark.parametrize("name", READS_WORDS)
def test_every_code_is_read_from_its_own_code_label_and_both_together(name: str) -> None:
    for code, label in LISTS[name].labels.items():
        for text in (code, label, f"{code} - {label}", f"{code}: {label}", f"{label} [{code}]", label.upper()):
            assert LISTS[name].code_of(text) == code, text


@given(st.sampled_from(READS_WORDS), st.text(max_size=60))
def test_any_text_is_one_of_the_codes_or_none(name: str, text: str) -> None:
    assert LISTS[name].code_of(text) in {None, *LISTS[name].labels}


def test_words_that_would_mean_two_codes_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "pets.yaml").write_text(
        "list: pets\ntitle: Pets\nversion: '1'\nsource: invented\ncodes:\n"
        "- {code: CAT, label: Cat, words: [tabby or tom]}\n- {code: DOG, label: Dog, broad: [Tabby, the Tabby tom]}\n"
    )
    with pytest.raises(ConfigError) as raised:
        load_codes(tmp_path)
    assert raised.value.detail.startswith(f"{tmp_path}/pets.yaml:7:")
    assert "`the Tabby tom` already means `CAT`" in raised.value.detail


CATEGORY = {"W": "a", "M": "b", "A": "c", "B": "d", "O": "e", "C": "e", "R": "f", "N": "f"}


def test_of_the_spellings_that_councils_really_sent_few_ethnicities_are_unread_and_none_is_wrong(outside: Path) -> None:
    tally: Counter[str] = Counter()
    for line in (outside / "spellings" / "seen_in_returns.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        field, text, category = line.split("\t")
        if field == "Ethnicity":
            code = LISTS["ethnicity"].code_of(text)
            tally["unread" if code is None else "right" if CATEGORY[code[0]] == category[0] else "wrong"] += 1
    assert tally["wrong"] == 0
    assert tally["right"] >= 0.98 * sum(tally.values())


HEADING = {
    "1": "a",
    "2A": "b",
    "2B": "c",
    "3": "d",
    "4": "e",
    "5": "f",
    "6": "g",
    "7": "h",
    "8": "i",
    "9": "j",
    "10": "k",
}


def test_of_the_contact_sources_that_were_really_sent_the_page_says_how_many_are_read(outside: Path) -> None:
    tally: Counter[str] = Counter()
    for line in (outside / "spellings" / "seen_in_returns.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        field, text, category = line.split("\t")
        if field in ("Contact Source", "Referral Source"):
            code = LISTS["contact_source"].code_of(text)
            heading = code and (HEADING.get(code) or HEADING[code[0]])
            tally["unread" if code is None else "right" if heading == category[0] else "differs"] += 1
    page = (Path(__file__).parents[2] / "docs" / "codes.md").read_text(encoding="utf-8")
    read = tally["right"] + tally["differs"]
    assert f"| 1,109 | {read:,}, {read / 1109:.1%}".replace("%", " %") in page
    assert f"| {tally['differs']}, " in page
    assert tally["differs"] / 1109 < 0.03

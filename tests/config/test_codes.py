"""A code list matches whole values against listed spellings, and an alias that stands for two codes is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.agreement import AgreementForm, AgreementStatus
from contracts.errors import ConfigError
from contracts.people import ReferrerKind
from contracts.referral import HarmLevel, Purpose
from gateway.config.codes import load_codes, normalised

OURS = Path(__file__).parents[2] / "mappings" / "codes"
LISTS = load_codes(OURS)

HEAD = "list: pets\ntitle: Pets\nversion: '1'\nsource: invented\ncodes:\n"


def faults(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_codes(folder)
    return [line.removeprefix(f"{folder}/") for line in raised.value.detail.splitlines()]


@pytest.fixture
def pets(tmp_path: Path):
    def write(codes: str) -> Path:
        (tmp_path / "pets.yaml").write_text(HEAD + codes, encoding="utf-8")
        return tmp_path

    return write


@pytest.mark.parametrize("text", ["CAT", "cat", "House  cat", " house cat ", "the family's cat", "the family’s cat"])
def test_code_label_and_aliases_match_in_any_case_spacing_and_apostrophe(pets, text):
    folder = pets('- {code: CAT, label: House cat, aliases: ["The family\'s cat"]}\n')
    assert load_codes(folder)["pets"].code_of(text) == "CAT"


@pytest.mark.parametrize("text", ["", "ca", "cats", "house", "cat and dog", "house-cat"])
def test_part_of_a_value_or_more_than_it_never_matches(pets, text):
    assert load_codes(pets("- {code: CAT, label: House cat}\n"))["pets"].code_of(text) is None


def test_an_alias_that_stands_for_two_codes_is_a_fault(pets):
    told = faults(
        pets("- {code: CAT, label: Cat, aliases: [tom]}\n- {code: KIT, label: Kitten, aliases: [young, Tom]}\n")
    )
    assert told == [
        "pets.yaml:7:47: expected text that stands for one code. `Tom` already stands for `CAT`. Take it away from one "
        "of them."
    ]


def test_a_code_listed_twice_is_a_fault(pets):
    assert (
        "pets.yaml:7:10: expected each code once" in faults(pets("- {code: A, label: x}\n- {code: A, label: y}\n"))[0]
    )


def test_a_list_is_named_as_its_file(pets):
    folder = pets("- {code: A, label: x}\n")
    (folder / "pets.yaml").rename(folder / "animals.yaml")
    assert faults(folder)[0].startswith("animals.yaml:1:7: expected the name of the file. Name the file pets.yaml")


def test_a_code_that_yaml_would_turn_into_a_number_is_refused(pets):
    assert "pets.yaml:6:10: expected text. Put quotes around a number" in faults(pets("- {code: 9, label: Nine}\n"))[0]


def test_faults_of_all_files_are_told_at_once(pets):
    folder = pets("- {code: A}\n")
    (folder / "other.yaml").write_text("list: other\n")
    assert {line.partition(":")[0] for line in faults(folder)} == {"pets.yaml", "other.yaml"}


@given(st.text(max_size=20))
def test_normalising_twice_changes_nothing_more(text):
    assert normalised(normalised(text)) == normalised(text)


@pytest.mark.parametrize(
    ("name", "enum"),
    [
        ("agreement_form", AgreementForm),
        ("agreement_status", AgreementStatus),
        ("harm_level", HarmLevel),
        ("purpose", Purpose),
        ("referrer_kind", ReferrerKind),
    ],
)
def test_every_code_of_a_list_the_referral_closes_is_one_of_its_values(name, enum):
    assert set(LISTS[name].labels) <= {member.value for member in enum}


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("ethnicity", "WENG", "WBRI"),  # CBDS extended
        ("ethnicity", "a1", "WBRI"),  # older social care list
        ("ethnicity", "PAKI", "APKN"),  # a known misspelling of the code
        ("ethnicity", "White British", "WBRI"),
        ("sex", "2", "F"),  # CIN before 2025
        ("sex", "b) Female", "F"),  # Annex A
        ("sen_provision", "K - SEN Support", "K"),  # code and label in one cell
        ("nc_year", "Year 7", "7"),
        ("nc_year", "Reception", "R"),
        ("contact_source", "School", "2A"),
        ("relationship", "mum", "PAM"),
        ("language", "Slovak", "SLO"),
        ("language", "Sylheti", "BNGS"),
        ("need", "Persistent absence", "attendance"),
        ("level_tower_hamlets", "Level 3 - Child in Need", "child_in_need"),
        ("level_kent", "Level 3", "targeted.intensive"),
        ("requested_service_hull", "Young Carers Support", "hu_young_carers"),
    ],
)
def test_the_words_sources_use_have_their_code(name, text, code):
    assert LISTS[name].code_of(text) == code


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sex", "Mrs"),  # never from a title
        ("sex", "Master"),
        ("harm_level", "maybe, I am not sure"),
        ("level_tower_hamlets", "3"),  # never by number alone
    ],
)
def test_what_a_list_does_not_say_has_no_code(name, text):
    assert LISTS[name].code_of(text) is None


def test_hull_lists_its_twelve_boxes_HU_R05():
    assert len(LISTS["requested_service_hull"].labels) == 12

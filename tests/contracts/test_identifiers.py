"""Identifiers are doubted by their own checks; the sound ones are let through, and no value is ever repeated."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.identifiers import CHECKS, gss, laestab, nhs_number, postcode, uln, upn, uprn, urn

_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


@pytest.mark.parametrize(
    "number", ["E211999925001", "Z831999925001", "M886999925001", "C856999925001", "N810999925001", "n810 9999 25001"]
)
def test_a_upn_with_its_check_letter_is_sound(number: str) -> None:
    assert upn(number) is None


@given(st.integers(0, 10**11 - 1), st.sampled_from("0123456789" + _LETTERS))
@settings(max_examples=50)
def test_exactly_one_check_letter_fits_a_upn_permanent_or_temporary(digits: int, last: str) -> None:
    body = f"{digits:011d}{last}"

    fitting = [letter for letter in _LETTERS if upn(letter + body) is None]

    assert len(fitting) == 1


def test_a_changed_digit_of_a_upn_is_doubted() -> None:
    doubt = upn("E211999925002")

    assert doubt is not None
    assert "check letter" in doubt.expected


@pytest.mark.parametrize("number", ["Unknown", "UN1", "UN10"])
def test_a_upn_that_says_unknown_is_asked_to_be_left_empty(number: str) -> None:
    doubt = upn(number)

    assert doubt is not None
    assert "empty" in doubt.remedy


@pytest.mark.parametrize(
    "number", ["E21199992500I", "e2119999250011", "21db2df8-fa0", "Å950000178301", "A95000017830\u0661"]
)
def test_a_upn_of_another_shape_is_doubted(number: str) -> None:
    assert upn(number) is not None


@pytest.mark.parametrize("number", ["9990000018", "999 000 0026", "999-000-0034", "9990548609"])
def test_an_nhs_number_with_its_check_digit_is_sound(number: str) -> None:
    assert nhs_number(number) is None


@pytest.mark.parametrize("number", ["9990000019", "999000001", "99900000180", "N/A"])
def test_an_nhs_number_that_cannot_be_right_is_doubted(number: str) -> None:
    assert nhs_number(number) is not None


@pytest.mark.parametrize("digit", list("0123456789"))
def test_ten_equal_digits_are_no_nhs_number(digit: str) -> None:
    assert nhs_number(digit * 10) is not None


@pytest.mark.parametrize(
    ("number", "sound"), [("100000", True), ("012345", False), ("12345", False), ("1234567", False)]
)
def test_a_school_has_a_urn_of_six_digits(number: str, sound: bool) -> None:
    assert (urn(number) is None) is sound


@pytest.mark.parametrize(
    ("number", "sound"),
    [("2119999", True), ("211/9999", True), ("211 9999", True), ("1119999", False), ("211999", False)],
)
def test_a_laestab_is_authority_and_school(number: str, sound: bool) -> None:
    assert (laestab(number) is None) is sound


@given(st.integers(10**8, 10**9 - 1))
@settings(max_examples=50)
def test_at_most_one_check_digit_fits_a_uln_and_none_where_the_sum_is_a_multiple_of_eleven(first_nine: int) -> None:
    fitting = [digit for digit in "0123456789" if uln(f"{first_nine}{digit}") is None]

    rest = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), str(first_nine), strict=True)) % 11
    assert fitting == ([] if rest == 0 else [str(10 - rest)])


@pytest.mark.parametrize("number", ["-1", "1", "-1.0", "1.0", "0"])
def test_a_uprn_that_stands_for_no_property_is_doubted(number: str) -> None:
    doubt = uprn(number)

    assert doubt is not None
    assert "empty" in doubt.remedy


@pytest.mark.parametrize(
    ("number", "sound"), [("100012345678", True), ("42", True), ("1000123456789", False), ("12.0", False)]
)
def test_a_uprn_has_at_most_twelve_digits(number: str, sound: bool) -> None:
    assert (uprn(number) is None) is sound


@pytest.mark.parametrize("code", ["E1 6AN", "e1w 1aa", "HU11AA", "LE1  5WW", "EC1A 1BB", "GIR 0AA", "DE72 3AA"])
def test_a_postcode_of_the_right_shape_is_sound(code: str) -> None:
    assert postcode(code) is None


@pytest.mark.parametrize("code", ["XXXX", "nopostcode", "nope", "Y0 2RV", "AB12 3CE", "E1"])
def test_a_postcode_of_no_known_shape_is_doubted(code: str) -> None:
    assert postcode(code) is not None


@pytest.mark.parametrize(("code", "meaning"), [("ZZ99 3VZ", "no fixed abode"), ("zz993wz", "unknown address")])
def test_a_pseudo_postcode_is_named_for_what_it_means(code: str, meaning: str) -> None:
    doubt = postcode(code)

    assert doubt is not None
    assert meaning in doubt.remedy


@pytest.mark.parametrize("name", CHECKS)
def test_nothing_written_raises_no_doubt(name: str) -> None:
    assert CHECKS[name]("") is None
    assert CHECKS[name]("  ") is None


@pytest.mark.parametrize("name", CHECKS)
@given(text=st.text(min_size=6, max_size=20))
@settings(max_examples=20)
def test_any_text_gets_an_answer_that_does_not_repeat_it(name: str, text: str) -> None:
    doubt = CHECKS[name](text)

    if doubt is not None:
        fault = doubt.fault("row 2", "/persons/0/identifiers/0")
        assert fault.kind == "doubtful"
        assert fault.position == "row 2"
        assert text not in f"{fault.expected} {fault.remedy}"


@pytest.mark.parametrize("code", ["E09000030", "e10000016", "E06000015", "N09000002", "K04000001"])
def test_an_areas_code_of_the_right_shape_is_sound(code: str) -> None:
    assert gss(code) is None


@pytest.mark.parametrize("code", ["211", "E0900003", "A09000030", "E0900003O", "Tower Hamlets"])
def test_anything_else_is_no_areas_code(code: str) -> None:
    assert gss(code) is not None


CURRENT = (
    *(201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 212, 213),
    *(301, 302, 303, 304, 305, 306, 307, 308, 309, 310, 311, 312, 313, 314, 315, 316, 317, 318, 319, 320),
    *(330, 331, 332, 333, 334, 335, 336, 340, 341, 342, 343, 344, 350, 351, 352, 353, 354, 355, 356, 357, 358, 359),
    *(370, 371, 372, 373, 380, 381, 382, 383, 384, 390, 391, 392, 393, 394, 420),
    *(
        800,
        801,
        802,
        803,
        805,
        806,
        807,
        808,
        810,
        811,
        812,
        813,
        815,
        816,
        821,
        822,
        823,
        825,
        826,
        830,
        831,
        838,
        839,
    ),
    *(
        840,
        841,
        845,
        846,
        850,
        851,
        852,
        855,
        856,
        857,
        860,
        861,
        865,
        866,
        867,
        868,
        869,
        870,
        871,
        872,
        873,
        874,
        876,
    ),
    *(
        877,
        878,
        879,
        880,
        881,
        882,
        883,
        884,
        885,
        886,
        887,
        888,
        889,
        891,
        892,
        893,
        894,
        895,
        896,
        908,
        909,
        916,
        919,
    ),
    *(921, 925, 926, 929, 931, 933, 935, 936, 937, 938, 940, 941, 942, 943),
)


@pytest.mark.parametrize("authority", CURRENT)
def test_a_sound_number_of_every_current_authority_is_sound(authority: int) -> None:
    digits = f"{authority}999925001"
    letter = "ABCDEFGHJKLMNPQRTUVWXYZ"[sum(place * int(digit) for place, digit in enumerate(digits, 2)) % 23]
    assert upn(letter + digits) is None

"""What a person is asked who makes a referral by hand: every mistake in `asking.yaml` at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import ConfigError
from gateway.config.asking import load_asking

MAPPINGS = Path(__file__).parents[2] / "mappings"


def fault_of(folder: Path, fields: str) -> str:
    (folder / "asking.yaml").write_text(f"fields:\n{fields}\n")
    with pytest.raises(ConfigError) as caught:
        load_asking(folder)
    (fault,) = caught.value.faults
    return f"{Path(fault.position).name} {fault.remedy}"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("  referral/raeson: {ask: Why?}", "asking.yaml:2:3 Did you mean `referral/reason`?"),
        ("  referral/views/said: {ask: What?}", "asking.yaml:2:3 `views` is a list: say which member, as `views[]`."),
        (
            '  "referral/family[]/summary": {ask: What?}',
            "asking.yaml:2:3 `family` is no list of parts: take the brackets away.",
        ),
        (
            "  referral/harm: {ask: What?}",
            "It cannot be asked for as it is: name the fields inside it.",
        ),
        ("  referral/reason: {ask: Why?, needs: referral/impact}", "did you mean `referral/reason`?"),
        ("  referral/reason: {ask: Why?, check: nhs_numbr}", "did you mean `nhs_number`?"),
    ],
)
def test_a_question_that_has_no_field_is_named_with_its_line(tmp_path: Path, fields: str, said: str) -> None:
    assert said in fault_of(tmp_path, fields)


def test_how_a_field_is_answered_follows_from_the_published_model() -> None:
    controls = {one.name: (one.control, one.limit) for one in load_asking(MAPPINGS).questions}
    assert controls["people-date_of_birth"] == ("date", 0)
    assert controls["reason"] == ("text", 20_000)
    assert controls["people-first_name"] == ("line", 500)
    assert controls["people-safe_contact-do_not_phone"] == ("tick", 0)
    assert controls["harm-rung"] == ("yes_no", 0)


def test_no_two_questions_share_a_field_of_a_form() -> None:
    names = [one.name for one in load_asking(MAPPINGS).questions]
    assert len(names) == len(set(names))


def test_a_folder_without_the_file_asks_nothing(tmp_path: Path) -> None:
    assert load_asking(tmp_path).questions == ()

"""A draft from a real file: the right adapter, honest guesses, nothing about harm, and nobody's answer copied."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import yaml

from contracts.errors import UnreadablePayload
from gateway.config.codes import load_codes
from gateway.config.mappings import load_mapping, load_mappings
from gateway.flows.mapping.drafting import Drafted, choose, drafted, mapped_already
from tests.adapters.conftest import VALID

ROOT = Path(__file__).parents[3] / "mappings"
LISTS = load_codes(ROOT / "codes")
TABLE = (
    "Ref,Received,Your name,Your email,Child's first name,Child's last name,Child's date of birth,Child's sex,"
    "Home postcode,Parent's telephone,Is a child in danger?,Why are you asking for help?,Has the family agreed?,Pets\n"
    "P-1,2026-03-02 09:15,Ms Zebedee,zeb@pantry.example,Wilf,Zorbington,14/03/2015,Male,ZZ99 3VZ,07700 900302,No,"
    "Their food runs out,Agreed,two cats\n"
    "P-2,2026-03-03 10:15,Mr Yarrowby,yar@pantry.example,Ivy,Yolland,1/7/2016,Female,ZZ99 3WZ,07700 900303,No,"
    "Their lights went out,Declined,\n"
)
ANSWERS = (
    "Zebedee", "Yarrowby", "zeb@", "Wilf", "Ivy", "Zorbington", "Yolland", "1/7/2016", "900302", "food", "lights",
    "two cats",
)  # fmt: skip


def made(content: bytes) -> Drafted:
    return drafted(io.BytesIO(content), "pantry", "pantry", "hull", LISTS)


def rows_of(draft: Drafted) -> str:
    return "\n".join(line for line in draft.mapping.splitlines() if not line.startswith("#"))


@pytest.mark.parametrize(
    "name", [name for name in VALID if name not in ("mis_json", "csc_api", "ctf", "oneroster", "mis_csv")]
)
def test_the_adapter_of_a_file_is_the_one_that_reads_it(name: str) -> None:
    assert choose(io.BytesIO(VALID[name]), "form").adapter == name


def test_a_table_that_no_tool_is_known_by_is_read_by_its_headings() -> None:
    assert (made(TABLE.encode()).adapter, "tool: other" in made(TABLE.encode()).mapping) == ("tabular_form", True)


def test_a_table_with_semicolons_in_windows_1252_is_drafted_as_it_is() -> None:
    content = "Ref;Child's name;Why do you ask?\n1;Zoë;Hunger\n2;Zoë;Cold\n".encode("cp1252")
    head = yaml.safe_load(made(content).mapping)
    assert (head["encoding"], head["delimiter"]) == ("cp1252", ";")


def test_an_array_of_pupils_that_no_vendor_is_known_by_enriches() -> None:
    pupils = [{"upn": "N810999925001", "surname": "Zorbington", "forename": "Wilf", "date_of_birth": "2015-03-14"}]
    draft = made(json.dumps({"students": pupils}).encode())
    head = yaml.safe_load(draft.mapping)
    assert (draft.adapter, head["settings"]["pupils"]) == ("mis_json", "/students")
    assert head["match"] == {
        "upn": "/upn", "surname": "/surname", "forename": "/forename", "date_of_birth": "/date_of_birth",
    }  # fmt: skip
    assert "safety_question" not in head


def test_an_export_that_any_council_may_send_already_is_named() -> None:
    mappings = load_mappings(ROOT / "sources", LISTS)
    found = mapped_already(io.BytesIO(VALID["ctf"]), mappings, "hull")
    assert found is not None
    assert found.key == ("ctf", "pupil", "")


def test_a_form_that_asks_a_childs_name_and_birthday_is_no_export_of_pupils() -> None:
    content = b"Surname,Forename,DOB,Reason for referral\nZorbington,Wilf,14/03/2015,Hunger\n"
    assert mapped_already(io.BytesIO(content), load_mappings(ROOT / "sources", LISTS), "hull") is None
    assert made(content).adapter == "tabular_form"


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"<html><p>no</p></html>", b"{}", b"just words\n"])
def test_what_no_adapter_reads_is_refused_with_a_remedy(content: bytes) -> None:
    with pytest.raises(UnreadablePayload) as caught:
        made(content)
    assert all(fault.expected and fault.remedy for fault in caught.value.faults)


def test_a_first_row_of_answers_is_refused_without_repeating_it() -> None:
    with pytest.raises(UnreadablePayload) as caught:
        made(b"Wilf,Zorbington,14/03/2015\nIvy,Yolland,01/07/2016\n")
    assert "Zorbington" not in f"{caught.value} {caught.value.faults}"
    assert caught.value.faults[0].position == "row 1"


def test_the_draft_passes_the_check_of_mappings(tmp_path: Path) -> None:
    folder = tmp_path / "pantry"
    folder.mkdir()
    (folder / "pantry.yaml").write_text(made(TABLE.encode()).mapping, encoding="utf-8")
    mapping, _ = load_mapping(folder / "pantry.yaml", LISTS)
    assert mapping.key == ("pantry", "pantry", "hull")


@pytest.mark.parametrize(
    "name", ["govuk_forms", "moj_forms", "form_builder", "govuk_forms_csv", "tabular_form", "liquidlogic"]
)  # fmt: skip
def test_the_draft_of_every_shape_passes_the_check_of_mappings(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "pantry"
    folder.mkdir()
    (folder / "pantry.yaml").write_text(made(VALID[name]).mapping, encoding="utf-8")
    assert load_mapping(folder / "pantry.yaml", LISTS)[0].adapter == name


def test_every_row_that_takes_an_answer_is_marked_as_a_guess() -> None:
    taking = [line for line in rows_of(made(TABLE.encode())).splitlines() if " from: " in line and "ignore" not in line]
    assert len(taking) > 8
    assert all(line.endswith("# guess") or "why:" in line for line in taking)


@pytest.mark.parametrize(
    "row",
    [
        '{to: first_name, from: "/answers/Child\'s first name"}',
        '{to: date_of_birth, from: "/answers/Child\'s date of birth", as: uk_date}',
        '{to: sex, from: "/answers/Child\'s sex", codes: sex}',
        '{to: postcode, from: "/answers/Home postcode", as: postcode}',
        '{to: number, from: "/answers/Parent\'s telephone"}',
        '{to: referrer.email, from: "/answers/Your email"}',
        '{to: status, from: "/answers/Has the family agreed?", codes: agreement_status}',
        "{to: source.submitted_at, from: /submission/submitted_at, as: iso_datetime}",
    ],
)
def test_headings_and_answers_suggest_the_row(row: str) -> None:
    assert f"{row} # guess" in rows_of(made(TABLE.encode()))


def test_no_question_is_guessed_to_be_the_one_about_harm() -> None:
    draft = made(TABLE.encode())
    assert "harm.level" not in rows_of(draft)
    assert "safety_question: none" in draft.mapping
    assert draft.about_harm == ("/answers/Is a child in danger?",)


def test_a_question_whose_answers_are_in_no_list_is_left_to_the_analyst() -> None:
    draft = made(TABLE.replace(",Male,", ",Qwx,").replace(",Female,", ",Zvk,").encode())
    assert "Child's sex" not in rows_of(draft)
    assert '# - {to: , from: "/answers/Child\'s sex"} # 2 of 2 answered' in draft.mapping


def test_neither_draft_nor_sample_nor_survey_holds_an_answer() -> None:
    draft = made(TABLE.encode())
    written = f"{draft.mapping}{draft.sample}{draft.found}"
    assert [answer for answer in ANSWERS if answer in written] == []


def test_the_sample_has_the_headings_of_the_file_and_is_read_like_it() -> None:
    draft = made(TABLE.encode())
    assert draft.sample.splitlines()[0] == TABLE.splitlines()[0]
    assert len(choose(io.BytesIO(draft.sample.encode()), "pantry").records) == 2


def test_the_sample_of_a_json_form_keeps_its_questions_and_no_answer() -> None:
    draft = made(VALID["govuk_forms"])
    wordings = [answer["question_text"] for answer in json.loads(draft.sample)["answers"]]
    assert wordings == [answer["question_text"] for answer in json.loads(VALID["govuk_forms"])["answers"]]
    assert not any(name in draft.sample for name in ("Nia", "Tomos", "QX7R2M9K", "Parenting"))


@pytest.mark.parametrize(
    "name", ["govuk_forms", "moj_forms", "form_builder", "multi_agency", "family_hubs", "govuk_forms_csv"]
)
def test_a_sample_is_invented_for_every_form_and_holds_none_of_its_names(name: str) -> None:
    sample = made(VALID[name]).sample
    assert sample
    told = ("Nia", "Tomos", "Quillfeather", "Bron", "secret@inbox", "k3y", "192.0.2.7")
    assert [word for word in told if word in sample] == []


def test_a_plain_table_of_a_form_tool_nobody_has_seen_is_recognised_by_its_number_and_its_time() -> None:
    content = (ROOT / "sources" / "form_table" / "samples" / "requests.csv").read_bytes()

    chosen = choose(io.BytesIO(content), "any_form")

    assert (chosen.adapter, chosen.options.settings["tool"]) == ("tabular_form", "other")
    assert chosen.options.settings["columns"] == {"Reference": "id", "Date submitted": "submitted_at"}

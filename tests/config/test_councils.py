"""Councils' folders: what they load to, and what is said of each mistake."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from contracts.council import Ask, Council, Registration
from contracts.council_settings import AgreementTerms
from contracts.errors import ConfigError
from gateway.config.codes import load_codes
from gateway.config.councilchecks import Words
from gateway.config.councils import load_council, load_councils

MAPPINGS = Path(__file__).parents[2] / "mappings"
COUNCILS = load_councils(MAPPINGS / "councils")
Change = Callable[..., list[str]]


(FORM_KEY,) = COUNCILS["tower_hamlets"].senders["enquiry_form"].keys
(SCHOOL_KEY,) = COUNCILS["tower_hamlets"].senders["invented_school"].keys


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MAPPINGS / "councils", tmp_path / "councils"))


@pytest.fixture
def faults(folder: Path) -> Change:
    """What is said once `old` stands as `new` in one file of Tower Hamlets or of `council`."""

    def change(file: str, old: str, new: str, council: str = "tower_hamlets") -> list[str]:
        path = folder / council / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        with pytest.raises(ConfigError) as raised:
            load_council(folder / council)
        return [line.replace(f"{folder / council}/", "") for line in raised.value.detail.splitlines()]

    return change


def test_the_five_councils_are_loaded() -> None:
    assert sorted(COUNCILS) == ["derby", "hull", "kent", "leicester", "tower_hamlets"]


@pytest.mark.parametrize("council", COUNCILS.values(), ids=str)
def test_nothing_is_confirmed_and_every_address_is_a_placeholder(council: Council) -> None:
    for hub in council.hubs.values():
        assert not hub.confirmed
        assert ".example/" in hub.url


@pytest.mark.parametrize("council", COUNCILS.values(), ids=str)
def test_an_open_question_keeps_deliveries_back_outside_a_demo_settled_11(council: Council) -> None:
    assert council.asks
    assert council.unanswered(demo=False) == council.asks
    assert council.unanswered(demo=True) == ()


def test_an_answered_question_keeps_nothing_back() -> None:
    ask = Ask("agreement.young_alone", "16 or 18?", "16", "Rhea Quill", ("TH-C07",))
    answered = replace(COUNCILS["hull"], asks=(ask, replace(ask, answered_by="")))
    assert answered.unanswered() == (answered.asks[1],)


def test_the_cautious_reading_decides_while_nobody_has_answered(folder: Path) -> None:
    path = folder / "tower_hamlets" / "council.yaml"
    path.write_text(path.read_text().replace("    answer: {value: 18, by: demo}\n", ""))
    council = load_council(folder / "tower_hamlets")
    assert council.settings.young_alone == 18
    (open_question,) = council.unanswered(demo=True)
    assert (open_question.setting, open_question.rules) == ("agreement.young_alone", ("TH-C07",))


def test_the_councils_answer_decides(folder: Path) -> None:
    path = folder / "tower_hamlets" / "council.yaml"
    path.write_text(path.read_text().replace("{value: 18, by: demo}", "{value: 16, by: Rhea Quill}"))
    council = load_council(folder / "tower_hamlets")
    assert council.settings.young_alone == 16
    assert "agreement.young_alone" not in {ask.setting for ask in council.unanswered()}


def test_tower_hamlets_settings_TH_C02_TH_C05_TH_E01() -> None:
    settings = COUNCILS["tower_hamlets"].settings
    assert settings.terms("request") == AgreementTerms(form="signed", parties="child_and_family")
    assert settings.terms("redirect") == AgreementTerms()
    assert "attendance" in settings.duties["school_attendance"]
    assert (settings.eligibility.age_max, settings.eligibility.doubtful_age) == (19, 24)
    assert (settings.inform_parents, settings.approver) == (True, "designated_cp_officer")
    assert settings.advice == ("general_enquiry", "request")


def test_leicester_settings_LE_C09_LE_C10_LE_E01() -> None:
    settings = COUNCILS["leicester"].settings
    terms = settings.terms("step_down")
    assert (terms.form, terms.form_after, terms.consents) == ("written", "single_assessment", ("support", "sharing"))
    assert settings.eligibility.min_needs == 3
    assert settings.advice == ()


def test_hull_settings_HU_C02_HU_C03_HU_R04_HU_R06() -> None:
    council = COUNCILS["hull"]
    assert (council.settings.informed, council.settings.partial_choice) == (True, True)
    assert council.settings.eligibility.bands["hu_family_support_0_11"] == (0, 11)
    assert council.localities["west locality"] == "west"


def test_hull_s_boxes_are_its_code_list_HU_R05() -> None:
    boxes = set(load_codes(MAPPINGS / "codes")["requested_service_hull"].labels)
    for locality in ("west", "east", "north"):
        assert set(COUNCILS["hull"].hubs[f"locality_{locality}"].services) == boxes
    assert set(COUNCILS["hull"].settings.eligibility.bands) <= boxes


def test_derby_settings_DE_C01_DE_C02_DE_R01() -> None:
    council = COUNCILS["derby"]
    assert council.settings.terms("request") == AgreementTerms(form="written", parties="child_or_parent")
    assert council.settings.informed
    assert council.localities["locality one"] == "locality_1"
    assert council.hubs[council.front_door].title.endswith("(contact)")


def test_kent_settings_KE_C01_KE_C15_KE_E01() -> None:
    settings = COUNCILS["kent"].settings
    assert settings.terms("request").parties == "child_and_family"
    assert not settings.terms("step_down").required
    assert (settings.eligibility.unborn, settings.eligibility.age_max) == (True, 17)


def test_level_3_is_kents_own_and_derby_has_none_rules_3_1() -> None:
    lists = load_codes(MAPPINGS / "codes")
    assert lists["level_kent"].code_of("Level 3") == "targeted.intensive"
    assert lists["level_derby"].code_of("Level 3") is None
    for name in ("derby", "kent"):
        assert set(COUNCILS[name].settings.levels) == set(lists[f"level_{name}"].labels)


def test_kents_two_clocks_start_at_two_receipts_KE_T01_KE_T02() -> None:
    clocks = COUNCILS["kent"].clocks
    assert (clocks["allocation"].starts, clocks["allocation"].within) == ("district_received", "2 working days")
    assert (clocks["first_contact"].starts, clocks["first_contact"].within) == (
        "front_door_received",
        "10 working days",
    )


def test_timers_keep_the_unit_of_the_document_HU_T01() -> None:
    clock = COUNCILS["hull"].clocks["written_follow_up"]
    assert (clock.starts, clock.within, clock.owner) == ("first_contact", "48 hours", "front_door")


def test_a_registration_says_what_a_sender_may_do_settled_6() -> None:
    sender: Registration = COUNCILS["hull"].senders["invented_academy"]
    assert (sender.council, sender.sender_type, sender.article_6) == ("hull", "academy", "6_1_e")
    assert sender.agreement_until == date(2027, 8, 31)
    assert (sender.demo, sender.may) == (True, ("submit", "preview", "status", "withdraw"))


@pytest.mark.parametrize(
    ("council", "sender", "key"),
    [
        ("tower_hamlets", "enquiry_form", "demo-tower-hamlets-forms"),
        ("tower_hamlets", "invented_school", "demo-tower-hamlets-school"),
        ("leicester", "social_care", "demo-leicester-ehm"),
        ("hull", "invented_academy", "demo-hull-school"),
        ("hull", "additional_support_form", "demo-hull-forms"),
        ("hull", "ehash_form", "demo-hull-ehash"),
        ("derby", "family_hubs", "demo-derby-family-hubs"),
        ("leicester", "early_help_forms", "demo-leicester-forms"),
        ("leicester", "invented_college", "demo-leicester-school"),
        ("derby", "early_help_forms", "demo-derby-forms"),
        ("derby", "invented_school", "demo-derby-school"),
        ("kent", "request_form", "demo-kent-forms"),
        ("kent", "social_work", "demo-kent-liberi"),
        ("kent", "invented_school", "demo-kent-school"),
    ],
)
def test_a_demonstration_key_is_printed_only_as_its_digest(council: str, sender: str, key: str) -> None:
    assert COUNCILS[council].senders[sender].keys == (sha256(key.encode()).hexdigest(),)


def test_the_digest_is_the_same_elsewhere_and_changes_with_any_file(folder: Path) -> None:
    place, digests = folder / "hull", set()
    assert load_council(place).digest == COUNCILS["hull"].digest
    for path in sorted(place.glob("*.yaml")):
        text = path.read_text()
        path.write_text(text + "# a note\n")
        digests.add(load_council(place).digest)
        path.write_text(text)
    assert len(digests - {COUNCILS["hull"].digest}) == 8


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        pytest.param("council.yaml", "stale_months:", "stale_month:", "stale_months", id="misspelt setting"),
        pytest.param("council.yaml", "council: tower_hamlets", "council: derby", "the folder's name", id="name"),
        pytest.param("council.yaml", "front_door: mash", "front_door: mush", "did you mean `mash`", id="front door"),
        pytest.param("council.yaml", "front_door: mash", "front_door: ehh", "`front_door: true`", id="no door"),
        pytest.param("council.yaml", "age_max: 19", "age_max: old", "integer", id="age"),
        pytest.param("council.yaml", "form: signed", "form: sealed", "signed", id="form"),
        pytest.param("council.yaml", "  targeted:", "  targetted:", "did you mean `targeted`", id="level"),
        pytest.param("council.yaml", "rules: [TH-C07]", "rules: []", "at least 1 item", id="question without a rule"),
        pytest.param("council.yaml", 'closes: "17:00"', 'closes: "08:00"', "opening before closing", id="hours"),
        pytest.param("council.yaml", "designated_cp_officer}", "officer}", "a role of people.yaml", id="approver"),
        pytest.param("hubs.yaml", "class: A", "class: D", "one of A, B, C", id="hub class"),
        pytest.param("hubs.yaml", "https://early", "http://early", "begins with https", id="address without TLS"),
        pytest.param(
            "hubs.yaml", "class: A", "class: A\n    settings: {to: x}", "setting of this adapter", id="unknown setting"
        ),
        pytest.param("hubs.yaml", "class: A", "class: A\n    pair: nowhere", "another hub that takes", id="pair"),
        pytest.param("hubs.yaml", "class: A", "class: B", "can be asked", id="P13 class B that cannot be asked"),
        pytest.param(
            "hubs.yaml", "class: A", "class: B\n    settings: {ask: /x}", "with {id} in it", id="where nothing is asked"
        ),
        pytest.param("hubs.yaml", "class: A", "class: A\n    confirmed: true", "nobody's", id="confirmed example"),
        pytest.param("hubs.yaml", "    out_of_hours: 020 7946 0179\n", "", "out-of-hours number", id="out of hours"),
        pytest.param("routes.yaml", "to: ehh", "to: eh", "did you mean `ehh`", id="route to no hub"),
        pytest.param("routes.yaml", "to: ehh", "to: mash", "does not take `request`", id="LE-R05 hub takes no such"),
        pytest.param("routes.yaml", "purpose: [request,", "purpose: [requests,", "mean `request`", id="purpose"),
        pytest.param("routes.yaml", "lead_found:", "lead_find:", "did you mean `lead_found`", id="route key"),
        pytest.param("routes.yaml", '["no", unknown]', '["no", unknwon]', "did you mean `unknown`", id="route value"),
        pytest.param("routes.yaml", "id: TH-R11", "id: TH-R03", "is at routes.yaml:", id="route id twice"),
        pytest.param("routes.yaml", "[redirect]", "[request]", "a row that can be reached", id="hidden route"),
        pytest.param("routes.yaml", "{purpose: [redirect]}", "{anonymous: [yes]}", "`purpose:` in", id="no default"),
        pytest.param("timers.yaml", "within: 6 months", "within: soon", "text that matches", id="timer"),
        pytest.param("timers.yaml", "tells: [hub_duty]", "tells: [hub_duties]", "mean `hub_duty`", id="who is told"),
        pytest.param("timers.yaml", "owner: referrer", "owner: referer", "mean `referrer`", id="clock owner"),
        pytest.param("timers.yaml", "    owner: referrer\n", "", "Nobody would hear it", id="unheard clock"),
        pytest.param("timers.yaml", "starts: assessment_c", "starts: assesment_c", "mean `assess", id="untold start"),
        pytest.param("timers.yaml", ", signed_form_seen]", ", signed_form_sen]", "mean `signed_f", id="untold stop"),
        pytest.param("timers.yaml", "[signed_form_came, signed_form_seen]", "[]", "silence it", id="rings for ever"),
        pytest.param("timers.yaml", "starts: ass", "kinds: [divert]\n    starts: ass", "Take `kinds`", id="kinds"),
        pytest.param("timers.yaml", "[signed_form_came,", "[shared_without_signed_form,", "runs once", id="own end"),
        pytest.param("senders.yaml", "type: council", "type: cuoncil", "did you mean `council`", id="sender type"),
        pytest.param("senders.yaml", "article_6: 6_1_e", "article_6: 6_1_x", "6_1_ea", id="basis"),
        pytest.param("senders.yaml", SCHOOL_KEY, FORM_KEY, "a key of its own", id="key twice"),
        pytest.param("hubs.yaml", "adapter: webhook", "adapter: webhok", "did you mean `webhook`", id="adapter"),
        pytest.param("senders.yaml", "keys: [ab9be", "keys: [xb9be", "text that matches", id="not a digest"),
        pytest.param("people.yaml", "cover: hub_manager", "cover: hub_manger", "mean `hub_manager`", id="cover"),
        pytest.param(
            "people.yaml", "roles:\n", "works_for: {amara.lundx: []}\nroles:\n", "mean `amara.lund`", id="worker"
        ),
        pytest.param(
            "people.yaml", "roles:\n", "works_for: {amara.lund: [hub]}\nroles:\n", "hub of hubs.yaml", id="hubs"
        ),
        pytest.param("rules.yaml", "  complete:", "  compleat:", "did you mean `complete`", id="underived fact"),
        pytest.param("rules.yaml", "codes: [known, unknown]", "codes: [known, unknwon]", "Add unknown.", id="value"),
    ],
)
def test_a_mistake_is_told_at_its_line(faults: Change, file: str, old: str, new: str, expected: str) -> None:
    lines = faults(file, old, new)
    assert any(expected in line for line in lines), lines
    assert all(line.split(":")[1].isdigit() and line.split(":")[2].isdigit() for line in lines)


def test_a_service_the_hub_does_not_take_is_told(faults: Change) -> None:
    (line,) = faults("routes.yaml", "service: [hu_family_support_0_11", "service: [hu_family_suport_0_11", "hull")
    assert line.startswith("routes.yaml:7:16: ")
    assert "did you mean `hu_family_support_0_11`" in line


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("routes.yaml", "{purpose: [redirect]}", "{purpose: [redirect], need: [atendance]}", "mean `attendance`"),
        ("hubs.yaml", "class: A", "class: A\n    services: [young_carer]", "mean `young_carers`"),
        ("hubs.yaml", "class: A", "class: A\n    groups: {share: [narativ]}", "mean `narrative`"),
        ("council.yaml", "child_identity, child_identifier,", "child_identiti,", "mean `child_identity`"),
    ],
)
def test_words_defined_elsewhere_are_checked_where_they_are_given(
    folder: Path, file: str, old: str, new: str, expected: str
) -> None:
    groups = ("provenance", "referrer", "child_identity", "child_identifier", "education", "attendance", "narrative")
    words = Words(needs=("attendance",), services=("young_carers",), groups=groups)
    path = folder / "tower_hamlets" / file
    load_council(folder / "tower_hamlets", words)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(ConfigError, match=expected):
        load_council(folder / "tower_hamlets", words)


def test_a_missing_file_is_told_by_its_name(folder: Path) -> None:
    (folder / "hull" / "timers.yaml").unlink()
    with pytest.raises(ConfigError, match=r"timers\.yaml"):
        load_council(folder / "hull")


def test_mistakes_of_several_councils_are_told_at_once(folder: Path) -> None:
    for council in ("hull", "leicester"):
        path = folder / council / "people.yaml"
        path.write_text(path.read_text().replace("roles:", "rolls:"))
    with pytest.raises(ConfigError) as raised:
        load_councils(folder)
    assert {Path(fault.position.split(":")[0]).parent.name for fault in raised.value.faults} == {"hull", "leicester"}


def test_a_key_opens_one_council_only(folder: Path) -> None:
    path = folder / "leicester" / "senders.yaml"
    (taken,) = COUNCILS["hull"].senders["invented_academy"].keys
    (own,) = COUNCILS["leicester"].senders["social_care"].keys
    path.write_text(path.read_text().replace(own, taken))
    with pytest.raises(ConfigError, match="also opens hull"):
        load_councils(folder)

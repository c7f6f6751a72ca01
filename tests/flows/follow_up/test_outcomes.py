"""A hub's own system says what happened and what it decided, and the sender reads it (settled 40, 46, rules 9.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.events import OUTCOMES, TOLD
from gateway.config.catalogue import Catalogue
from gateway.flows.stamps import stamp
from gateway.store.tables import ATTEMPT
from gateway.store.writer import Write
from tests.builders import a_child, a_mother
from tests.flows.returned import HUB, arrived, deliveries, event, outcome, sent, status, tell
from tests.running import FORMS, JSON, SAMPLES, Door, counts, on_sqlite, rows

PROTECTED = {"lines": ["9 Hidden Way"], "postcode": "ZZ9 9ZZ", "protected": True}


def types(door: Door) -> list[str]:
    return [row["type"] for row in sorted(rows(door.gateway, "entry"), key=lambda row: row["seq"])]


def faults(response: Any) -> list[str]:
    assert response.status_code == 422, response.text
    return [fault["pointer"] for fault in response.json()["errors"]]


# Events --------------------------------------------------------------------------------------------------------------


def test_an_event_is_a_row_with_an_entry_and_the_sender_reads_it(door: Door) -> None:
    referral, delivery = sent(door)
    told = event(door, delivery, "allocated")
    assert told.status_code == 202, told.text
    (row,) = rows(door.gateway, "event")
    assert (row["code"], row["delivery"], row["by"], row["entry"]) == (
        "allocated", delivery, "hub_system", told.json()["entry"],
    )  # fmt: skip
    assert "hub.event" in types(door)
    assert [one["event"] for one in status(door, referral)["happened"]] == ["allocated"]


def test_p5_the_same_event_under_its_key_is_answered_the_same_and_kept_once(door: Door) -> None:
    _, delivery = sent(door)
    first, before = event(door, delivery, "opened"), counts(door.gateway)
    again = event(door, delivery, "opened")
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    assert counts(door.gateway) == before


def test_p5_another_event_under_a_used_key_changes_nothing(door: Door) -> None:
    _, delivery = sent(door)
    event(door, delivery, "opened")
    assert event(door, delivery, "allocated").status_code == 422
    assert len(rows(door.gateway, "event")) == 1


@on_sqlite
def test_settled_22_a_hubs_webhook_id_serves_as_its_key(door: Door) -> None:
    _, delivery = sent(door)
    path, said = f"/v1/deliveries/{delivery}/events", b'{"event": "opened"}'
    first, again = (
        door.post(path, said, key=HUB, headers={"content-type": JSON, "webhook-id": "msg-1"}) for _ in range(2)
    )
    assert (first.status_code, again.headers["idempotency-replayed"]) == (202, "true")


@on_sqlite
def test_without_a_key_nothing_is_taken(door: Door) -> None:
    _, delivery = sent(door)
    path, headers = f"/v1/deliveries/{delivery}/events", {"content-type": JSON}
    answer = door.post(path, b'{"event": "opened"}', key=HUB, headers=headers)
    assert answer.json()["type"].endswith("/no-idempotency-key")


@on_sqlite
@pytest.mark.parametrize("code", sorted(set(TOLD) - {"more_information_given", "notice_acknowledged"}))
def test_settled_46_every_event_a_hub_may_tell_is_taken(door: Door, code: str) -> None:
    _, delivery = sent(door)
    assert event(door, delivery, code, words="Which days?").status_code == 202


@on_sqlite
@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"event": "alocated"}, "/event"),
        ({"event": "hub_received"}, "/event"),
        ({"event": "more_information_given"}, "/event"),
        ({"event": "notice_acknowledged"}, "/event"),
        ({"event": "more_information_asked"}, "/words"),
        ({"event": "opened", "happened_at": "2027-12-01T09:00:00Z"}, "/happened_at"),
        ({"event": "opened", "happened_at": "2019-12-01T09:00:00Z"}, "/happened_at"),
        ({"event": "opened", "happened_at": "2026-12-01T09:00:00"}, "/happened_at"),
        ({"event": "opened", "happend_at": "2026-12-01T09:00:00Z"}, "/happend_at"),
        ({}, "/event"),
    ],
)
def test_bad_input_names_its_place_and_nothing_is_kept(door: Door, said: dict[str, Any], pointer: str) -> None:
    _, delivery = sent(door)
    before = counts(door.gateway)
    assert faults(tell(door, f"/v1/deliveries/{delivery}/events", said)) == [pointer]
    assert counts(door.gateway) == before


@on_sqlite
def test_a_misspelt_event_is_put_right_and_never_repeated(door: Door) -> None:
    _, delivery = sent(door)
    told = event(door, delivery, "alocated")
    assert "Did you mean `allocated`?" in told.text
    assert "alocated`" not in told.text.replace("allocated", "")


@on_sqlite
def test_an_event_happened_when_its_hub_says(door: Door) -> None:
    _, delivery = sent(door)
    at = rows(door.gateway, "delivery")[0]["at"]
    event(door, delivery, "opened", happened_at=_rfc(at - 1_000))
    (row,) = rows(door.gateway, "event")
    assert row["happened_at"] == at - 1_000


# Outcomes ------------------------------------------------------------------------------------------------------------


def test_settled_40_a_professional_reads_the_outcome_in_the_councils_words(door: Door) -> None:
    referral, delivery = sent(door)
    assert outcome(door, delivery, "allocated", words="The West team has it.").status_code == 202
    (told,) = status(door, referral)["outcomes"]
    assert (told["outcome"], told["say"], told["words"]) == (
        "allocated", "Targeted Early Help response", "The West team has it.",
    )  # fmt: skip
    assert status(door, referral)["tell"] == "Targeted Early Help response"
    assert "Targeted Early Help response" in [line["say"] for line in status(door, referral)["timeline"]]


@on_sqlite
def test_hu_r10_the_front_door_says_that_it_was_accepted_as_a_referral(door: Door) -> None:
    referral, delivery = sent(door, harm={"level": "significant"})
    assert outcome(door, delivery, "escalated_social_care").status_code == 202
    (told,) = status(door, referral)["outcomes"]
    assert told["say"] == "Accepted as a referral by Children's Social Care"
    assert "stays yours" in told["follows"]


@on_sqlite
def test_a_hub_may_not_answer_what_its_council_does_not_list_for_it(door: Door) -> None:
    _, delivery = sent(door)
    told = outcome(door, delivery, "escalated_social_care")
    assert faults(told) == ["/outcome"]
    assert "not one of this hub's" in told.json()["errors"][0]["remedy"]


@on_sqlite
@pytest.mark.parametrize("code", ["advice_given", "declined"])
def test_an_outcome_that_needs_its_reason_is_refused_without(door: Door, code: str) -> None:
    _, delivery = sent(door)
    assert faults(outcome(door, delivery, code)) == ["/words"]
    assert outcome(door, delivery, code, once="again", words="Because.").status_code == 202


@on_sqlite
def test_declined_says_what_follows(door: Door) -> None:
    referral, delivery = sent(door)
    outcome(door, delivery, "declined", words="The locality is wrong.")
    assert "put it right, and send it again" in status(door, referral)["outcomes"][0]["follows"]


def test_an_outcome_before_anything_has_left_is_refused(door: Door) -> None:
    referral = door.accepted()
    (row,) = deliveries(door, referral, "referral")
    told = outcome(door, row["id"], "allocated")
    assert (told.status_code, told.json()["type"]) == (409, "/problems/not-sent-yet")
    assert rows(door.gateway, "event") == []


@on_sqlite
@pytest.mark.parametrize("state", ["sending", "uncertain", "delivered"])
def test_an_outcome_of_what_the_hub_may_have_is_taken(door: Door, state: str) -> None:
    referral = door.accepted()
    delivery = arrived(door, referral, state)
    if state == "uncertain":
        attempt(door, delivery, "uncertain")
    assert outcome(door, delivery, "allocated").status_code == 202


@on_sqlite
def test_an_outcome_of_what_never_reached_the_hub_is_refused(door: Door) -> None:
    referral = door.accepted()
    (row,) = deliveries(door, referral, "referral")
    attempt(door, row["id"], "not_sent")
    assert outcome(door, row["id"], "allocated").status_code == 409


def test_an_outcome_twice_is_two_rows_under_two_keys_and_stands_once(door: Door) -> None:
    referral, delivery = sent(door)
    outcome(door, delivery, "allocated", once="a")
    outcome(door, delivery, "allocated", once="b")
    told = status(door, referral)["outcomes"]
    assert [one["stands"] for one in told] == [False, True]


def test_a_contradicting_outcome_stands_instead_and_both_are_kept(door: Door) -> None:
    referral, delivery = sent(door)
    outcome(door, delivery, "no_further_action", once="a")
    changed = outcome(door, delivery, "allocated", once="b")
    assert changed.json()["replaces"] == "no_further_action"
    told = {one["outcome"]: one["stands"] for one in status(door, referral)["outcomes"]}
    assert told == {"no_further_action": False, "allocated": True}
    assert status(door, referral)["tell"] == "Targeted Early Help response"


@on_sqlite
def test_an_earlier_outcome_that_comes_later_overthrows_nothing(door: Door) -> None:
    referral, delivery = sent(door)
    at = rows(door.gateway, "delivery")[0]["at"]
    outcome(door, delivery, "allocated", once="a", happened_at=_rfc(at - 1_000))
    late = outcome(door, delivery, "no_further_action", once="b", happened_at=_rfc(at - 60_000))
    assert "A later answer of yours stands" in late.json()["say"]
    assert {one["outcome"]: one["stands"] for one in status(door, referral)["outcomes"]}["allocated"]


@on_sqlite
def test_an_outcome_says_that_somebody_has_read_a_divert(door: Door) -> None:
    referral, delivery = sent(door, harm={"level": "significant"})
    event(door, delivery, "acknowledged")
    clocks = [row for row in rows(door.gateway, "clock") if row["kind"] == "clock:divert_acknowledged"]
    assert {(row["state"], row["why"]) for row in clocks} == {("stopped", "acknowledged")}
    assert referral in {row["referral"] for row in clocks}


# What may be read, and by whom ---------------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize("kind", ["family_self", "child_self"])
def test_settled_40_a_family_reads_what_the_council_lets_it_read(door: Door, kind: str) -> None:
    referral, delivery = sent(door, referrer={"kind": kind}, people=[a_child(), a_mother()])
    outcome(door, delivery, "allocated", words="Allocated to Bram Ellis.")
    event(door, delivery, "opened", once="opened")
    told = status(door, referral)
    assert told["tell"] == "Somebody will contact you."
    assert told["happened"] == []
    assert "Bram Ellis" not in str(told)
    assert "outcome" not in told["outcomes"][0]


@on_sqlite
def test_settled_40_a_family_is_never_told_of_social_care_by_a_machine(door: Door) -> None:
    referral, delivery = sent(door, referrer={"kind": "family_self"}, harm={"level": "significant"})
    outcome(door, delivery, "escalated_social_care")
    told = status(door, referral)
    assert told["tell"].startswith("The hub has answered. Ring it on")
    assert "Social Care" not in str([told["outcomes"], told["timeline"]])


@on_sqlite
def test_settled_40_the_public_is_told_only_that_it_was_received(door: Door) -> None:
    referral, delivery = sent(door, referrer={"kind": "public"})
    outcome(door, delivery, "no_further_action", words="Known to us.")
    event(door, delivery, "child_seen", once="seen")
    told = status(door, referral)
    assert (told["tell"], told["outcomes"], told["happened"]) == ("We have received what you sent.", [], [])
    assert "The child was seen." not in str(told["timeline"])


@on_sqlite
def test_o11_words_with_a_protected_value_go_back_to_nobody(door: Door) -> None:
    referral, delivery = sent(door, people=[a_child(addresses=[PROTECTED]), a_mother()])
    outcome(door, delivery, "allocated", words="We visited 9 Hidden Way on Monday.")
    told = status(door, referral)
    assert "Hidden Way" not in str(told)
    assert "not shown here. Ring it on" in told["outcomes"][0]["words"]


@on_sqlite
def test_a_new_place_beside_a_protection_flag_is_kept_back_too(door: Door) -> None:
    referral, delivery = sent(door, people=[a_child(protection=["address"]), a_mother()])
    outcome(door, delivery, "allocated", words="They moved to ZZ7 7ZZ last week.")
    assert "ZZ7" not in str(status(door, referral))


@on_sqlite
def test_ordinary_words_reach_a_professional(door: Door) -> None:
    referral, delivery = sent(door)
    event(door, delivery, "more_information_asked", words="Which days is Maya late?")
    assert status(door, referral)["questions"][0]["words"] == "Which days is Maya late?"


@on_sqlite
def test_p24_words_are_nowhere_but_in_content(door: Door) -> None:
    _, delivery = sent(door)
    outcome(door, delivery, "allocated", words="Xylomancy is the canary.")
    tables = {name for name in counts(door.gateway) if "Xylomancy" in str(rows(door.gateway, name))}
    assert tables == {"content"}


# Hubs and their own --------------------------------------------------------------------------------------------------


@on_sqlite
def test_p27_a_delivery_of_another_hub_and_none_at_all_look_the_same(door: Door) -> None:
    _, delivery = sent(door)
    theirs = tell(door, f"/v1/deliveries/{delivery}/outcome", {"outcome": "allocated"}, key="demo-derby-hub")
    none = tell(door, f"/v1/deliveries/{'a' * 32}/outcome", {"outcome": "allocated"}, key="demo-derby-hub")
    assert {name: theirs.json()[name] for name in ("type", "status", "detail")} == {
        name: none.json()[name] for name in ("type", "status", "detail")
    }
    assert theirs.status_code == 404


@on_sqlite
def test_every_message_says_how_to_answer_it(door: Door) -> None:
    _, delivery = sent(door)
    (row,) = deliveries(door, kind="referral")
    bodies = {row["id"]: bytes(row["body"]) for row in rows(door.gateway, "content")}
    answer = json.loads(bodies[row["payload"]])["your_answer"]
    assert answer == {
        "delivery": delivery,
        "events": f"/v1/deliveries/{delivery}/events",
        "outcome": f"/v1/deliveries/{delivery}/outcome",
    }


# The councils' own words ---------------------------------------------------------------------------------------------


def test_th_r07_th_r08_th_r09_th_r10_kent_and_masp_answer_in_their_own_words(catalogue: Catalogue) -> None:
    tower, kent, leicester = (catalogue.councils[name].outcomes for name in ("tower_hamlets", "kent", "leicester"))
    assert tower["single_agency"].needs == tower["eha_required"].needs == ("lead",)
    assert {tower[name].rules for name in ("single_agency", "eha_required", "no_further_action")} == {
        ("TH-R07",), ("TH-R08",), ("TH-R10",),
    }  # fmt: skip
    assert tower["escalated_social_care"].hubs == ("ehh",)
    assert (kent["advice_given"].needs, kent["advice_given"].rules) == (("words",), ("KE-R03",))
    masp = {row.code for row in leicester.values() if "masp" in row.hubs}
    assert masp == {"resources_agreed", "stepped_up", "stepped_down", "escalated_social_care", "to_panel"}


def test_rules_9_2_every_outcome_of_ours_is_some_councils(catalogue: Catalogue) -> None:
    said = {row.code for council in catalogue.councils.values() for row in council.outcomes.values()}
    assert said == set(OUTCOMES)


@on_sqlite
def test_th_r22_the_form_that_asked_is_told_of_the_outcome(door: Door) -> None:
    content = (SAMPLES / "govuk_forms" / "samples" / "agreed.json").read_bytes()
    receipt = door.submit("govuk_forms", content, kind=JSON, key=FORMS).json()["receipts"][0]
    delivery = arrived(door, receipt["referral"])
    path = f"/v1/deliveries/{delivery}/outcome"
    lead = {"outcome": "single_agency", "lead": "The school nurse"}
    assert tell(door, path, lead, key="demo-tower-hamlets-hub").status_code == 202
    told = status(door, receipt["referral"], key=FORMS)
    assert told["outcomes"][0]["say"] == "Single agency response"


def attempt(door: Door, delivery: str, result: str) -> None:
    """One attempt that came to this."""
    row = {
        "delivery": delivery, "fence": 1, "council": "hull", "n": 1, "started_at": 1, "ended_at": 2, "result": result,
        "status": None, "why": "", "entry": "",
    }  # fmt: skip
    door.gateway.writer.run(Write(lambda tx: tx.insert(ATTEMPT, row)))


def _rfc(at: int) -> str:
    return stamp(at)

"""A sender corrects what it sent: the newer version stands, and whoever has the earlier one is told (Art 16, 19)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import update

from gateway.store.tables import DELIVERY
from gateway.store.writer import Write
from tests.builders import a_child, a_mother
from tests.flows.returned import arrived, deliveries, event, sent, status, tell
from tests.running import FORMS, HULL, JSON, SAMPLES, Door, a_hull_referral, as_bytes, counts, on_sqlite, rows

OTHERS = [
    a_child(first_name="Ada", surname="Quill", date_of_birth="2016-01-02"),
    a_mother(first_name="Eve", surname="Quill"),
]


def correct(door: Door, referral: str, once: str = "corrected", **changes: Any) -> Any:
    changes = {"source": {"system": "canonical", "record_id": "T-2"}, **changes}
    return tell(door, f"/v1/referrals/{referral}/correction", a_hull_referral(**changes), once=once, key=HULL)


def bodies(door: Door, referral: str, kind: str) -> list[dict[str, Any]]:
    contents = {row["id"]: bytes(row["body"]) for row in rows(door.gateway, "content")}
    return [json.loads(contents[row["payload"]]) for row in deliveries(door, referral, kind)]


def corrected(door: Door, referral: str, **changes: Any) -> str:
    response = correct(door, referral, **changes)
    assert response.status_code == 202, response.text
    return str(response.json()["receipts"][0]["referral"])


def test_a_correction_is_the_next_version_whatever_record_number_it_has(door: Door) -> None:
    first = door.accepted()
    second = corrected(door, first, reason="Maya is late on Mondays only.")
    assert (status(door, first)["superseded_by"], status(door, second)["supersedes"]) == (second, first)
    assert status(door, second)["version"] == 2
    assert bodies(door, second, "referral")[0]["referral"]["corrects"] == first


def test_what_the_earlier_version_had_not_sent_is_cancelled_and_left_for_nobody(door: Door) -> None:
    first = door.accepted()
    second = corrected(door, first)
    states = {row["referral"]: (row["state"], row["why"]) for row in deliveries(door, kind="referral")}
    assert states == {first: ("cancelled", "superseded"), second: ("due", "")}
    types = [row["type"] for row in rows(door.gateway, "entry") if row["referral"] == first]
    assert types == ["decision.machine", "referral.superseded", "cancel"]


def test_what_was_held_of_the_earlier_version_is_cancelled_too(door: Door) -> None:
    first = door.accepted()
    door.gateway.writer.run(_holding())
    corrected(door, first)
    assert {row["state"] for row in deliveries(door, first, "referral")} == {"cancelled"}


def test_whoever_has_the_earlier_version_gets_a_notice_and_the_corrected_one(door: Door) -> None:
    first, message = sent(door)
    second = corrected(door, first, reason="Maya is late on Mondays only.")
    (notice,) = bodies(door, first, "notice")
    assert (notice["about"], notice["newer"], notice["deliveries"]) == ("correction", second, [message])
    (now,) = bodies(door, second, "referral")
    assert now["referral"]["reason"] == "Maya is late on Mondays only."


@on_sqlite
def test_where_the_decision_no_longer_allows_it_only_the_notice_goes(door: Door) -> None:
    first, _ = sent(door)
    second = corrected(door, first, agreements=[{"giver": "mother", "capacity": "parent", "status": "refused"}])
    assert [body["about"] for body in bodies(door, first, "notice")] == ["correction"]
    assert deliveries(door, second, "referral") == []


@on_sqlite
def test_a_wrong_day_of_birth_can_be_corrected(door: Door) -> None:
    first = door.accepted()
    second = corrected(door, first, people=[a_child(date_of_birth="2017-04-13"), a_mother()])
    assert status(door, second)["supersedes"] == first


@on_sqlite
def test_a_correction_with_nobody_of_before_is_refused(door: Door) -> None:
    first = door.accepted()
    before = counts(door.gateway)
    told = correct(door, first, people=OTHERS)
    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (422, "/people")
    assert counts(door.gateway) == before


def test_p5_a_correction_twice_under_its_key_is_one_version(door: Door) -> None:
    first = door.accepted()
    once, before = correct(door, first), counts(door.gateway)
    again = correct(door, first)
    assert (again.content, again.headers["idempotency-replayed"]) == (once.content, "true")
    assert counts(door.gateway) == before


@on_sqlite
def test_each_correction_follows_the_one_before_whichever_is_named(door: Door) -> None:
    first = door.accepted()
    second = corrected(door, first, once="b")
    third = corrected(door, first, once="c", reason="Once more.")
    assert status(door, third)["supersedes"] == second
    assert [row["version"] for row in sorted(rows(door.gateway, "referral"), key=lambda r: r["version"])] == [1, 2, 3]


@on_sqlite
def test_a_form_is_corrected_as_canonical_json(door: Door) -> None:
    content = (SAMPLES / "govuk_forms" / "samples" / "agreed.json").read_bytes()
    first = door.submit("govuk_forms", content, kind=JSON, key=FORMS).json()["receipts"][0]["referral"]
    filed = {one["id"]: bytes(one["body"]) for one in rows(door.gateway, "content")}
    (row,) = rows(door.gateway, "referral")
    document = json.loads(filed[row["filed"]])["referral"]
    document["reason"] = "Corrected."
    told = tell(door, f"/v1/referrals/{first}/correction", document, key=FORMS)
    assert told.json()["receipts"][0]["supersedes"] == first, told.text


@on_sqlite
def test_the_canonical_referral_may_say_itself_what_it_corrects(door: Door) -> None:
    first = door.accepted()
    second = door.accepted(a_hull_referral(corrects=first), once="b")
    assert status(door, second)["supersedes"] == first


@on_sqlite
@pytest.mark.parametrize("named", ["a" * 32, "nothing"])
def test_what_corrects_nothing_of_this_sender_is_refused(door: Door, named: str) -> None:
    told = door.refer(a_hull_referral(corrects=named))
    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (422, "/corrects")
    assert rows(door.gateway, "referral") == []


@on_sqlite
def test_a_withdrawal_holds_for_what_corrects_it(door: Door) -> None:
    first = door.accepted()
    door.post(f"/v1/referrals/{first}/withdrawal")
    second = corrected(door, first)
    assert [decision["outcome"] for decision in status(door, second)["decisions"]] == ["hold"]


@on_sqlite
def test_a_divert_is_never_cancelled_by_a_correction(door: Door) -> None:
    first = door.accepted(a_hull_referral(harm={"level": "significant"}))
    corrected(door, first)
    assert {row["state"] for row in deliveries(door, first, "divert")} == {"due"}


@on_sqlite
def test_a_hub_may_still_speak_of_the_version_it_has(door: Door) -> None:
    first, message = sent(door)
    second = corrected(door, first)
    assert event(door, message, "opened").status_code == 202
    assert arrived(door, second)


@on_sqlite
def test_p24_bad_json_is_told_by_its_place(door: Door) -> None:
    first = door.accepted()
    told = tell(door, f"/v1/referrals/{first}/correction", as_bytes({"council": "hull", "Xylomancy": 1}), key=HULL)
    assert (told.status_code, "Xylomancy" in told.text) == (422, False)


def _holding() -> Any:
    held = update(DELIVERY).values(state="held", why="door_not_confirmed")
    return Write(lambda tx: tx.execute(held) and None)

"""The same source record again, under another key: a newer version, and what becomes of the earlier (settled 22)."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.builders import a_child, a_mother
from tests.flows.bundles import bundle, submit
from tests.running import TOWER_HAMLETS, Door, a_hull_referral, on_sqlite, rows


def again(door: Door, once: str, **changes: Any) -> dict[str, Any]:
    """The receipt of record T-9 with these changes, sent under this key."""
    document = a_hull_referral(source={"system": "canonical", "record_id": "T-9"}, **changes)
    response = door.refer(document, once=once)
    assert response.status_code == 202, response.text
    receipt: dict[str, Any] = response.json()["receipts"][0]
    return receipt


def of(door: Door, referral: str) -> dict[str, Any]:
    """What the sender is told of a referral."""
    told: dict[str, Any] = door.get(f"/v1/referrals/{referral}").json()
    return told


def test_settled_22_other_content_under_a_new_key_is_the_next_version(door: Door) -> None:
    first, second = again(door, "a"), again(door, "b", reason="Now there is a bruise.")
    assert (second["version"], second["supersedes"]) == (2, first["referral"])
    assert {row["version"] for row in rows(door.gateway, "referral")} == {1, 2}


def test_settled_22_each_version_follows_the_one_before(door: Door) -> None:
    receipts = [again(door, key, reason=f"Reason {key}.") for key in "abcd"]
    assert [receipt.get("version", 1) for receipt in receipts] == [1, 2, 3, 4]
    assert [receipt.get("supersedes") for receipt in receipts[1:]] == [receipt["referral"] for receipt in receipts[:-1]]


def test_status_names_the_versions_around(door: Door) -> None:
    first, second = again(door, "a")["referral"], again(door, "b", reason="More.")["referral"]
    assert of(door, first)["superseded_by"] == second
    assert (of(door, second)["version"], of(door, second)["supersedes"]) == (2, first)


def test_the_record_says_that_a_newer_version_came(door: Door) -> None:
    first = again(door, "a")["referral"]
    again(door, "b", reason="More.")
    types = [row["type"] for row in rows(door.gateway, "entry") if row["referral"] == first]
    assert types == ["decision.machine", "referral.superseded", "cancel"]
    assert "A newer version of it came" in str(of(door, first)["timeline"])


def test_what_the_earlier_version_had_not_sent_is_cancelled_and_the_newer_goes(door: Door) -> None:
    first, second = again(door, "a")["referral"], again(door, "b", reason="More.")["referral"]
    states = {row["referral"]: (row["state"], row["why"]) for row in rows(door.gateway, "delivery")}
    assert states == {first: ("cancelled", "superseded"), second: ("due", "")}


def test_a_divert_is_never_held_by_a_newer_version(door: Door) -> None:
    first = again(door, "a", harm={"level": "significant"})["referral"]
    again(door, "b")
    diverts = [row["state"] for row in rows(door.gateway, "delivery") if row["referral"] == first]
    assert set(diverts) == {"due"}


def test_the_newer_version_tells_its_hub_which_it_corrects(door: Door) -> None:
    first = again(door, "a")["referral"]
    again(door, "b", reason="More.")
    payloads = [bytes(row["body"]) for row in rows(door.gateway, "content") if row["kind"] == "payload"]
    assert [f'"corrects":"{first}"'.encode() in payload for payload in payloads].count(True) == 1


def test_governance_vector_7_a_withdrawal_holds_for_what_is_sent_later(door: Door) -> None:
    first = again(door, "a")["referral"]
    door.post(f"/v1/referrals/{first}/withdrawal")
    second = again(door, "b", reason="More.")
    (decision,) = second["decisions"]
    assert (decision["outcome"], decision["rules"]) == ("hold", ["G-501"])


def test_a_withdrawal_of_the_earlier_version_holds_the_newer_too(door: Door) -> None:
    first, second = again(door, "a")["referral"], again(door, "b", reason="More.")["referral"]
    door.post(f"/v1/referrals/{first}/withdrawal")
    assert {row["state"] for row in rows(door.gateway, "delivery") if row["referral"] == second} == {"held"}


@on_sqlite
def test_a_return_that_was_answered_is_asked_no_more(door: Door) -> None:
    submit(door, bundle(1))
    assert {(row["outcome"], row["state"]) for row in rows(door.gateway, "decision")} == {("return", "open")}
    submit(door, bundle(1, reason="The social worker has closed the case."), once="second")
    first, second = sorted(rows(door.gateway, "referral"), key=lambda row: row["version"])
    states = {row["referral"]: row["state"] for row in rows(door.gateway, "decision")}
    clocks = {row["referral"]: row["state"] for row in rows(door.gateway, "clock")}
    assert (states[first["id"]], states[second["id"]]) == ("superseded", "open")
    assert (clocks[first["id"]], clocks[second["id"]]) == ("stopped", "running")


@on_sqlite
def test_a_record_number_that_comes_back_with_other_people_is_kept_apart(door: Door) -> None:
    first = again(door, "a")["referral"]
    other = [a_child(first_name="Ada", surname="Quill"), a_mother(first_name="Eve", surname="Quill")]
    second = again(door, "b", people=other)
    assert "supersedes" not in second
    assert second["warnings"][0]["pointer"] == "/source/record_id"
    states = {row["referral"]: row["state"] for row in rows(door.gateway, "delivery")}
    assert states[first] == "due"


def test_p6_the_same_content_under_a_new_key_is_kept_and_linked(door: Door) -> None:
    first, second = again(door, "a"), again(door, "b")
    assert (second["supersedes"], len(rows(door.gateway, "referral"))) == (first["referral"], 2)


def test_a_row_of_a_file_that_has_not_changed_makes_nothing_new(door: Door) -> None:
    submit(door, bundle(1, 2))
    receipts = submit(door, bundle(1, 2, 3), once="second").json()["receipts"]
    assert [receipt["state"] for receipt in receipts] == ["unchanged", "unchanged", "accepted"]
    assert len(rows(door.gateway, "referral")) == 3


def test_versions_sent_at_once_form_one_chain(door: Door) -> None:
    async def eight() -> None:
        asked = [
            door.ask(
                "POST",
                "/v1/referrals",
                json=a_hull_referral(source={"system": "canonical", "record_id": "T-9"}, reason=f"Reason {n}."),
                headers={"idempotency-key": f"k{n}"},
            )
            for n in range(8)
        ]
        assert {response.status_code for response in await asyncio.gather(*asked)} == {202}

    asyncio.run(eight())
    referrals = rows(door.gateway, "referral")
    assert sorted(row["version"] for row in referrals) == list(range(1, 9))
    assert len({row["supersedes"] for row in referrals}) == 8


@on_sqlite
def test_a_number_of_another_form_makes_no_version(door: Door) -> None:
    again(door, "a")
    source = {"system": "canonical", "record_id": "T-9", "form": "another"}
    assert "supersedes" not in door.refer(a_hull_referral(source=source), once="b").json()["receipts"][0]


@on_sqlite
def test_a_number_of_another_sender_makes_no_version(door: Door) -> None:
    again(door, "a")
    document = a_hull_referral(source={"system": "canonical", "record_id": "T-9"}, council="tower_hamlets")
    answer = door.refer(document | {"requested_services": []}, once="b", key=TOWER_HAMLETS).json()
    assert "supersedes" not in answer["receipts"][0]

"""What a sender reads afterwards: what stands, what happened, and a receipt that proves itself (settled 18, 39)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from contracts.decision import Outcome
from contracts.delivery import DeliveryState, Result
from gateway.config.catalogue import Catalogue
from gateway.flows.decisions import words
from gateway.record.bundle import read_evidence
from gateway.record.note import Key
from gateway.record.verify import verify_entry
from gateway.store.tables import DELIVERY
from gateway.store.writer import Write
from tests.running import Door, a_hull_referral, as_bytes, delivering, on_sqlite, rows, running, until


def status(door: Door, referral: str) -> dict[str, Any]:
    told: dict[str, Any] = door.get(f"/v1/referrals/{referral}").json()
    return told


def test_what_stands_is_told_in_words(door: Door) -> None:
    told = status(door, door.accepted())
    (decision,) = told["decisions"]
    (delivery,) = told["deliveries"]
    assert (decision["outcome"], decision["say"]) == ("share", "Going to Hull Locality Hub, West.")
    assert delivery["say"] == "Waiting to be sent."


def test_settled_39_the_emergency_line_is_on_every_status(door: Door) -> None:
    told = status(door, door.accepted())
    assert told["emergency"] == door.gateway.council("hull").emergency


def test_a_decision_that_was_superseded_no_longer_stands(door: Door) -> None:
    referral = door.accepted()
    door.post(f"/v1/referrals/{referral}/withdrawal")
    assert [decision["outcome"] for decision in status(door, referral)["decisions"]] == ["hold"]


def test_the_timeline_tells_of_a_withdrawal_between_what_came_before_and_after(door: Door) -> None:
    referral = door.accepted()
    door.post(f"/v1/referrals/{referral}/withdrawal")
    said = [event["say"] for event in status(door, referral)["timeline"]]
    assert said[:2] == ["Received and stored.", "Decided: share, Hull Locality Hub, West."]
    assert "The family no longer agrees." in said[2:]


def test_what_waits_for_a_person_has_an_owner_and_a_time(door: Door) -> None:
    told = status(door, door.accepted(a_hull_referral(agreements=[])))
    assert told["waiting"]
    assert all(clock["owner"] and clock["due"] for clock in told["waiting"])


def test_what_waits_is_told_in_words_with_whom_to_ring_once_time_is_up_HU_T02(door: Door) -> None:
    referral = door.accepted(a_hull_referral(purpose="safeguarding"))
    (due,) = [row["due_at"] for row in rows(door.gateway, "clock") if row["kind"] == "timer:feedback"]
    for late, said in ((-1, "It is due "), (1, "Ask EHASH yourself what came of it. Ring ")):
        at = Door(replace(door.gateway, now=lambda late=late: due + late))  # type: ignore[misc]
        (clock,) = [one for one in status(at, referral)["waiting"] if one["for"] == "timer:feedback"]
        assert clock["say"].startswith("EHASH tells the sender what came of the contact. This is with the referrer.")
        assert said in clock["say"]
        assert clock["overdue"] is (late > 0)


def test_days_count_from_the_first_version_settled_45(door: Door) -> None:
    first = rows_of(door, door.accepted())["at"]
    second = door.refer(
        as_bytes(a_hull_referral(reason="More.")).replace(b'"T-1"', b'"T-first"'), headers={"idempotency-key": "2"}
    ).json()["receipts"][0]["referral"]
    later = Door(replace(door.gateway, now=lambda: first + 3 * 24 * 3_600_000))
    assert (status(later, second)["days"], rows_of(door, second)["supersedes"] is not None) == (3, True)


def rows_of(door: Door, referral: str) -> dict[str, Any]:
    (row,) = [row for row in rows(door.gateway, "referral") if row["id"] == referral]
    return row


def test_the_documents_other_times_are_guidance_once_a_hub_has_it_HU_T04(door: Door) -> None:
    referral = door.accepted()
    before = status(door, referral)["guidance"]
    door.gateway.writer.run(Write(lambda tx: tx.execute(update(DELIVERY).values(state="delivered"))))
    assert (before, len(status(door, referral)["guidance"])) == ([], len(door.gateway.council("hull").guidance))


@on_sqlite
def test_p21_what_did_not_arrive_is_told_to_the_sender(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    async def scenario() -> list[str]:
        async with delivering(catalogue, tmp_path, demo_urls) as (door, stubs):
            stubs["hull", "locality_west"].behaviour = "refused"
            referral = (
                await door.ask("POST", "/v1/referrals", json=a_hull_referral(), headers={"idempotency-key": "1"})
            ).json()
            at = referral["receipts"][0]["status"]

            async def told() -> list[str]:
                response = (await door.ask("GET", at)).json()
                return [event["say"] for event in response["timeline"] if "refused" in event["say"]]

            return await until(told)

    assert asyncio.run(scenario()) == ["Attempt 1: the hub refused it."]


# The receipt ---------------------------------------------------------------------------------------------------------


def sealed(door: Door, referral: str) -> dict[str, object]:
    async def look() -> dict[str, object] | None:
        receipt = (await door.ask("GET", f"/v1/referrals/{referral}/receipt")).json()
        return receipt if all(entry["state"] == "sealed" for entry in receipt["entries"]) else None

    found = asyncio.run(until(look))
    assert found is not None
    return found


@pytest.fixture
def seals_at_once(catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]) -> object:
    with running(catalogue, tmp_path, demo_urls, seal_every=0.01) as gateway:
        yield Door(gateway)


def test_the_202_and_the_receipt_name_the_same_entries(door: Door) -> None:
    (told,) = door.refer().json()["receipts"]
    receipt = door.get(told["receipt"]).json()
    assert [entry["rid"] for entry in receipt["entries"]] == told["entries"]


def test_an_entry_that_waits_for_its_checkpoint_says_so(door: Door) -> None:
    (told,) = door.refer().json()["receipts"]
    assert [entry["state"] for entry in door.get(told["receipt"]).json()["entries"]] == ["recorded"]


def test_a_sealed_receipt_is_proven_by_the_public_key_alone(seals_at_once: Door) -> None:
    receipt = sealed(seals_at_once, seals_at_once.accepted())
    key = Key.parse(str(receipt["key"]))
    for entry in receipt["entries"]:
        verified = verify_entry(read_evidence(entry), key, key.name)
        assert verified.findings == ()
        assert {"facts", "outcome", "policy"} <= verified.sections.keys()


def test_a_sealed_receipt_with_one_changed_word_is_found_out(seals_at_once: Door) -> None:
    receipt = sealed(seals_at_once, seals_at_once.accepted())
    key = Key.parse(str(receipt["key"]))
    (entry,) = receipt["entries"]
    entry["leaf"] = entry["leaf"].replace("decision.machine", "decision.malices")
    assert verify_entry(read_evidence(entry), key, key.name).findings


@on_sqlite
def test_governance_4_1_an_entry_holds_the_sections_a_decision_needs(seals_at_once: Door) -> None:
    (entry,) = sealed(seals_at_once, seals_at_once.accepted())["entries"]
    assert set(entry["sections"]) == {
        "about", "actors", "subject", "request", "facts", "agreement", "basis", "policy", "rules", "outcome", "reasons",
        "withheld",
    }  # fmt: skip


# Words ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_sentence(outcome: Outcome) -> None:
    assert words.decided(outcome, "The Hub", "020 7946 0100", "Because.")


@pytest.mark.parametrize("state", list(DeliveryState))
def test_every_delivery_state_has_a_sentence(state: DeliveryState) -> None:
    assert words.MOVED[state]


@pytest.mark.parametrize("result", list(Result))
def test_every_attempt_result_has_a_sentence(result: Result) -> None:
    assert words.TRIED[result]


def test_settled_39_arrival_is_never_said_to_be_reading() -> None:
    assert "Nobody has confirmed reading it" in words.MOVED[DeliveryState.DELIVERED]

"""Accepting once, whatever a sender repeats, and keeping what could not be read (P1, P5, P7, settled 2 to 4, 22)."""

from __future__ import annotations

import asyncio
import io
import json

import pytest

from adapters.formats.zip import members
from gateway.doors.cli.files import content_of
from gateway.flows.access import Caller, Role
from gateway.flows.gateway import Gateway
from gateway.flows.submissions.intake import CANONICAL, Sent, receive
from tests.adapters.conftest import pack
from tests.running import (
    FORMS,
    JSON,
    LEICESTER,
    SAMPLES,
    TOWER_HAMLETS,
    ZIP,
    Door,
    a_hull_referral,
    as_bytes,
    counts,
    on_sqlite,
    rows,
)

FOUR_PUPILS = SAMPLES / "school" / "samples" / "hull_four_pupils"


def pupils(n: int, without: int = 0) -> bytes:
    """A Hull export with a sheet that chooses `n` pupils, the last `without` of whom are not in the export."""
    sheet, export = ["upn,reason,agreement,referrer_name"], ["UPN,Forename,Surname,DOB"]
    for number in range(n):
        upn = f"A8{number:011d}"
        sheet.append(f"{upn},Help with routines.,given,Sam Okoro")
        if number < n - without:
            export.append(f"{upn},Maya,Fernsby,14/03/2017")
    return pack({"referral.csv": "\n".join(sheet), "pupils.csv": "\n".join(export)})


def without_entries(gateway: Gateway) -> dict[str, int]:
    """Rows of every table but those in which the record grows."""
    return {name: n for name, n in counts(gateway).items() if name not in ("entry", "content", "tile", "checkpoint")}


def entry_types(gateway: Gateway) -> list[str]:
    return [row["type"] for row in rows(gateway, "entry")]


def test_an_accepted_referral_is_answered_202_with_a_receipt_that_names_its_entries(door: Door) -> None:
    response = door.refer()
    (receipt,) = response.json()["receipts"]
    assert (response.status_code, receipt["state"]) == (202, "accepted")
    assert receipt["entries"] == [row["rid"] for row in rows(door.gateway, "entry")]


def test_p2_referral_content_key_entry_and_outbox_are_written_together(door: Door) -> None:
    before = counts(door.gateway)
    door.refer()
    after = counts(door.gateway)
    grown = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert {name: grown[name] for name in ("submission", "referral", "decision", "delivery", "entry")} == {
        "submission": 1,
        "referral": 1,
        "decision": 1,
        "delivery": 1,
        "entry": 1,
    }


def test_p1_the_bytes_that_were_accepted_are_kept_as_they_came(door: Door) -> None:
    sent = as_bytes(a_hull_referral())
    door.refer(sent)
    (submission,) = rows(door.gateway, "submission")
    (kept,) = [row for row in rows(door.gateway, "content") if row["id"] == submission["raw"]]
    assert bytes(kept["body"]).endswith(sent)


def test_p5_the_same_key_and_bytes_get_the_same_receipt_marked_as_replayed(door: Door) -> None:
    first, again = door.refer(), door.refer()
    assert (again.status_code, again.content) == (202, first.content)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


def test_p5_a_repeat_changes_nothing(door: Door) -> None:
    door.refer()
    before = counts(door.gateway)
    door.refer()
    assert counts(door.gateway) == before


def test_p5_the_same_key_with_other_bytes_is_refused_and_changes_nothing(door: Door) -> None:
    door.refer()
    before = without_entries(door.gateway)
    other = door.refer(a_hull_referral(reason="Something else."))
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-used-for-other-content")
    assert without_entries(door.gateway) == before


def test_p5_the_attempt_to_reuse_a_key_is_in_the_record(door: Door) -> None:
    door.refer()
    door.refer(a_hull_referral(reason="Something else."))
    assert entry_types(door.gateway) == ["decision.machine", "submission.key_reused"]


def test_p5_a_refused_reuse_does_not_reveal_the_first_content(door: Door) -> None:
    first = door.refer()
    (receipt,) = first.json()["receipts"]
    other = door.refer(a_hull_referral(reason="Something else."))
    told = [receipt["referral"], "Fernsby", *receipt["entries"]]
    assert not [value for value in told if value in other.text]


def test_p5_the_same_bytes_with_another_content_type_are_other_content(door: Door) -> None:
    sample = SAMPLES / "liquidlogic" / "samples" / "harm_and_gaps.json"
    door.submit("liquidlogic", sample.read_bytes(), kind=JSON, key=LEICESTER)
    assert door.submit("liquidlogic", sample.read_bytes(), kind=ZIP, key=LEICESTER).status_code == 422


def test_p5_a_repeat_of_what_was_rejected_is_told_the_same_and_marked(door: Door) -> None:
    first, again = door.refer(b"{"), door.refer(b"{")
    told = [{name: value for name, value in r.json().items() if name != "instance"} for r in (first, again)]
    assert told[0] == told[1]
    assert again.headers.get("idempotency-replayed") == "true"


def test_p5_two_senders_may_use_one_key_for_different_things(door: Door) -> None:
    mine = door.accepted()
    theirs = door.accepted(a_hull_referral(council="tower_hamlets", requested_services=[]), key=TOWER_HAMLETS)
    assert mine != theirs


def test_settled_22_64_twins_at_once_make_one_referral_and_get_one_receipt(door: Door) -> None:
    async def twins() -> list[bytes]:
        headers = {"content-type": JSON, "idempotency-key": "twin"}
        content = as_bytes(a_hull_referral())
        asked = (door.ask("POST", "/v1/referrals", content=content, headers=headers) for _ in range(64))
        return [response.content for response in await asyncio.gather(*asked)]

    assert len(set(asyncio.run(twins()))) == 1
    assert counts(door.gateway)["referral"] == 1


@on_sqlite
@pytest.mark.parametrize("key", [b"", b" ", b"x" * 256, "é".encode()], ids=["none", "blank", "long", "not ascii"])
def test_p5_without_a_usable_key_nothing_is_accepted(door: Door, key: bytes) -> None:
    response = door.post(
        "/v1/referrals", as_bytes(a_hull_referral()), headers={"content-type": JSON, "idempotency-key": key}
    )
    assert (response.status_code, response.json()["type"]) == (400, "/problems/no-idempotency-key")


# Scope ---------------------------------------------------------------------------------------------------------------


@on_sqlite
def test_settled_4_another_councils_referral_is_refused(door: Door) -> None:
    response = door.refer(a_hull_referral(council="leicester"))
    assert (response.status_code, counts(door.gateway)["submission"]) == (403, 0)


@on_sqlite
def test_settled_4_another_council_in_the_address_is_refused(door: Door) -> None:
    content = content_of(FOUR_PUPILS, 1 << 30)
    headers = {"content-type": ZIP, "idempotency-key": "k"}
    assert door.post("/v1/submissions/school?council=leicester", content, headers=headers).status_code == 403


@on_sqlite
def test_settled_4_a_source_the_key_is_not_for_is_refused(door: Door) -> None:
    assert door.submit("liquidlogic", b"{}", kind=JSON).status_code == 403


@on_sqlite
def test_settled_4_a_purpose_the_key_is_not_for_is_refused(door: Door) -> None:
    response = door.refer(a_hull_referral(purpose="step_down"))
    assert (response.status_code, response.json()["type"]) == (403, "/problems/not-allowed")


@on_sqlite
@pytest.mark.parametrize("level", ["significant", "immediate"])
def test_settled_4_declared_harm_diverts_whatever_the_key_may_do(door: Door, level: str) -> None:
    response = door.refer(a_hull_referral(purpose="step_down", harm={"level": level}))
    (receipt,) = response.json()["receipts"]
    assert {decision["outcome"] for decision in receipt["decisions"]} == {"divert"}


# Batches -------------------------------------------------------------------------------------------------------------


def test_a_batch_with_good_and_bad_records_says_of_each_bad_one_where_it_is(door: Door) -> None:
    content = pupils(3, without=1)
    response = door.submit("school", content, kind=ZIP)
    receipts = response.json()["receipts"]
    assert response.status_code == 202
    assert sorted(receipt["state"] for receipt in receipts) == ["accepted", "accepted", "rejected"]
    (rejected,) = [receipt for receipt in receipts if receipt["state"] == "rejected"]
    assert rejected["errors"][0]["position"].startswith("referral.csv, row 4")


def test_receipts_come_in_the_order_of_their_rows(door: Door) -> None:
    sheet = ["upn,reason,agreement,referrer_name"]
    sheet += [f"A8{number:011d},Help with routines.,given,Sam Okoro" for number in (0, 9, 1)]
    export = "UPN,Forename,Surname,DOB\nA800000000000,Maya,Fernsby,14/03/2017\nA800000000001,Ada,Fernsby,14/03/2018"
    response = door.submit("school", pack({"referral.csv": "\n".join(sheet), "pupils.csv": export}), kind=ZIP)
    told = [(receipt["position"].split(",")[1], receipt["state"]) for receipt in response.json()["receipts"]]
    assert told == [(" row 2", "accepted"), (" row 3", "rejected"), (" row 4", "accepted")]


def test_a_batch_of_which_nothing_can_be_accepted_is_422_and_recorded(door: Door) -> None:
    response = door.submit("school", pupils(2, without=2), kind=ZIP)
    assert (response.status_code, counts(door.gateway)["referral"]) == (422, 0)
    assert (len(response.json()["errors"]), entry_types(door.gateway)) == (2, ["submission.rejected"])


def test_a_batch_is_one_submission_with_a_referral_for_each_good_record(door: Door) -> None:
    response = door.submit("school", content_of(FOUR_PUPILS, 1 << 30), kind=ZIP)
    accepted = [receipt["referral"] for receipt in response.json()["receipts"] if receipt["state"] == "accepted"]
    assert (counts(door.gateway)["submission"], sorted(accepted)) == (
        1,
        sorted(row["id"] for row in rows(door.gateway, "referral")),
    )


# What is rejected is kept --------------------------------------------------------------------------------------------


def test_settled_2_bytes_that_cannot_be_read_are_kept_as_rejected(door: Door) -> None:
    assert door.refer(b'{"council": "hull", ').status_code == 422
    (submission,) = rows(door.gateway, "submission")
    (raw,) = [row for row in rows(door.gateway, "content") if row["id"] == submission["raw"]]
    assert (submission["state"], submission["status"]) == ("rejected", 422)
    assert bytes(raw["body"]).endswith(b'{"council": "hull", ')


def test_what_is_rejected_is_in_the_record(door: Door) -> None:
    door.refer(b"{")
    assert entry_types(door.gateway) == ["submission.rejected"]


def test_settled_2_of_a_rejected_pupil_export_only_the_digest_is_kept(door: Door) -> None:
    response = door.submit("school", b"UPN,Surname\nA123,Canary\n", kind=ZIP)
    (submission,) = rows(door.gateway, "submission")
    assert (response.status_code, submission["raw"]) == (422, None)
    assert not [row for row in rows(door.gateway, "content") if b"Canary" in bytes(row["body"])]


def test_settled_2_of_an_accepted_package_the_sheet_and_the_chosen_rows_are_kept_and_nobody_elses(door: Door) -> None:
    chosen, whole = pupils(1), pupils(2)
    sheet = next(body for name, body in members(io.BytesIO(chosen)) if name == "referral.csv")
    export = next(body for name, body in members(io.BytesIO(whole)) if name == "pupils.csv")
    door.submit("school", pack({"referral.csv": sheet, "pupils.csv": export}), kind=ZIP)

    (submission,) = rows(door.gateway, "submission")
    (raw,) = [row for row in rows(door.gateway, "content") if row["id"] == submission["raw"]]
    (kept,) = json.loads(raw["body"])
    assert (kept["sheet"]["upn"], kept["beside"][0]["upn"], len(kept["beside"])) == ("A800000000000",) * 2 + (1,)
    assert kept["files"][0]["rows"] == 2


def test_settled_2_what_nobody_signed_in_for_is_not_kept(door: Door) -> None:
    door.refer(key=None)
    door.refer(key="no-such-key")
    assert counts(door.gateway)["content"] == 0


@pytest.mark.parametrize("sample", ["agreed", "harm_disclosed", "refused", "unborn"])
@on_sqlite
def test_the_samples_of_the_enquiry_form_are_accepted(door: Door, sample: str) -> None:
    content = (SAMPLES / "govuk_forms" / "samples" / f"{sample}.json").read_bytes()
    assert door.submit("govuk_forms", content, kind=JSON, key=FORMS).status_code == 202


@on_sqlite
def test_settled_2_a_referral_is_kept_with_its_ledger(door: Door) -> None:
    content = (SAMPLES / "govuk_forms" / "samples" / "agreed.json").read_bytes()
    door.submit("govuk_forms", content, kind=JSON, key=FORMS)
    (filed,) = [row for row in rows(door.gateway, "content") if row["kind"] == "filed"]
    assert json.loads(bytes(filed["body"]))["ledger"]


def test_settled_53_what_a_test_key_sends_is_marked_in_every_payload(gateway: Gateway) -> None:
    school = gateway.catalogue.councils["hull"].senders["invented_academy"]
    caller = Caller(Role.SENDER, school, test=True)
    sent = Sent(caller, "hull", CANONICAL, "a-test", as_bytes(a_hull_referral()), JSON)
    asyncio.run(receive(gateway, sent))
    (payload,) = [bytes(row["body"]) for row in rows(gateway, "content") if row["kind"] == "payload"]
    assert json.loads(payload)["test"] is True

"""The four stories of the demonstration, one for each person the gateway is for. Each sends real requests and looks."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import httpx2

from gateway.config.check import check_all
from gateway.config.yamlfile import told as told_fault
from gateway.demo.ending import owner_of, until_settled, until_tried
from gateway.demo.evidence import opened, tampered, verified
from gateway.demo.expected import EXPECTED
from gateway.demo.sending import SenderName, text_of, zip_of
from gateway.demo.stage import Stage
from gateway.demo.telling import Sent, Telling

_LEICESTER: Final = "/v1/submissions/liquidlogic"
_SCHOOL: Final = "/v1/submissions/school"
_FORM: Final = "/v1/submissions/govuk_forms"


async def council(stage: Stage, told: Telling) -> None:
    """A council connects its case system: check, a dry run, and the real thing."""
    told.story(1, "A council connects its case system")
    told.say("An analyst at Leicester writes a mapping: YAML, no Python. One name in it is misspelt, so she checks it.")
    told.sees(_misspelt(stage))
    told.say("She mends that line, and tries last night's four step-downs from social care as a dry run.")
    bundle = zip_of("leicester_step_downs", stage.today)
    preview = (await stage.post("leicester", f"{_LEICESTER}/preview", bundle, "application/zip")).json()
    told.sees(f"{preview['say']} {_ledger(preview)}")
    told.claim(not _left_over(preview), "Every value has a place or a reason. So the case system sends the zip.")
    answer = await stage.post("leicester", _LEICESTER, bundle, "application/zip", "step-downs-1")
    receipts = sorted(answer.json()["receipts"], key=lambda receipt: str(receipt["position"]))
    for number, receipt in enumerate(receipts, 1):
        told.sent[number] = Sent("leicester", answer.status_code, receipt)
        told.sees(_receipt(receipt), number=number)
    told.say("One row could not be used. It came back with its place, and the other three went in.")


async def school(stage: Stage, told: Telling) -> None:
    """A school submits through the API: a zip, its repeat, a mistake, JSON, and a family that changes its mind."""
    told.story(2, "A school asks for help through the API")
    west, north = stage.hubs["hull", "locality_west"], stage.hubs["hull", "locality_north"]
    await west.down()
    north.script.append("nonsense")
    told.say("A school in Hull chooses three of the five pupils in its export, adds the sheet, and sends the zip.")
    bundle = zip_of("hull_additional_support", stage.today)
    first = await stage.post("school", _SCHOOL, bundle, "application/zip", "monday")
    for number, receipt in enumerate(first.json()["receipts"], 5):
        told.sent[number] = Sent("school", first.status_code, receipt)
        told.sees(_receipt(receipt), number=number)
    await _repeats(stage, told, bundle, first)
    told.say("The school asks what became of 5. West's system is down, so it waits here.")
    told.sees(*_attempts(await until_tried(stage, told.sent[5])), number=5)
    told.say("Another request goes as JSON, with a misspelt field. It is refused whole, and the place is named.")
    text = text_of("hull_referrals/mornings.json", stage.today)
    wrong = await stage.post("school", "/v1/referrals", text.replace('"needs"', '"neds"').encode(), key="tuesday")
    told.sees("; ".join(f"{fault['pointer']}: {fault['remedy']}" for fault in wrong.json()["errors"]))
    told.sent[10] = await _referral(stage, text, "wednesday")
    told.say("Put right, it is accepted.")
    told.sees(_receipt(told.sent[10].receipt), number=10)
    await _withdrawal(stage, told)


async def ig_lead(stage: Stage, told: Telling) -> None:
    """An IG lead reviews what was shared: five enquiries, one receipt read closely, and the evidence proven."""
    told.story(3, "An information governance lead reviews what was shared")
    told.say("Five people fill in Tower Hamlets' enquiry form. Two of them leave the names out, or mean to.")
    names = ("shared", "address_secret", "nameless", "nameless_with_a_name", "over_age")
    for number, name in enumerate(names, 12):
        told.sent[number] = await _enquiry(stage, name)
        told.sees(_receipt(told.sent[number].receipt), number=number)
    for number in (12, 13, 14):
        await until_settled(stage, told.sent[number])
    told.say("She opens the receipt of 13: who sent it to whom, on what basis, by which rule, and what stayed behind.")
    await stage.gateway.writer.submit(stage.gateway.sealer.seal_now())
    told.sees(*opened(await stage.get("tower_hamlets", told.sent[13].receipt["receipt"]), stage), number=13)
    bodies = b"".join(arrival.body for arrival in stage.hubs["tower_hamlets", "ehh"].arrivals)
    kept = not any(canary in bodies for canary in (b"Thistledown", b"E2 0AD", b"Brightwater"))
    told.claim(kept, "Neither the secret address nor the name left in 15 is in any byte that reached the hub.")
    told.say("She checks the evidence on 13 with the council's public key alone. Then somebody edits a copy of it.")
    told.sees(verified(stage, told.sent[13].receipt["referral"]))
    edited = tampered(stage, told.sent[13].receipt["referral"])
    told.sees(edited or "Nothing was noticed.")
    if not edited:
        told.wrong.append("An edited piece of evidence was to be noticed, and was not.")


async def hub_worker(stage: Stage, told: Telling) -> None:
    """A hub worker's morning: a divert, what is held and by whom, and two hubs that misbehaved."""
    told.story(4, "A hub worker starts the day")
    told.say("A form says that a child may be suffering harm. It overtakes everything, whatever the family agreed to.")
    told.sent[17] = await _enquiry(stage, "harm")
    told.sees(_receipt(told.sent[17].receipt), number=17)
    diverted = await until_settled(stage, told.sent[17])
    told.sees(f"To acknowledge it: {owner_of(stage, told.sent[17], diverted)}.", diverted["emergency"])
    told.say("13 has arrived too, its warnings first. It says that something was left out and whom to ask, never what.")
    told.sees(*_warnings(stage, told.sent[13]), number=13)
    told.say("What is held or returned rests with somebody, and has a time.")
    for number in (number for number, expected in EXPECTED.items() if expected.decided in ("hold", "return")):
        sent = told.sent[number]
        told.sees(owner_of(stage, sent, await stage.get(sent.sender, sent.receipt["status"])), number=number)
    told.say("The system of Hull's West hub comes back. Nobody has to press anything.")
    west, north = stage.hubs["hull", "locality_west"], stage.hubs["hull", "locality_north"]
    await west.up()
    told.sees(*_attempts(await until_settled(stage, told.sent[5])), number=5)
    told.say("North's system answered 200 with a web page, which confirms nothing. The same message went again.")
    told.sees(*_attempts(await until_settled(stage, told.sent[10])), number=10)
    once = len(north.arrivals) == 2 and list(north.effects.values()) == [1]
    told.claim(once, "Both tries carried the same id, so the hub's system took it in once.")
    never = not any(told.sent[11].receipt["referral"].encode() in arrival.body for arrival in west.arrivals)
    told.claim(never, "11, which the family took back, never arrived anywhere.")


async def _repeats(stage: Stage, told: Telling, bundle: bytes, first: httpx2.Response) -> None:
    told.say("The line drops, so the school's system sends the same zip again under the same key.")
    again = await stage.post("school", _SCHOOL, bundle, "application/zip", "monday")
    same = again.headers.get("idempotency-replayed") == "true" and again.content == first.content
    told.sent[8] = Sent("school", again.status_code, again.json()["receipts"][0], replayed=same)
    told.sees("The same three receipts. Nothing was taken in twice.", number=8)
    told.say("It then uses that key for another file, by mistake.")
    other = await stage.post("school", _SCHOOL, bundle + b"\0", "application/zip", "monday")
    told.sent[9] = Sent("school", other.status_code, other.json())
    told.sees(f"{other.json()['title']}. {other.json()['detail']}", number=9)


async def _withdrawal(stage: Stage, told: Telling) -> None:
    told.sent[11] = await _referral(stage, text_of("hull_referrals/withdrawn.json", stage.today), "thursday")
    await until_tried(stage, told.sent[11])
    told.say("The last request is for West too. Before West is back, the mother changes her mind.")
    told.sees(_receipt(told.sent[11].receipt), number=11)
    withdrawn = await stage.post("school", f"{told.sent[11].receipt['status']}/withdrawal", b"{}")
    told.sees(withdrawn.json()["say"], number=11)
    if withdrawn.json()["already_sent_to"]:
        told.wrong.append("Nothing of 11 had left, and the school was told that it may have.")


async def _referral(stage: Stage, text: str, key: str) -> Sent:
    answer = await stage.post("school", "/v1/referrals", text.encode(), key=key)
    return Sent("school", answer.status_code, answer.json()["receipts"][0])


async def _enquiry(stage: Stage, name: str) -> Sent:
    sender: SenderName = "tower_hamlets"
    text = text_of(f"tower_hamlets_enquiries/{name}.json", stage.today)
    answer = await stage.post(sender, _FORM, text.encode(), key=json.loads(text)["submission_reference"])
    return Sent(sender, answer.status_code, answer.json()["receipts"][0])


def _misspelt(stage: Stage) -> str:
    """What `gateway check` says of a copy of the mappings in which one name is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "mappings"
        shutil.copytree(stage.gateway.catalogue.root, copy)
        mapping = copy / "sources" / "liquidlogic" / "leicester_step_down.yaml"
        text = mapping.read_text(encoding="utf-8")
        mapping.write_text(text.replace("to: step_down.rationale", "to: step_down.rationalle"), encoding="utf-8")
        return "; ".join(told_fault(fault).replace(f"{mapping.parent}/", "") for fault in check_all(copy))


def _ledger(preview: dict[str, Any]) -> str:
    ledgers = [record["ledger"] for record in preview["records"] if "ledger" in record]
    states = ("leaves", "mapped", "translated", "ignored")
    of = {state: sum(ledger.get(state, 0) for ledger in ledgers) for state in states}
    return (
        f"Of {of['leaves']} values, {of['mapped']} are taken as they are, {of['translated']} translated, "
        f"{of['ignored']} left out for a written reason, {_left_over(preview)} left over."
    )


def _left_over(preview: dict[str, Any]) -> int:
    return sum(len(record["ledger"]["unmapped_at"]) for record in preview["records"] if "ledger" in record)


def _receipt(receipt: dict[str, Any]) -> str:
    """A receipt as its sender reads it."""
    if receipt["state"] == "rejected":
        fault = receipt["errors"][0]
        return f"Not accepted. {fault['position']}: expected {fault['expected']}. {fault['remedy']}"
    return " ".join(dict.fromkeys(decision["say"] for decision in receipt["decisions"]))


def _warnings(stage: Stage, sent: Sent) -> list[str]:
    """What a hub reads first of one referral, if it has arrived."""
    bodies = [json.loads(arrival.body) for arrival in stage.hubs["tower_hamlets", "ehh"].arrivals]
    arrived = [body for body in bodies if body["reference"] == sent.receipt["referral"]]
    return [line for body in arrived[:1] for line in (*body["flags"], body["withheld"])]


def _attempts(status: dict[str, Any]) -> list[str]:
    tries = [event["say"] for event in status["timeline"] if event["say"].startswith("Attempt")]
    return [*tries, *(delivery["say"] for delivery in status["deliveries"])]

"""Batches: a person's word for each child above ten, and long files in many transactions (settled 22, 26, 55)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from gateway.flows.access import identify
from gateway.flows.gateway import Gateway
from gateway.flows.submissions import accepting
from gateway.flows.submissions.intake import Confirmed, Sent, receive
from gateway.flows.submissions.receipts import as_json
from tests.flows.bundles import bundle, submit
from tests.running import JSON, LEICESTER, Door, counts, on_sqlite, rows

ELEVEN = bundle(*range(1, 12))
"""One child more than may come without a person's word."""


def asked(door: Door, content: bytes = ELEVEN) -> list[str]:
    """The tokens of the children that a person must confirm, in the order of the file."""
    response = submit(door, content)
    assert (response.status_code, response.json()["type"]) == (422, "/problems/not-confirmed")
    return [child["confirmation"] for child in response.json()["children"]]


def confirm(door: Door, *tokens: str, by: str = "Sam%20Okoro", content: bytes = ELEVEN, once: str = "first") -> Any:
    return submit(door, content, once, **{"confirmed-by": by, "confirmed-children": ", ".join(tokens)})


def states(response: Any) -> list[str]:
    return [receipt["state"] for receipt in response.json()["receipts"]]


def test_settled_55_ten_children_need_nobody_to_confirm_them(door: Door) -> None:
    assert states(submit(door, bundle(*range(1, 11)))) == ["accepted"] * 10


def test_settled_55_eleven_are_asked_about_and_nothing_is_made_of_them(door: Door) -> None:
    assert len(set(asked(door))) == 11
    after = counts(door.gateway)
    assert (after["referral"], after["submission"]) == (0, 0)


def test_that_a_person_was_asked_is_in_the_record(door: Door) -> None:
    asked(door)
    assert [row["type"] for row in rows(door.gateway, "entry")] == ["submission.unconfirmed"]


@on_sqlite
def test_the_question_names_positions_and_nobody(door: Door) -> None:
    response = submit(door, ELEVEN)
    assert all(set(child) == {"position", "confirmation"} for child in response.json()["children"])
    assert all(child["position"] for child in response.json()["children"])
    assert not [name for name in ("Fernsby", "Child1") if name in response.text]


def test_settled_55_only_the_children_that_are_confirmed_are_accepted(door: Door) -> None:
    tokens = asked(door)
    response = confirm(door, tokens[0], tokens[4])
    assert response.status_code == 202
    assert [place for place, state in enumerate(states(response)) if state == "accepted"] == [0, 4]
    assert set(states(response)) == {"accepted", "not_confirmed"}
    assert counts(door.gateway)["referral"] == 2


def test_who_confirmed_how_many_is_in_the_record(door: Door) -> None:
    tokens = asked(door)
    confirm(door, *tokens[:3])
    (entry,) = [row for row in rows(door.gateway, "entry") if row["type"] == "submission.confirmed"]
    (sections,) = [row for row in rows(door.gateway, "content") if row["id"] == entry["sections"]]
    said = {name: part["value"] for name, part in json.loads(bytes(sections["body"])).items()}
    assert '"by":"Sam Okoro"' in str(said["actors"])
    assert said["confirmation"] == '{"children":3,"of":11}'


def test_p5_the_same_confirmation_again_is_a_replay(door: Door) -> None:
    tokens = asked(door)
    first = confirm(door, *tokens[:3])
    before = counts(door.gateway)
    again = confirm(door, *tokens[:3])
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    assert counts(door.gateway) == before


def test_p5_a_repeat_without_the_confirmation_is_told_what_stands(door: Door) -> None:
    first = confirm(door, *asked(door))
    again = submit(door, ELEVEN)
    assert (again.status_code, again.content) == (202, first.content)


def test_children_may_be_confirmed_later_under_the_same_key(door: Door) -> None:
    tokens = asked(door)
    first, later = confirm(door, *tokens[:3]), confirm(door, *tokens[3:5])
    assert states(later) == ["accepted"] * 5 + ["not_confirmed"] * 6
    assert later.json()["receipts"][:3] == first.json()["receipts"][:3]
    assert counts(door.gateway)["referral"] == 5


@on_sqlite
def test_a_token_of_another_file_confirms_nobody(door: Door) -> None:
    tokens = asked(door, bundle(*range(1, 13)))
    response = confirm(door, *tokens)
    assert (response.status_code, counts(door.gateway)["referral"]) == (422, 0)


@on_sqlite
@pytest.mark.parametrize(("by", "given"), [("", "a"), ("Sam", ""), ("%00%00", "a")], ids=["nobody", "none", "controls"])
def test_a_confirmation_names_a_person_and_children(door: Door, by: str, given: str) -> None:
    response = confirm(door, given, by=by)
    assert (response.status_code, "Confirmed-" in response.json()["detail"]) == (400, True)


@on_sqlite
def test_a_thousand_records_are_the_most(door: Door) -> None:
    response = submit(door, bundle(*range(1, 1_002)))
    assert (response.status_code, "More than 1,000 records" in response.json()["detail"]) == (422, True)


# In many transactions ------------------------------------------------------------------------------------------------


def test_settled_26_a_long_file_is_written_in_chunks_and_answered_once(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = asked(door)
    monkeypatch.setattr(accepting, "CHUNK", 4)
    response = confirm(door, *tokens)
    assert states(response) == ["accepted"] * 11
    assert len([row for row in rows(door.gateway, "entry") if row["type"] == "submission.confirmed"]) == 3
    (submission,) = rows(door.gateway, "submission")
    assert (submission["state"], bytes(submission["answer"])) == ("accepted", response.content)


def leicester(gateway: Gateway, tokens: list[str]) -> Sent:
    caller = identify(gateway.callers, f"Bearer {LEICESTER}")
    confirmed = Confirmed("Sam Okoro", frozenset(tokens))
    return Sent(caller, "leicester", "liquidlogic", "first", ELEVEN, JSON, "", confirmed)


def test_settled_22_a_half_done_batch_resumes_with_the_same_ids(
    gateway: Gateway, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = leicester(gateway, asked(door))
    monkeypatch.setattr(accepting, "CHUNK", 1)

    async def killed() -> None:
        task = asyncio.ensure_future(receive(gateway, sent))
        while counts(gateway)["referral"] < 2:
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(killed())
    half = {row["id"] for row in rows(gateway, "referral")}
    (submission,) = rows(gateway, "submission")
    assert (submission["state"], 2 <= len(half) < 11) == ("running", True)
    answer = asyncio.run(receive(gateway, sent))
    told = json.loads(answer.body)["receipts"]
    assert [receipt["state"] for receipt in told] == ["accepted"] * 11
    assert half < {receipt["referral"] for receipt in told} == {row["id"] for row in rows(gateway, "referral")}


def test_settled_22_twins_of_a_long_file_make_each_referral_once(
    gateway: Gateway, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = leicester(gateway, asked(door))
    monkeypatch.setattr(accepting, "CHUNK", 3)

    async def twins() -> set[bytes]:
        return {answer.body for answer in await asyncio.gather(*(receive(gateway, sent) for _ in range(4)))}

    (body,) = asyncio.run(twins())
    assert as_json(json.loads(body)) == body
    assert counts(gateway)["referral"] == 11

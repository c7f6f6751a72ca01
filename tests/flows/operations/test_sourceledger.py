"""What each source sent lately is counted by place and question, on both stores, and no answer is ever in it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import yaml

from contracts.errors import NotFound, NotYourRole
from gateway.demo.sending import text_of
from gateway.flows.acting import acting
from gateway.flows.operations import sourceledger
from gateway.flows.operations.sourceledger import SourceLedger, Sources
from gateway.flows.operations.suggesting import suggestion
from gateway.path.calendar import day_of
from tests.running import FORMS, JSON, Door, a_hull_referral

COUNCIL, FORM = "tower_hamlets", "govuk_forms"
ADMIN = ("owen.tarn", "council_admin")
NEW = {"question_id": "mornings", "question_text": "Anything about mornings?", "answer_text": "Zqcanary"}


def a_form(door: Door, once: str, *more: dict[str, str], **changed: Any) -> bytes:
    form = json.loads(text_of("tower_hamlets_enquiries/shared.json", day_of(door.gateway.now())))
    form["answers"] = [one | changed.get(one["question_id"], {}) for one in form["answers"]] + list(more)
    return json.dumps(form | {"submission_reference": once}).encode()


@pytest.fixture
def told(door: Door) -> Door:
    """Two enquiries with a new question, one of them with a question under another id, and one that is no form."""
    renamed = {"question_id": "enquirers_role"}
    for once, content in (("A", a_form(door, "A", NEW)), ("B", a_form(door, "B", NEW, enquirer_role=renamed))):
        answer = door.submit(FORM, content, kind=JSON, once=once, key=FORMS)
        assert answer.status_code == 202, answer.text
    assert door.submit(FORM, b'{"answers": 7}', kind=JSON, once="C", key=FORMS).status_code >= 400
    return door


def found(door: Door, who: tuple[str, str] = ADMIN, council: str = COUNCIL) -> Sources:
    person = acting(door.gateway.council(council), *who)
    return asyncio.run(sourceledger.sources(door.gateway, person))


def ledger(door: Door) -> SourceLedger:
    return found(door).sources[FORM]


def test_settled_37_what_nobody_maps_is_counted_with_its_question_and_no_answer(told: Door) -> None:
    one = ledger(told)
    place = one.unmapped["/answers/mornings/answer_text"]
    assert (one.records, place.asked, place.many) == (2, "Anything about mornings?", 2)
    assert "Zqcanary" not in repr(one)
    assert sum(many for _, many, _ in one.shares) == sum(one.states.values()) > 100


def test_settled_37_a_question_under_another_name_is_laid_beside_the_row_it_may_be(door: Door) -> None:
    content = a_form(door, "B", enquirer_role={"question_id": "enquirers_role"})
    assert door.submit(FORM, content, kind=JSON, once="B", key=FORMS).status_code == 202
    one = ledger(door)
    assert one.unmapped["/answers/enquirers_role/answer_text"].near == "/answers/enquirer_role/answer_text"


def test_what_failed_is_counted_by_place_and_remedy_and_for_its_sender(told: Door) -> None:
    ((expected, place, remedy), many), *_ = ledger(told).rejected.most_common()
    assert (many, bool(expected), bool(remedy)) == (1, True, True)
    assert not any(letter.isdigit() for letter in place)
    sender = found(told).senders[0]
    assert (sum(sender.came), sum(sender.rejected)) == (3, 1)


def test_a_row_of_a_file_that_failed_is_counted_though_the_others_went_in(door: Door) -> None:
    wrong = a_form(door, "D", harm={"answer_text": "Perhaps, in a way"})
    assert door.submit(FORM, wrong, kind=JSON, once="D", key=FORMS).status_code == 202
    one = ledger(door)
    assert any(pointer == "/answers/harm/answer_text" for pointer, _ in one.codes)
    assert "Perhaps" not in repr(one)


def test_what_an_analyst_may_add_is_yaml_that_says_where_and_never_what(told: Door) -> None:
    text = suggestion(ledger(told), told.gateway, COUNCIL)
    rows = yaml.safe_load(text)["fields"]
    assert {"to": None, "from": "/answers/mornings/answer_text"} in rows
    assert "Zqcanary" not in text


def test_another_councils_sources_are_not_counted(told: Door) -> None:
    told.accepted(a_hull_referral())
    admin = told.gateway.council("hull").roles["council_admin"].people[0]
    hull = found(told, (admin, "council_admin"), "hull")
    assert [(name, one.records) for name, one in hull.sources.items() if one.records] == [("canonical", 1)]
    assert hull.sources["canonical"].shares == ()


def test_a_source_that_nobody_is_registered_for_is_not_there_and_a_hub_worker_sees_none(door: Door) -> None:
    council = door.gateway.council(COUNCIL)
    with pytest.raises(NotFound):
        asyncio.run(sourceledger.source(door.gateway, acting(council, *ADMIN), "nothing"))
    with pytest.raises(NotYourRole):
        found(door, ("amara.lund", "hub_duty"))

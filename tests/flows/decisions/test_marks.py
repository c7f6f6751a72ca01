"""A sender's own words stand in no entry of the record: what is no code of ours is named by its mark."""

from __future__ import annotations

import json
from typing import Any

from gateway.flows.decisions.marks import coded, marked
from gateway.flows.gateway import Gateway
from tests.builders import an_agreement
from tests.running import Door, a_hull_referral, rows

CANARY = "Xylomancy"
"""A family's name, in every place where a sender writes a code or a number of its own."""

FREE: dict[str, Any] = {
    "source": {"system": CANARY, "form": f"form_{CANARY}", "record_id": f"T-{CANARY}"},
    "needs": [{"code": f"need_{CANARY}"}, {"code": "attendance"}],
    "level": {"canonical": f"level_{CANARY}", "council_label": CANARY},
    "agreements": [
        an_agreement(
            capacity=f"aunt_{CANARY}",
            form_version=f"Form of {CANARY}",
            scope={"categories": [f"all_but_{CANARY}"], "purposes": [f"for_{CANARY}", "request"]},
        )
    ],
    "informed": [{"who": f"uncle_{CANARY}", "told": False, "reason_code": f"fear_of_{CANARY}"}],
    "notices": [{"given": True, "version": f"version {CANARY}"}],
    "requested_services": [{"code": f"club_{CANARY}"}],
    "attachments": [{"sha256": f"{CANARY} consent", "kind": f"letter_{CANARY}", "media_type": f"text/{CANARY}"}],
    "assessments": [{"kind": f"star_{CANARY}"}],
    "statutory_duties": [{"code": f"duty_{CANARY}"}],
    "programme_strands": [f"strand_{CANARY}"],
}


def sections(gateway: Gateway) -> list[str]:
    return [bytes(row["body"]).decode() for row in rows(gateway, "content") if row["kind"] == "sections"]


def test_no_word_of_a_senders_own_gets_into_the_record(door: Door) -> None:
    door.accepted(a_hull_referral(**FREE))
    kept = sections(door.gateway)
    assert kept
    assert [text for text in kept if CANARY in text] == []
    assert [row for name in ("entry", "decision") for row in rows(door.gateway, name) if CANARY in str(row)] == []


def test_what_is_a_code_of_ours_stands_as_it_is(door: Door) -> None:
    door.accepted(a_hull_referral(agreements=[an_agreement(scope={"purposes": ["request"]})]))
    said = json.loads(sections(door.gateway)[0])
    request, agreement = (json.loads(said[name]["value"]) for name in ("request", "agreement"))
    assert request["needs"] == ["attendance"]
    assert request["service"] == "hu_parenting_support"
    assert (request["source"]["system"], request["source"]["form"]) == ("canonical", "")
    assert (agreement["agreements"][0]["capacity"], agreement["agreements"][0]["purposes"]) == ("parent", ["request"])


def test_two_words_have_one_mark_where_they_are_one(door: Door) -> None:
    keys = door.gateway.keys["hull"]
    assert marked(keys, CANARY) == coded(keys, CANARY, ("parent",)) != marked(keys, CANARY.lower())
    assert marked(keys, CANARY) != marked(door.gateway.keys["derby"], CANARY)
    assert (coded(keys, "parent", ("parent",)), coded(keys, "", ())) == ("parent", "")

"""A person who asks gets what is theirs, where it went and why; what is others' waits for a reviewer (TH-C24)."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from datetime import date
from typing import Any

import pytest

from contracts.errors import NoSuchAnswer, NotFound, NotYourRole
from gateway.flows.acting import acting
from gateway.flows.data_protection.subjectaccess import MADE, day_of, pack
from tests.flows.desks import HUB, IG, REASON
from tests.running import Door, a_hull_referral, rows

BORN = date(2017, 3, 14)


def asked(door: Door, who: tuple[str, str] = IG, born: date = BORN, **more: Any) -> tuple[dict[str, Any], str]:
    child = a_hull_referral()["people"][0]
    name = f"{child['first_name']} {child['surname']}"
    person = acting(door.gateway.council("hull"), *who)
    zipped = asyncio.run(pack(door.gateway, person, name, born, more.pop("reason", REASON), **more))
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        return json.loads(archive.read("pack.json")), archive.read("pack.html").decode()


def born() -> date:
    return date.fromisoformat(a_hull_referral()["people"][0]["date_of_birth"])


def test_TH_C24_the_pack_tells_where_it_came_from_where_it_went_and_what_is_theirs(door: Door) -> None:
    referral = door.accepted()
    told, page = asked(door, born=born())
    (one,) = told["requests"]
    assert (one["reference"], one["purpose"], one["recipients"][0]["what"]) == (referral, "request", "referral")
    assert one["decisions"][0]["basis"]
    assert one["kept_for"]["request"] == "30 days after the last message about it arrived"
    assert [value["first_name"] for value in one["about_you"].values()] == ["Maya"]
    assert "Maya" in page


def test_TH_C24_nothing_of_anybody_else_is_in_it_until_a_reviewer_opens_it(door: Door) -> None:
    referral = door.accepted()
    mother = a_hull_referral()["people"][1]
    told, page = asked(door, born=born())
    assert f"{referral}/people/1" in told["requests"][0]["waits_for_review"]
    for words in (mother["first_name"], "Sam Okoro", "late most mornings"):
        assert words not in json.dumps(told) + page
    opened, _ = asked(door, born=born(), opened=[f"{referral}/people/1"])
    assert opened["requests"][0]["opened_by_a_reviewer"]["/people/1"]["first_name"] == mother["first_name"]


def test_TH_C24_every_pack_is_recorded_at_each_request_it_tells_of(door: Door) -> None:
    referral = door.accepted()
    asked(door, born=born())
    assert [row["referral"] for row in rows(door.gateway, "entry") if row["type"] == MADE] == [referral]


def test_TH_C24_only_whoever_oversees_makes_one_and_says_why(door: Door) -> None:
    door.accepted()
    with pytest.raises(NotYourRole):
        asked(door, HUB)
    with pytest.raises(NoSuchAnswer):
        asked(door, reason="")
    with pytest.raises(NotFound):
        asked(door, born=date(1999, 1, 1))


def test_a_day_is_read_as_people_write_it() -> None:
    assert day_of("14/03/2017") == day_of("2017-03-14") == BORN
    with pytest.raises(NoSuchAnswer):
        day_of("March")

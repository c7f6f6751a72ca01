"""A request that was sent is put right on the council's own form: what nobody changed goes again as it went."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from contracts.errors import InvalidReferral, NoSuchAnswer, NotAllowed, NotFound, NotYourRole
from gateway.flows.acting import Acting
from gateway.flows.senders import correcting, drafts, enquiries, ownreading, owntelling
from gateway.path.household import on_page
from gateway.path.typed import Typed
from tests.builders import a_child, a_mother
from tests.flows.owners import WHY, person, run, stranger
from tests.flows.returned import sent, status, tell
from tests.flows.senders.test_enquiries import entries, keep
from tests.running import HULL, Door, a_hull_referral, on_sqlite, rows

SPELLING: Typed = {"people-first_name": ("Maia",)}
BEYOND: dict[str, Any] = {
    "people": [
        a_child(roles=["child", "other"], health="Zqhealthq.", ethnicity="WBRI")
        | {"addresses": [{"lines": ["1 Invented Row"]}, {"lines": ["2 Invented Row"], "postcode": "HU1 1AA"}]},
        a_mother(),
    ],
    "agreements": [
        {
            "giver": "mother",
            "capacity": "parent",
            "holds_parental_responsibility": True,
            "status": "given",
            "form": "signed",
            "on_date": "2026-10-19",
            "informed_of": "What Early Help is.",
            "scope": {"agencies": []},
        }
    ],
    "requested_services": [
        {"code": "hu_parenting_support", "as_stated": "Parenting"},
        {"code": "zq_of_another_council"},
    ],
    "other_answers": [{"question": "Zq?", "answer": "Zqansweredq."}, {"question": "Zq more?", "answer": "Yes."}],
    "criminal": "Zqcriminalq.",
    "reason": "One line.\n\n  Another, indented.",
}
"""What no page of Hull's form shows, or shows in part: a second role and address, nobody chosen, a foreign code."""


def begun(door: Door, referral: str, who: Acting | None = None) -> drafts.Draft:
    lead = who or person(door.gateway)
    return run(drafts.draft(door.gateway, lead, run(correcting.begin(door.gateway, lead, referral, WHY))))


def of_child(door: Door, draft: drafts.Draft, typed: Typed) -> enquiries.Saved:
    """Save this over what the child's page holds, as a browser sends the whole page back."""
    lead = person(door.gateway)
    shown = enquiries.opened(door.gateway, lead, draft, "part-3", draft.document["people"][0]["id"])
    whole = {**shown.typed, **typed}
    return run(keep(door.gateway, lead, draft.id, "part-3", whole, draft.document["people"][0]["id"]))


def test_a_corrected_request_is_the_next_version_and_says_which_places_changed(door: Door) -> None:
    referral, _ = sent(door)
    lead, draft = person(door.gateway), begun(door, referral)
    assert of_child(door, draft, SPELLING).wrong == ()
    assert "superseded_by" not in status(door, referral)
    newer = run(enquiries.send(door.gateway, lead, draft.id))
    assert newer == draft.reference
    assert run(enquiries.send(door.gateway, lead, draft.id)) == newer, "sent twice, it is one version"
    assert status(door, referral)["superseded_by"] == newer
    (said,) = entries(door.gateway, correcting.SENT)
    assert (said["human"]["by"], said["human"]["places"]) == (lead.name, ["/people/0/first_name"])
    with pytest.raises(NoSuchAnswer, match="newer version"):
        begun(door, referral)


@on_sqlite
def test_what_the_form_does_not_ask_or_shows_in_part_goes_again_to_the_byte(door: Door) -> None:
    """Every page is opened and saved as it was shown, and one name is changed."""
    referral = door.accepted(a_hull_referral(**BEYOND))
    lead, draft = person(door.gateway), begun(door, referral)
    before = draft.document
    pages = enquiries.pages(door.gateway, lead, before)
    for page in pages:
        for one in on_page(before, page, pages) if page.people else [{"id": ""}]:
            shown = enquiries.opened(door.gateway, lead, draft, page.name, one["id"])
            saved = run(keep(door.gateway, lead, draft.id, page.name, as_a_browser(shown.typed), one["id"]))
            assert (saved.wrong, saved.draft.document) == ((), before), page.title
    of_child(door, draft, SPELLING)
    newer = run(enquiries.send(door.gateway, lead, draft.id))
    kept = {
        row["id"]: orjson.loads(row["body"])["referral"]
        for row in rows(door.gateway, "content")
        if row["kind"] == "filed"
    }
    filed = {row["id"]: kept[row["filed"]] for row in rows(door.gateway, "referral")}
    filed[referral]["people"][0]["first_name"] = "Maia"
    assert filed[newer] == filed[referral] | {"corrects": referral}


def as_a_browser(typed: Typed) -> Typed:
    """What comes back of it: lines end otherwise."""
    return {name: tuple(one.replace("\n", "\r\n") for one in values) for name, values in typed.items()}


@on_sqlite
def test_what_is_changed_is_told_in_the_forms_own_words_before_it_is_sent(door: Door) -> None:
    referral, _ = sent(door)
    lead, draft = person(door.gateway), begun(door, referral)
    of_child(door, draft, SPELLING)
    draft = run(drafts.draft(door.gateway, lead, draft.id))
    pages = enquiries.pages(door.gateway, lead, draft.document)
    (told,) = run(correcting.changes(door.gateway, lead, draft, pages))
    assert (told.before, told.after) == ("Maya", "Maia")
    assert "First name" in told.label
    assert [one.outcome for one in run(enquiries.looked_at(door.gateway, lead, draft)).would] == ["share"]


@on_sqlite
def test_nothing_goes_where_nothing_is_changed_or_a_day_is_none(door: Door) -> None:
    referral = door.accepted(a_hull_referral(people=[a_child(date_of_birth=None), a_mother()]))
    lead, draft = person(door.gateway), begun(door, referral)
    with pytest.raises(NoSuchAnswer, match="Nothing is changed"):
        run(enquiries.send(door.gateway, lead, draft.id))
    day = {f"people-date_of_birth-{part}": (text,) for part, text in (("day", "31"), ("month", "2"), ("year", "2017"))}
    (wrong,) = of_child(door, draft, day).wrong
    assert wrong.say == "Date of birth must be a real date, such as 27 3 2015."
    of_child(door, draft, day | {"people-date_of_birth-day": ("14",)})
    newer = run(enquiries.send(door.gateway, lead, draft.id))
    assert json.dumps(status(door, referral)).count(newer) == 1


@on_sqlite
def test_a_newer_version_that_came_meanwhile_is_not_overwritten(door: Door) -> None:
    referral, _ = sent(door)
    lead, draft = person(door.gateway), begun(door, referral)
    of_child(door, draft, SPELLING)
    corrected = a_hull_referral(reason="Late on Mondays only.")
    tell(door, f"/v1/referrals/{referral}/correction", corrected, key=HULL)
    assert "superseded_by" in status(door, referral)
    with pytest.raises(NoSuchAnswer, match="newer version"):
        run(enquiries.send(door.gateway, lead, draft.id))


@on_sqlite
def test_a_correction_that_was_begun_is_gone_on_with_by_whoever_says_why(door: Door) -> None:
    referral, _ = sent(door)
    deputy, first = person(door.gateway, "deputy"), begun(door, referral)
    assert begun(door, referral, deputy).id == first.id
    readers = [one["reader"]["by"] for one in entries(door.gateway, "content.read")]
    assert readers == [person(door.gateway).name, deputy.name]
    with pytest.raises(NoSuchAnswer):
        run(correcting.begin(door.gateway, deputy, referral, ""))


@on_sqlite
def test_nobody_else_opens_a_request_to_correct_it_and_the_office_sends_none(door: Door) -> None:
    referral, _ = sent(door)
    office = person(door.gateway, "office")
    with pytest.raises(NotYourRole):
        run(correcting.begin(door.gateway, office, referral, WHY))
    with pytest.raises((NotFound, NotAllowed)):
        run(correcting.begin(door.gateway, stranger(door.gateway), referral, WHY))
    draft = begun(door, referral)
    run(drafts.open_it(door.gateway, office, draft.id))
    with pytest.raises(NotYourRole):
        run(enquiries.send(door.gateway, office, draft.id))


@on_sqlite
def test_nobody_who_was_in_it_before_makes_it_another_familys(door: Door) -> None:
    referral, _ = sent(door)
    lead, draft = person(door.gateway), begun(door, referral)
    for one in draft.document["people"]:
        run(enquiries.remove(door.gateway, lead, draft.id, one["id"]))
    child: Typed = {"people-first_name": ("Zq",), "people-surname": ("Zqotherq",), "people-roles": ("child",)}
    run(keep(door.gateway, lead, draft.id, "part-3", child, enquiries.NEW))
    with pytest.raises(InvalidReferral, match="Nobody in this was in the referral it corrects"):
        run(enquiries.send(door.gateway, lead, draft.id))


@on_sqlite
def test_what_the_family_said_later_stands_once_in_a_corrected_request(door: Door) -> None:
    referral, lead = door.accepted(), person(door.gateway)
    run(owntelling.withdraw(door.gateway, lead, referral, "Her mother rang us this morning."))
    draft = begun(door, referral)
    of_child(door, draft, SPELLING)
    newer = run(enquiries.send(door.gateway, lead, draft.id))
    found = run(ownreading.opened(door.gateway, lead, newer, WHY))
    assert [one["status"] for one in found["referral"]["agreements"]] == ["given", "withdrawn"]
    assert status(door, newer)["deliveries"] == []

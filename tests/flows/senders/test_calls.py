"""A request by telephone: the council's own people write down what a caller says, and both are recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import orjson
import pytest

from contracts.errors import NoSuchAnswer, NotFound, NotYourRole
from gateway.flows.acting import Acting, acting
from gateway.flows.gateway import Gateway
from gateway.flows.senders import callletter, calls, drafts, enquiries
from gateway.path.calendar import day_of
from gateway.path.typed import Typed
from tests.flows.senders.test_enquiries import CHILD, MOTHER, entries, keep, refuses, run, someone
from tests.running import on_sqlite, rows

OFFICER = ("ines.pike", "front_door")
WORKER = ("bram.ellis", "hub_duty")
SAID: Typed = {
    "agreements-0-giver": ("person-2",),
    "agreements-0-capacity": ("parent",),
    "agreements-0-holds_parental_responsibility": ("yes",),
    "agreements-0-status": ("given",),
}


def officer(gateway: Gateway, who: tuple[str, str] = OFFICER, council: str = "hull") -> Acting:
    """Somebody of the council, as they write for a caller."""
    return calls.writing(acting(gateway.council(council), *who))


def page_of(gateway: Gateway, who: Acting, question: str) -> str:
    """The part of the council's form that asks this."""
    pages = enquiries.pages(gateway, who, {"purpose": "request"})
    return next(page.name for page in pages if any(one.name == question for one in page.questions))


async def taken(gateway: Gateway, who: Acting, kind: str = "family_self", **changes: Typed) -> str:
    """A mother's call about her own child, filled in on Hull's form."""
    name = await enquiries.begin(gateway, who, kind)
    caller: Typed = {
        "referrer-kind": (kind,),
        "referrer-name": ("Zqjoanz Zqfernsbyz",),
        "referrer-phone": ("07700 900123",),
    }
    pages: list[tuple[str, Typed, str]] = [
        ("part-0", {"harm-level": ("none_declared",)}, ""),
        (page_of(gateway, who, "referrer-name"), caller, ""),
        ("part-1", {"requested_services-code": ("hu_parenting_support",), "family-locality": ("west",)}, ""),
        ("part-3", CHILD, "new"),
        ("part-4", MOTHER, "new"),
        ("part-5", {"relationships-person-2-person-1": ("PAM",)}, ""),
        ("part-6", {"reason": ("Zqreasonz, late most mornings.",), "needs-0-code": ("attendance",)}, ""),
        ("part-7", SAID, ""),
    ]
    for page, typed, person in pages:
        saved = await keep(gateway, who, name, page, {**typed, **changes.get(page.replace("-", "_"), {})}, person)
        assert saved.wrong == (), (page, [one.say for one in saved.wrong])
    return name


def filed(gateway: Gateway) -> dict[str, Any]:
    (body,) = [orjson.loads(row["body"]) for row in rows(gateway, "content") if row["kind"] == "filed"]
    referral: dict[str, Any] = body["referral"]
    return referral


def test_who_rang_and_who_wrote_it_down_both_stand_in_the_request_and_the_record(gateway: Gateway) -> None:
    who = officer(gateway)
    name = run(taken(gateway, who))
    run(enquiries.send(gateway, who, name))
    referral = filed(gateway)
    assert referral["referrer"]["name"] == "Zqjoanz Zqfernsbyz"
    assert referral["referrer"]["kind"] == "family_self"
    (heard,) = referral["provenance"]
    assert heard["by"] == "ines.pike, EHASH duty social worker"
    assert heard["copied_from"].startswith("A telephone call, answered on")
    (said,) = entries(gateway, "call.sent")
    told = said["enquiry"]
    assert isinstance(told, dict)
    assert (told["caller"], told["heard_by"], told["sent_by"]) == ("family_self", "ines.pike", "ines.pike")
    assert "Zq" not in json.dumps(said), "the record's entry names nobody of a family"
    (row,) = rows(gateway, "referral")
    assert row["sender"] == "telephone"


def test_settled_41_a_familys_own_call_is_shared_and_its_yes_is_by_word_of_mouth(gateway: Gateway) -> None:
    who = officer(gateway)
    run(enquiries.send(gateway, who, run(taken(gateway, who))))
    (agreement,) = filed(gateway)["agreements"]
    day = day_of(gateway.now())
    assert (agreement["form"], agreement["on_date"]) == ("verbal", day.isoformat())
    assert agreement["as_stated"].startswith("As the caller told ines.pike, EHASH duty social worker, by telephone on")
    assert [row["outcome"] for row in rows(gateway, "decision")] == ["share"]


@on_sqlite
def test_what_a_professional_says_of_a_familys_yes_is_not_made_into_one(gateway: Gateway) -> None:
    """How the family said it, and when, nobody heard: that stays open, and the rules ask for it."""
    who = officer(gateway)
    name = run(taken(gateway, who, "professional"))
    (agreement,) = run(drafts.draft(gateway, who, name)).document["agreements"]
    assert not {"form", "on_date", "as_stated"} & set(agreement)
    spoken = SAID | {"agreements-0-form": ("verbal",)}
    document = run(keep(gateway, who, name, "part-7", spoken)).draft.document
    assert "As the caller told ines.pike" in document["agreements"][0]["as_stated"]
    document = run(keep(gateway, who, name, "part-7", SAID | {"agreements-0-form": ("signed",)})).draft.document
    assert "as_stated" not in document["agreements"][0]


@on_sqlite
def test_th_c05_what_is_said_by_telephone_takes_no_signatures_place(gateway: Gateway) -> None:
    """Tower Hamlets asks for a signed form: a professional's call waits for it, a family's own does not."""
    people = gateway.council("tower_hamlets").roles["front_door"].people
    who = officer(gateway, (people[0], "front_door"), "tower_hamlets")

    async def outcomes(kind: str) -> list[str]:
        name = await enquiries.begin(gateway, who, kind)
        pages = {page.title: page for page in enquiries.pages(gateway, who, {"purpose": "request"})}
        for page in pages.values():
            names = {one.name for one in page.questions}
            if page.people:
                somebody = CHILD if "child" in page.roles else MOTHER if not page.roles else {}
                if somebody:
                    await keep(gateway, who, name, page.name, somebody, "new")
            elif "harm-level" in names:
                await keep(gateway, who, name, page.name, {"harm-level": ("none_declared",)})
        for page in pages.values():
            if any(one.name == "agreements-status" for one in page.questions):
                day = day_of(gateway.now())
                told = {f"agreements-0-on_date-{part}": (str(getattr(day, part)),) for part in ("day", "month", "year")}
                spoken = dict(SAID) | told | {"agreements-0-form": ("verbal",)}
                await keep(gateway, who, name, page.name, spoken)
        found = await enquiries.looked_at(gateway, who, await drafts.draft(gateway, who, name))
        return [f"{one.outcome} {one.say}" for one in found.would]

    professional, family = run(outcomes("professional")), run(outcomes("family_self"))
    assert "asks for the family's signature before an enquiry is sent" in professional[0]
    assert family == ["share It would go to Tower Hamlets Early Help Hub."]


@on_sqlite
def test_the_form_is_put_in_the_words_of_whoever_writes_down_a_call(gateway: Gateway) -> None:
    asked = {
        sender: {one.name: one.ask for page in enquiries.pages(gateway, who, {}) for one in page.questions}
        for sender, who in (("telephone", officer(gateway)), ("school", someone(gateway)))
    }
    assert asked["telephone"]["referrer-name"] == "The caller’s name"
    assert "referrer-kind" in asked["telephone"]
    assert asked["school"]["referrer-name"] == "Your name"
    assert not {"referrer-kind", "referrer-agency"} & set(asked["school"])


@on_sqlite
def test_nobody_of_the_council_but_those_named_for_it_writes_calls_down(gateway: Gateway) -> None:
    for who in (("ruth.lane", "ig_lead"), ("sunny.vale", "hub_manager")):
        with pytest.raises(NoSuchAnswer, match="has not said who writes down"):
            officer(gateway, who)
    kent = gateway.council("kent").roles["front_door"].people[0]
    with pytest.raises(NoSuchAnswer, match="Kent has not said"):
        officer(gateway, (kent, "front_door"), "kent")
    unknown = refuses(NoSuchAnswer, lambda: enquiries.begin(gateway, officer(gateway), "panel"))
    assert unknown == "Choose who is ringing."


@on_sqlite
def test_a_colleague_opens_what_was_written_down_only_once_the_record_says_so(gateway: Gateway) -> None:
    who, colleague = officer(gateway), officer(gateway, WORKER)
    name = run(taken(gateway, who))
    (row,) = run(drafts.listed(gateway, colleague))
    assert not row.mine
    run(drafts.open_it(gateway, colleague, name))
    run(enquiries.send(gateway, colleague, name))
    (said,) = entries(gateway, "call.sent")
    told = said["enquiry"]
    assert isinstance(told, dict)
    assert (told["heard_by"], told["sent_by"]) == ("ines.pike", "bram.ellis")
    assert run(drafts.listed(gateway, someone(gateway))) == [], "a school sees none of it"


@on_sqlite
def test_the_councils_document_may_name_another_door_for_a_caller(gateway: Gateway) -> None:
    door = calls.door_for(officer(gateway), "public")
    assert door is not None
    assert ("EHASH" in door.say, door.rules) == (True, ("HU-R01", "HU-R02"))
    assert calls.door_for(officer(gateway), "family_self") is None


@on_sqlite
def test_the_letter_says_what_they_asked_for_and_nothing_that_a_worker_feared(gateway: Gateway) -> None:
    who = officer(gateway)
    feared = {"harm-level": ("possible",), "harm-what_happened": ("Zqfearz.",), "staff_risk-what": ("Zqriskz.",)}
    name = run(taken(gateway, who, part_0=feared))
    assert refuses(NotFound, lambda: callletter.letter(gateway, who, name)).startswith("It has not been sent")
    reference = run(enquiries.send(gateway, who, name))
    letter = run(callletter.letter(gateway, who, name))
    told = repr(
        [[(label, [line.text for line in lines]) for label, lines in part.rows] for part in letter["asked_for"]]
    )
    assert letter["reference"] == reference
    assert "Zqreasonz" in told
    assert not any(word in told for word in ("Zqfearz", "Zqriskz", "4 Invented Row"))
    assert not letter["careful"]
    (said,) = entries(gateway, "content.read")
    reader = said["reader"]
    assert isinstance(reader, dict)
    assert (reader["by"], reader["purpose"]) == ("ines.pike", callletter.WHY)


@on_sqlite
@pytest.mark.parametrize(
    ("kind", "changes", "careful"),
    [
        ("public", {}, False),
        ("child_self", {}, True),
        ("family_self", {"part_4": {"people-safe_contact-do_not_write": ("yes",)}}, True),
        ("family_self", {"part_4": {"people-protection": ("do_not_inform",)}}, True),
    ],
)
def test_settled_40_a_letter_tells_the_public_nothing_and_warns_where_it_is_not_safe(
    gateway: Gateway, kind: str, changes: dict[str, Typed], careful: bool
) -> None:
    who = officer(gateway)
    name = run(taken(gateway, who, kind, **changes))
    run(enquiries.send(gateway, who, name))
    letter = run(callletter.letter(gateway, who, name))
    assert letter["careful"] is careful
    assert (letter["asked_for"] == ()) is (kind == "public")


@on_sqlite
def test_a_senders_own_people_make_no_such_letter(gateway: Gateway) -> None:
    lead = someone(gateway)
    name = run(enquiries.begin(gateway, lead))
    refuses(NotYourRole, lambda: callletter.letter(gateway, lead, name))


@on_sqlite
def test_another_child_of_the_same_call_says_too_who_wrote_it_down(gateway: Gateway) -> None:
    who = officer(gateway)
    name = run(taken(gateway, who))
    document = run(drafts.draft(gateway, who, run(enquiries.another(gateway, who, name)))).document
    assert document["provenance"][0]["by"].startswith("ines.pike")
    assert document["referrer"]["kind"] == "family_self"


@on_sqlite
def test_a_telephone_that_is_no_longer_registered_takes_no_calls(gateway: Gateway) -> None:
    hull = gateway.council("hull")
    ended = replace(hull.senders["telephone"], active=False)
    council = replace(hull, senders=dict(hull.senders) | {"telephone": ended})
    with pytest.raises(NoSuchAnswer):
        calls.writing(replace(acting(hull, *OFFICER), council=council))

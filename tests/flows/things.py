"""One thing of each kind that has a page of its own, all of them Hull's, and whose each of them is.

`WHOSE` is the table of relations: a page about one thing that no row of it stands for fails a test.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import insert, select

from contracts.audits import AUDITOR, Audit
from contracts.signin import SENDER_ROLES
from gateway.config.catalogue import Catalogue
from gateway.doors.pages.site import OPEN, PAGES
from gateway.doors.papers import PAPERS
from gateway.flows.access import OF_A_HUB, PEOPLE
from gateway.flows.acting import Acting, acting
from gateway.flows.data_protection import retaining, writingdown
from gateway.flows.data_protection.writingdown import Given
from gateway.flows.gateway import Gateway
from gateway.flows.oversight import asked, glass, papercodes, views
from gateway.flows.oversight.glass import Sought
from gateway.flows.policy import policybook, proposing
from gateway.flows.reports import exporting, making, signing
from gateway.flows.reports.sample import NAME as SAMPLE
from gateway.flows.senders import uploads
from gateway.path.calendar import LONDON, day_of
from gateway.store.chance import next_id
from gateway.store.tables import CLOCK, DECISION, DELIVERY
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.flows.reports.test_reports import asked as question_of
from tests.flows.returned import arrived, event
from tests.flows.senders.test_enquiries import written
from tests.flows.senders.test_uploads import school_zip
from tests.flows.submissions.test_documents import NAMED, put
from tests.running import Door, a_hull_referral, rows

T = TypeVar("T")
SCHOOL: Final = "invented_academy"
OTHER_SENDER: Final = "twin_academy"
"""A school of Hull with the same rights as the first: whatever keeps its people out is the relation alone."""
OTHER_HUB: Final = "eham_east"
"""A hub of Hull that none of the things has to do with."""
NOBODYS: Final = "0f" * 16
WHY: Final = "To find out who is let in, and who is not."
COUNCIL_ROLES: Final = sorted({role for pairs in PEOPLE.values() for role, _ in pairs} - set(SENDER_ROLES))
DAY: Final = 86_400_000

WHOSE: Final[Mapping[str, str]] = dict(
    line.split()
    for line in """
    /arrived/{id}              council
    /break-glass/codes/{sheet} council
    /break-glass/used/{id}     council
    /break-glass/{id}          person
    /children/{token}          council
    /deliveries/{id}           council
    /enquiries/{id}            sender
    /exports/{id}              council
    /going-live/papers/{name}  ours
    /holds/{id}                council
    /hubs/{hub}                council
    /hubs/{hub}/links/{id}     council
    /log/views/{view}          person
    /log/{id}                  council
    /notices/{id}              sender
    /policies/{digest}         council
    /reports/{name}            ours
    /reports/{name}/{id}       council
    /retention/lists/{id}      council
    /retention/{referral}      council
    /rights/{id}               council
    /sent/upload/{upload}      sender
    /sent/{id}                 sender
    /sources/{source}          ours
    /tasks/{id}                council
    /withdrawals/{referral}    council
    """.strip().splitlines()
)
"""The beginning of a page's address → whose the thing at its end is, for all pages that begin so.

council  of one council: its roles, as far as `PEOPLE` lets them
sender   of one sender: nobody else of that council's senders
person   of one person: nobody else in the same role
ours     a name of the product's own: there is one for everybody
"""


OF_HUBS: Final = {
    "/arrived/{id}",
    "/deliveries/{id}",
    "/holds/{id}",
    "/hubs/{hub}",
    "/hubs/{hub}/links/{id}",
    "/log/{id}",
    "/tasks/{id}",
}
"""Those of a council's things that one of its hubs has to do with: not there for whoever works for another only."""


OF_A_DAY: Final = {"/log/{id}", "/reports/{name}/{id}"}
"""Those of a council's things that are of some days: not there for an auditor of other days."""


def stem_of(path: str) -> str:
    """The row of `WHOSE` that a page's address belongs to. Raises KeyError for a page that nobody thought of."""
    found = [stem for stem in WHOSE if path == stem or path.startswith(f"{stem}/")]
    if not found:
        raise KeyError(path)
    return max(found, key=len)


ABOUT_ONE: Final = [row for row in PAGES if "{" in row[1] and row[2] not in OPEN]
"""Every page whose address names a thing."""


def peopled(catalogue: Catalogue) -> Catalogue:
    """Hull and Leicester with people in every role, and in those of two senders of Hull's and one of Leicester's.

    Nobody covers for another: a person is in one role. The third of Hull's in each works for one hub only, or audits
    days that are long over.
    """
    hull, leicester = catalogue.councils["hull"], catalogue.councils["leicester"]
    roles = {role: replace(hull.roles["hub_duty"], people=_people(role), cover="") for role in COUNCIL_ROLES}
    people = {role: _people(role) for role in SENDER_ROLES}
    school = replace(hull.senders[SCHOOL], people=people)
    sender = next(name for name, one in leicester.senders.items() if one.people)
    invited = {
        "hull": {SCHOOL: school, OTHER_SENDER: replace(school, sender=OTHER_SENDER, keys=())},
        "leicester": {sender: replace(leicester.senders[sender], people=people)},
    }
    audits = {
        f"{which}.{AUDITOR}": Audit(date.max, date(2000, 1, 1), date(to, 12, 31))
        for which, to in (("a", 2199), ("b", 2199), ("c", 2000))
    }
    changed = {
        one.name: replace(
            one, roles=dict(one.roles) | roles, senders=dict(one.senders) | invited[one.name], audits=audits
        )
        for one in (hull, leicester)
    }
    one_hub = {f"c.{role}": frozenset({OTHER_HUB}) for role in OF_A_HUB}
    changed["hull"] = replace(changed["hull"], works_for=one_hub)
    return replace(catalogue, councils=dict(catalogue.councils) | changed)


def _people(role: str) -> tuple[str, ...]:
    return tuple(f"{which}.{role}" for which in "abc")


def somebody(gateway: Gateway, role: str, council: str = "hull", sender: str = SCHOOL, which: str = "a") -> Acting:
    """The first of a role, as `b` the second, as `c` the one who works for another hub."""
    home = gateway.council(council)
    if role not in SENDER_ROLES:
        return acting(home, f"{which}.{role}", role, now=gateway.now())
    known = sender if council == "hull" else next(name for name, one in home.senders.items() if one.people)
    return acting(home, f"{which}.{role}", role, sender=known)


def done(work: Coroutine[Any, Any, T]) -> T:
    """Wait for it."""
    return asyncio.run(work)


Things = dict[str, dict[str, str]]
"""Row of `WHOSE` → what stands for each part of its pages' addresses; `another`: what stands in a form
or in the second part of an address."""


def planted(gateway: Gateway, document: Mapping[str, Any] | None = None) -> Things:
    """One thing for each row of `WHOSE`, made as somebody in Hull makes it. document: the request, a plain one for
    None."""
    document = dict(document or a_hull_referral(reason="Zqreasonzq is late."))
    things = _of_a_request(gateway, document) | _of_a_person(gateway, document) | _of_a_council(gateway, document)
    asked_for = things["/retention/{referral}"] | {"review": "2029-11-30", "reason": WHY}
    things["another"] |= done(retaining.hold(gateway, somebody(gateway, "ig_lead"), asked_for))
    return things


def _of_a_request(gateway: Gateway, document: dict[str, Any]) -> Things:
    door = Door(gateway)
    assert put(door).status_code == 201
    shared = door.accepted(document | NAMED, once="thing-shared")
    message = arrived(door, shared)
    event(door, message, "more_information_asked", words="Zqwordszq?")
    held = door.accepted(document | {"agreements": []}, once="thing-held")
    danger = door.accepted(document | {"harm": {"level": "significant"}}, once="thing-diverted")
    sibling = dict(document["people"][0]) | {"first_name": "Zqotherzq"}
    other = door.accepted(document | {"people": [sibling, *document["people"][1:]]}, once="thing-other")
    clocks = {(row["referral"], row["kind"].partition(":")[0]): row["id"] for row in rows(gateway, "clock")}
    decision = next(row["id"] for row in rows(gateway, "decision") if row["referral"] == shared)
    diverts = {row["referral"]: row["id"] for row in rows(gateway, "delivery") if row["kind"] == "divert"}
    tokens = {(row["referral"], row["kind"]): row["token"] for row in rows(gateway, "lookup")}
    sent_to = next(row["hub"] for row in rows(gateway, "delivery") if row["id"] == message)
    hub = min(set(gateway.council("hull").hubs) - set(gateway.council("leicester").hubs))
    return {
        "another": {"referral": other, "delivery": diverts[danger]},
        "/arrived/{id}": {"id": message},
        "/children/{token}": {"token": tokens[shared, "name_and_birth"]},
        "/deliveries/{id}": {"id": diverts[danger]},
        "/holds/{id}": {"id": clocks[held, "hold"]},
        "/hubs/{hub}": {"hub": hub},
        "/hubs/{hub}/links/{id}": {"hub": sent_to, "id": message},
        "/log/{id}": {"id": decision},
        "/notices/{id}": {"id": rows(gateway, "event")[0]["id"]},
        "/retention/{referral}": {"referral": shared, "record": "request"},
        "/sent/{id}": {"id": shared, "place": "0", "delivery": message},
        "/tasks/{id}": {"id": clocks[danger, "clock"]},
        "/withdrawals/{referral}": {"referral": shared},
    }


def _of_a_person(gateway: Gateway, document: dict[str, Any]) -> Things:
    child = document["people"][0]
    name, born = f"{child['first_name']} {child['surname']}", date.fromisoformat(child["date_of_birth"])
    breaks, keeps, writes = (somebody(gateway, role) for role in ("hub_manager", "ig_lead", "sender_lead"))
    glass_id = done(glass.break_glass(gateway, breaks, "danger", WHY, Sought(name, born)))
    choices = asked.choices(keeps.council, gateway.policy("hull"))
    nothing = asked.read_question(lambda name: "", keeps.council, choices, gateway.now())
    done(views.keep(gateway, keeps, "Mine", nothing))
    upload, _ = done(uploads.begin(gateway, writes, "school", school_zip()))
    read = next(row["referral"] for row in rows(gateway, "glass"))
    return {
        "/break-glass/{id}": {"id": glass_id, "referral": read},
        "/break-glass/used/{id}": {"id": glass_id},
        "/enquiries/{id}": {"id": done(written(gateway, writes)), "page": "part-3", "person": "person-1"},
        "/log/views/{view}": {"view": rows(gateway, "saved_view")[0]["id"]},
        "/sent/upload/{upload}": {"upload": upload},
    }


def _of_a_council(gateway: Gateway, document: dict[str, Any]) -> Things:
    lead, child = somebody(gateway, "ig_lead"), document["people"][0]
    report = _signed(gateway, lead)
    export = done(exporting.ask(gateway, lead, report, "csv", WHY, name="disclosure-log", wait=60))
    born = date.fromisoformat(child["date_of_birth"])
    given = Given("access", day_of(gateway.now()), WHY, WHY, f"{child['first_name']} {child['surname']}", born)
    text = gateway.policy("hull").text
    starts = datetime.fromtimestamp(gateway.now() / 1_000, LONDON) + timedelta(days=7)
    again = proposing.again(gateway, text, "1.9.0", starts)
    proposed = done(proposing.propose(gateway, somebody(gateway, "council_admin"), again, WHY)).digest
    assert proposed in {one.digest for one in done(policybook.versions(gateway, lead))}
    return {
        "/exports/{id}": {"id": export},
        "/going-live/papers/{name}": {"name": next(iter(PAPERS))},
        "/policies/{digest}": {"digest": proposed},
        "/reports/{name}": {"name": "disclosure-log"},
        "/reports/{name}/{id}": {"name": "disclosure-log", "id": report},
        "/reports/{name}/{id}/decisions": {"name": SAMPLE, "id": _sample(gateway, lead), "number": "1"},
        "/retention/lists/{id}": {"id": _disposal(gateway, lead)},
        "/break-glass/codes/{sheet}": {"sheet": done(papercodes.begin(gateway, lead)).sheet},
        "/rights/{id}": {
            "id": done(writingdown.write_down(gateway, lead, given)),
            "referral": _with_a_document(gateway),
            "place": "0",
        },
        "/sources/{source}": {"source": "canonical"},
    }


def _signed(gateway: Gateway, lead: Acting) -> str:
    """A report that everybody who reads reports may read, auditors too."""
    report = done(making.make(gateway, lead, "disclosure-log", question_of(gateway, "disclosure-log"), wait=60))
    for act, role, more in (
        (signing.review, "data_protection_officer", {}),
        (signing.sign, "service_head", {"read": True}),
    ):
        done(act(gateway, somebody(gateway, role), "disclosure-log", report, **more))
    return report


def _with_a_document(gateway: Gateway) -> str:
    """The request that names a document."""
    return str(next(row["referral"] for row in rows(gateway, "lookup") if row["kind"] == "attachment"))


def _disposal(gateway: Gateway, lead: Acting) -> str:
    """A list of what is due a year after a request was over with."""
    gone = Door(gateway).accepted(a_hull_referral(), once="thing-gone")

    def ends(tx: Tx) -> None:
        tx.execute(DELIVERY.update().where(DELIVERY.c.referral == gone).values(state="delivered", ended_at=tx.now))
        tx.execute(CLOCK.update().where(CLOCK.c.referral == gone).values(state="stopped", ended_at=tx.now))

    gateway.writer.run(Write(ends))
    later = gateway.now() + 400 * DAY
    return str(done(retaining.propose(replace(gateway, now=lambda: later), lead, {}))["list"])


def _sample(gateway: Gateway, lead: Acting) -> str:
    """A sample of the last quarter, in which a decision of today is made to stand."""
    question = question_of(gateway, SAMPLE)

    def again(tx: Tx) -> None:
        row = tx.execute(select(DECISION).where(DECISION.c.council == "hull", DECISION.c.outcome == "share")).mappings()
        tx.execute(insert(DECISION).values(dict(row.all()[0]) | {"id": next_id(), "at": question.which.since + DAY}))

    gateway.writer.run(Write(again))
    done(gateway.writer.submit(gateway.sealer.seal_now()))
    return done(making.make(gateway, lead, SAMPLE, question, wait=60))


def address(things: Things, path: str, **instead: str) -> str:
    """A page's address about the planted thing, with other parts `instead` of its own."""
    stem = stem_of(path)
    more = f"{stem}/decisions"
    parts = things[more if path.startswith(more) else stem] | instead
    return re.sub(r"{(\w+)}", lambda found: parts[found[1]], path)


def key_of(path: str) -> str:
    """The part of a page's address that names the thing itself."""
    return stem_of(path).rpartition("{")[2].rstrip("}")

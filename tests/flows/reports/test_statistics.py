"""Statistics and the assurance sample over a quarter that has ended: planted decisions, counted, hidden and drawn."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from contracts.errors import NoSuchAnswer, NotFound, NotYourRole
from gateway.config.catalogue import Catalogue
from gateway.flows.gateway import Gateway
from gateway.flows.oversight.sharinglog import is_sealed
from gateway.flows.reports import reviewing
from gateway.flows.reports.definition import Asking
from gateway.flows.reports.lines import Row
from gateway.flows.reports.sample import CHECKLIST, NAME
from gateway.flows.reports.statistics import statistics
from gateway.flows.reports.terminal import check
from gateway.path.calendar import LONDON, add_months, day_of, start_of
from gateway.store.chance import next_id
from gateway.store.tables import DECISION
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.flows.desks import NO, Desk
from tests.flows.pages import sign_in
from tests.flows.reports.test_reports import LEAD, OFFICER, SEALED, asked, lines, made, wait, who
from tests.running import Door, a_hull_referral, rows, running

DECIDER = "dale.frost"
MANY = {"share": 30, "hold": 12, "divert": 3}
"""Of each outcome, so many in each month of the quarter."""


@pytest.fixture(scope="module")
def gateway(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One store: a shared, a held and a diverted request, made many times in the last quarter."""
    folder = tmp_path_factory.mktemp("statistics")
    with running(catalogue, folder, (f"sqlite:///{folder}/gateway.db", "")) as built:
        door = Door(built)
        door.accepted(a_hull_referral(), once="shared")
        held = door.accepted(a_hull_referral(agreements=NO), once="held")
        door.accepted(a_hull_referral(harm={"level": "significant"}), once="diverted")
        for once in ("sealed-1", "sealed-2"):
            door.accepted(a_hull_referral(people=SEALED), once=once)
        desk = Desk(built)
        desk.ask("open", hold=desk.hold(held), purpose="To decide on it today")
        built.writer.run(Write(lambda tx: spread(tx, quarter(built))))
        wait(built.writer.submit(built.sealer.seal_now()))
        yield built


def quarter(gateway: Gateway) -> date:
    today = day_of(gateway.now())
    return add_months(date(today.year, (today.month - 1) // 3 * 3 + 1, 1), -3)


def spread(tx: Tx, first: date) -> None:
    found = tx.execute(select(DECISION).where(DECISION.c.council == "hull")).mappings().all()
    sealed = [dict(row) for row in found if is_sealed(dict(row))]
    one = {row["outcome"]: dict(row) for row in found if row["version"] == 1 and not is_sealed(dict(row))}
    for row in sealed:
        tx.execute(insert(DECISION).values(row | {"id": next_id(), "at": start_of(add_months(first, 2))}))
    for month in range(3):
        at = start_of(add_months(first, month)) + 3_600_000
        for outcome, many in MANY.items():
            for place in range(many):
                tx.execute(insert(DECISION).values(one[outcome] | {"id": next_id(), "at": at + place}))
    tx.execute(insert(DECISION).values(one["share"] | {"id": next_id(), "at": at + 100, "by": DECIDER}))


def test_a_month_with_a_small_number_hides_it_and_what_would_give_it_back(gateway: Gateway) -> None:
    first = quarter(gateway)
    given = {"from_day": "1", "from_month": str(first.month), "from_year": str(first.year)}
    report = made(gateway, "statistics", **given)
    name = f"{first:%B %Y}"
    by_outcome = {row.cells[1]: row.cells[2] for row in lines(gateway, "statistics", report, 1) if row.cells[0] == name}
    assert by_outcome == {"Share": 30, "Held": None, "To the safeguarding front door": None}
    by_rule = [row for row in lines(gateway, "statistics", report, 2) if row.cells[0] == name]
    assert {row.cells[1]: row.cells[3] for row in by_rule}["Held"] is None
    hubs = {row.cells[1]: row.cells[2] for row in lines(gateway, "statistics", report, 3) if row.cells[0] == name}
    assert None in hubs.values()
    totals = {row.cells[0]: row.cells[1] for row in lines(gateway, "statistics", report)}
    assert totals[name] == sum(MANY.values())


def test_two_reports_over_periods_that_overlap_give_nothing_away_beside_each_other(gateway: Gateway) -> None:
    """What both count, both show alike: a difference between them is only months that one of them does not have."""
    first = quarter(gateway)

    def told(months: int) -> set[tuple[Any, ...]]:
        last = add_months(first, months)
        given = {"from_day": "1", "from_month": str(first.month), "from_year": str(first.year)}
        given |= {"to_day": "1", "to_month": str(last.month), "to_year": str(last.year)}
        question = asked(gateway, "statistics", **given)
        assert not question.wrong

        def read(connection: Any) -> list[Row]:
            return list(statistics(Asking(gateway, connection, gateway.council("hull"), question)))

        return {(row.sheet, *row.cells) for row in wait(gateway.store.ask("hull", read))}

    shorter, longer = told(1), told(2)
    assert shorter < longer
    assert {row[1] for row in longer - shorter} == {f"{add_months(first, 2):%B %Y}"}


def test_a_sample_is_drawn_from_every_stratum_as_the_paper_says(gateway: Gateway) -> None:
    drawn = lines(gateway, NAME, made(gateway, NAME))
    strata = Counter(str(row.cells[1]).partition(":")[0] for row in drawn)
    assert strata["Shared whole"] == 20
    assert sum(row.cells[7] == 2 for row in drawn) == -(-len(drawn) // 10)


def test_anybody_draws_the_same_sample_again_and_sees_where_a_decision_is_missing(gateway: Gateway) -> None:
    report = made(gateway, NAME)
    lead = who(gateway, LEAD)
    assert wait(check(gateway, lead, {"report": report}))["same"]
    gone = lines(gateway, NAME, report)[0].decision
    row = next(row for row in rows(gateway, "decision") if row["id"] == gone)
    gateway.writer.run(Write(lambda tx: tx.execute(delete(DECISION).where(DECISION.c.id == gone))))
    assert not wait(check(gateway, lead, {"report": report}))["same"]
    gateway.writer.run(Write(lambda tx: tx.execute(insert(DECISION).values(row))))


def test_no_sample_is_drawn_before_a_checkpoint_closes_its_quarter(gateway: Gateway) -> None:
    """Two quarters later nothing has been signed since: nobody could know the seed yet."""
    first = add_months(quarter(gateway), 6)
    later = replace(gateway, now=lambda: int(datetime(first.year, first.month, 2, tzinfo=LONDON).timestamp() * 1000))
    with pytest.raises(NotFound):
        wait(check(gateway, who(gateway, LEAD), {"report": "0f" * 16}))
    report = made(later, NAME)
    row = next(row for row in rows(gateway, "report") if row["id"] == report)
    assert (row["state"], "No checkpoint was signed" in row["why"]) == ("failed", True)


ALL_YES = {code: "yes" for code, _ in CHECKLIST}


def test_two_people_answer_once_each_and_their_agreement_is_counted(gateway: Gateway) -> None:
    report = made(gateway, NAME)
    plain = (row for row in lines(gateway, NAME, report) if row.decision and row.cells[1] != "A person decided")
    twice = next(int(row.cells[0] or 0) for row in plain if row.cells[7] == 2)
    lead, officer = who(gateway, LEAD), who(gateway, OFFICER)
    wait(reviewing.answer(gateway, lead, report, twice, ALL_YES, ""))
    with pytest.raises(NoSuchAnswer, match="You have answered"):
        wait(reviewing.answer(gateway, lead, report, twice, ALL_YES, ""))
    with pytest.raises(NoSuchAnswer, match="Write what is not right"):
        wait(reviewing.answer(gateway, officer, report, twice, ALL_YES | {"told": "no"}, ""))
    wait(reviewing.answer(gateway, officer, report, twice, ALL_YES | {"told": "no"}, "Nobody told the father."))
    manager = who(gateway, ("dale.frost", "practice_manager"))
    with pytest.raises(NoSuchAnswer, match="As many people as it takes"):
        wait(reviewing.answer(gateway, manager, report, twice, ALL_YES, ""))
    results = made(gateway, "assurance-results")
    told = {row.cells[0]: row.cells[1] for row in lines(gateway, "assurance-results", results, 1)}
    assert told["Answers in which two people agree"] == "9 of 10"
    assert "Nobody told the father." not in json.dumps(
        [row.cells for row in lines(gateway, "assurance-results", results, 2)]
    )


def test_whoever_had_a_part_in_a_decision_does_not_review_it(gateway: Gateway) -> None:
    report = made(gateway, NAME)
    number = next(int(row.cells[0] or 0) for row in lines(gateway, NAME, report) if row.cells[1] == "A person decided")
    manager = who(gateway, (DECIDER, "practice_manager"))
    with pytest.raises(NoSuchAnswer, match="You had a part in this decision"):
        wait(reviewing.answer(gateway, manager, report, number, ALL_YES, ""))


def test_whoever_took_its_hold_had_a_part_too(gateway: Gateway) -> None:
    held = next(row["referral"] for row in rows(gateway, "decision") if row["outcome"] == "hold")
    desk = Desk(gateway)
    desk.ask("take", (DECIDER, "practice_manager"), hold=desk.hold(held))
    found = wait(gateway.store.ask("hull", lambda connection: reviewing.deciders(connection, "hull", held)))
    assert DECIDER in found


def test_what_is_drawn_of_sealed_files_is_answered_by_those_named_for_them_alone(gateway: Gateway) -> None:
    report, named = made(gateway, NAME), who(gateway, (DECIDER, "sealed_list"))
    drawn = lines(gateway, NAME, report)
    first, second = (row for row in drawn if row.sealed)
    assert (first.decision, first.referral, first.cells[3]) == ("", "", "Sealed file")
    number, other = int(first.cells[0] or 0), int(second.cells[0] or 0)
    for role in (LEAD, OFFICER, (DECIDER, "practice_manager")):
        shown = wait(reviewing.item(gateway, who(gateway, role), report, number))
        assert (shown.row.decision, "named for sealed files answer it" in shown.refused) == ("", True)
        with pytest.raises(NotYourRole):
            wait(reviewing.answer(gateway, who(gateway, role), report, number, ALL_YES, ""))
    plain = wait(reviewing.item(gateway, named, report, int(drawn[0].cells[0] or 0)))
    assert plain.refused == "Those who review decisions answer this one."
    shown = wait(reviewing.item(gateway, named, report, number))
    assert shown.refused == ""
    assert is_sealed(next(row for row in rows(gateway, "decision") if row["id"] == shown.row.decision))
    visitor, lead = sign_in(Door(gateway), "sealed_list"), sign_in(Door(gateway), "ig_lead")
    for path, status in ((shown.row.decision, 200), (drawn[0].decision, 403), ("0f" * 16, 404)):
        assert visitor.get(f"/log/{path}").status_code == status
    assert visitor.send(f"/log/{shown.row.decision}/content", purpose="To review the sample").status_code == 200
    assert lead.get(f"/log/{shown.row.decision}").status_code == 403
    page = visitor.get(f"/reports/{NAME}/{report}").text
    assert page.count(f"/reports/{NAME}/{report}/decisions/") == 2
    assert "Those named for sealed files answer." in lead.get(f"/reports/{NAME}/{report}").text
    wait(reviewing.answer(gateway, named, report, number, ALL_YES, ""))
    assert wait(reviewing.progress(gateway, named, report))[number] == (1, True)
    left = wait(gateway.store.ask("hull", lambda connection: reviewing.left(connection, named, report)))
    assert left == 1  # whoever has answered one is asked about it no more, also where two people answer
    about = wait(reviewing.item(gateway, named, report, other)).row.referral
    Desk(gateway).ask("take", (DECIDER, "sealed_list"), hold=Desk(gateway).hold(about))
    refused = wait(reviewing.item(gateway, named, report, other)).refused
    assert "You had a part in this decision" in refused
    assert "the council names another person" in refused

"""What a council publishes of its numbers: signed first, the same for everybody, and taken back again."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from io import StringIO

import httpx2
import pytest

from contracts.errors import NoSuchAnswer, NotFound, NotYourRole
from gateway.config.catalogue import Catalogue
from gateway.flows.gateway import Gateway
from gateway.flows.reports import publishing, signing
from gateway.flows.sign_in import sessions
from gateway.path.calendar import add_months
from gateway.store.writer import Write
from tests.flows.reports.test_reports import LEAD, OFFICER, entries, made, wait, who
from tests.flows.reports.test_statistics import quarter, spread
from tests.running import Door, a_hull_referral, rows, running

HEAD = ("nell.gray", "service_head")
MANAGER = ("dale.frost", "practice_manager")
HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def gateway(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One store with shared, held and diverted requests in each month of the last quarter."""
    folder = tmp_path_factory.mktemp("publishing")
    with running(catalogue, folder, (f"sqlite:///{folder}/gateway.db", "")) as built:
        door = Door(built)
        door.accepted(a_hull_referral(), once="shared")
        door.accepted(a_hull_referral(agreements=[]), once="held")
        door.accepted(a_hull_referral(harm={"level": "significant"}), once="diverted")
        built.writer.run(Write(lambda tx: spread(tx, quarter(built))))
        wait(built.writer.submit(built.sealer.seal_now()))
        yield built


def statistics(gateway: Gateway, first: date, months: int) -> str:
    """A draft of so many months."""
    last = add_months(first, months - 1)
    given = {f"{end}_{part}": str(getattr(day, part)) for end, day in (("from", first), ("to", last)) for part in
             ("day", "month", "year")}  # fmt: skip
    return made(gateway, "statistics", **given)


def signed(gateway: Gateway, first: date, months: int) -> str:
    report = statistics(gateway, first, months)
    row = next(row for row in rows(gateway, "report") if row["id"] == report)
    if row["state"] == "draft":
        wait(signing.review(gateway, who(gateway, OFFICER), "statistics", report))
        wait(signing.sign(gateway, who(gateway, HEAD), "statistics", report, read=True))
    return report


@pytest.fixture
def published(gateway: Gateway) -> Iterator[str]:
    report = signed(gateway, quarter(gateway), 2)
    wait(publishing.publish(gateway, who(gateway, LEAD), "statistics", report))
    yield report
    if any(one.row.id == report for one in wait(publishing.standing(gateway, gateway.council("hull")))):
        wait(publishing.take_back(gateway, who(gateway, LEAD), "statistics", report, "The test has ended here."))


def get(gateway: Gateway, path: str, **headers: str) -> httpx2.Response:
    return Door(gateway).get(path, key=None, headers=HTML | headers)


def paths(report: str) -> tuple[str, ...]:
    return f"/statistics/hull/{report}", f"/statistics/hull/{report}/csv"


def test_nothing_is_there_before_it_is_published_and_nothing_unpublished_looks_like_none(gateway: Gateway) -> None:
    draft = statistics(gateway, quarter(gateway), 1)
    ready = signed(gateway, quarter(gateway), 3)
    other = made(gateway, "overrides")
    answers = {
        (path.replace(report, ""), get(gateway, path).status_code, get(gateway, path).text.replace(report, ""))
        for report in (draft, ready, other, "0f" * 16)
        for path in paths(report)
    }
    assert {status for _, status, _ in answers} == {404}
    assert len(answers) == 2, "one for the page, one for the file"
    shown = get(gateway, "/statistics/hull")
    assert (shown.status_code, "has published no numbers here" in shown.text) == (200, True)
    assert get(gateway, "/statistics/nowhere").status_code == 404


def test_anybody_reads_what_is_published_with_its_charts_beside_their_tables(gateway: Gateway, published: str) -> None:
    assert f"/statistics/hull/{published}" in get(gateway, "/statistics/hull").text
    shown = get(gateway, f"/statistics/hull/{published}").text
    assert shown.count('<svg class="bars"') == shown.count("has the same numbers")
    assert "not shown" in shown, "what is small stays hidden"
    for name, _ in (LEAD, OFFICER, HEAD):
        assert name not in shown


def test_the_file_holds_every_row_and_no_cell_is_a_formula(gateway: Gateway, published: str) -> None:
    got = get(gateway, f"/statistics/hull/{published}/csv")
    row = next(row for row in rows(gateway, "report") if row["id"] == published)
    lines = list(csv.reader(StringIO(got.content.decode("utf-8-sig"))))
    assert len([line for line in lines if line[0] != "Table"]) == row["rows"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line)
    assert "hull-statistics-" in got.headers["content-disposition"]
    assert {row.get("content-disposition", "")[:10] for row in (got.headers,)} == {"attachment"}


def test_caches_may_hold_what_everybody_gets_and_nothing_of_somebody_who_is_signed_in(
    gateway: Gateway, published: str
) -> None:
    for path in ("/statistics/hull", *paths(published)):
        got = get(gateway, path)
        assert (got.headers["cache-control"], got.headers["vary"]) == ("public, max-age=300", "Cookie"), path
        assert "set-cookie" not in got.headers
    session = wait(sessions.sign_in(gateway, who(gateway, LEAD)))
    own = get(gateway, "/statistics/hull", cookie=f"session={session.token}")
    assert ("ruth.lane" in own.text, own.headers["cache-control"]) == (True, "no-store")
    assert get(gateway, f"/statistics/hull/{'0f' * 16}").headers["cache-control"] == "no-store"


def test_another_council_shows_none_of_it(gateway: Gateway, published: str) -> None:
    assert get(gateway, f"/statistics/leicester/{published}").status_code == 404
    assert published not in get(gateway, "/statistics/leicester").text


def test_only_a_signed_report_that_is_counted_for_it_is_published(gateway: Gateway) -> None:
    draft, lead = statistics(gateway, quarter(gateway), 1), who(gateway, LEAD)
    with pytest.raises(NoSuchAnswer, match="Only a signed report"):
        wait(publishing.publish(gateway, lead, "statistics", draft))
    with pytest.raises(NoSuchAnswer, match="not counted to be published"):
        wait(publishing.publish(gateway, lead, "overrides", made(gateway, "overrides")))
    with pytest.raises(NotYourRole):
        wait(publishing.publish(gateway, who(gateway, MANAGER), "statistics", draft))
    with pytest.raises(NotFound):
        wait(publishing.publish(gateway, lead, "statistics", "0f" * 16))


def test_what_is_taken_back_is_gone_and_may_be_published_again(gateway: Gateway, published: str) -> None:
    lead = who(gateway, LEAD)
    with pytest.raises(NoSuchAnswer, match="already"):
        wait(publishing.publish(gateway, lead, "statistics", published))
    with pytest.raises(NoSuchAnswer):
        wait(publishing.take_back(gateway, lead, "statistics", published, "No."))
    wait(publishing.take_back(gateway, lead, "statistics", published, "A month was counted wrongly."))
    assert [get(gateway, path).status_code for path in paths(published)] == [404, 404]
    with pytest.raises(NotFound):
        wait(publishing.take_back(gateway, lead, "statistics", published, "A month was counted wrongly."))
    wait(publishing.publish(gateway, lead, "statistics", published))
    assert get(gateway, paths(published)[0]).status_code == 200
    assert entries(gateway, publishing.TAKEN_BACK)


def test_a_month_that_stands_published_is_not_published_with_other_numbers(gateway: Gateway, published: str) -> None:
    """The same numbers over a longer time give nothing away; others beside them would."""
    longer, lead = signed(gateway, quarter(gateway), 3), who(gateway, LEAD)
    wait(publishing.publish(gateway, lead, "statistics", longer))
    wait(publishing.take_back(gateway, lead, "statistics", longer, "It was only tried here."))
    gateway.writer.run(Write(lambda tx: spread(tx, quarter(gateway))))
    newer = signed(gateway, quarter(gateway), 3)
    assert newer != longer
    with pytest.raises(NoSuchAnswer, match="stands published with other numbers"):
        wait(publishing.publish(gateway, lead, "statistics", newer))

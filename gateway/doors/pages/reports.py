"""Reports: the list, what each can be asked, one as it was made with its review and signature, and a page to print."""

from __future__ import annotations

from typing import Any, Final

from contracts.errors import NoSuchAnswer
from gateway.doors.pages.drawing import bars
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.access import PEOPLE
from gateway.flows.oversight import asked
from gateway.flows.oversight.asked import LABELS
from gateway.flows.reports import expiring, making, publishing, question, reviewing, shelf, signing
from gateway.flows.reports.definition import Definition
from gateway.flows.reports.lines import Row, Sheet
from gateway.flows.reports.making import definition_of
from gateway.flows.reports.question import PERIODS, Question
from gateway.flows.reports.sample import NAME as SAMPLE
from gateway.flows.reports.shelf import PRINTED
from gateway.flows.reports.shelf import Shown as Made

_A_CHART: Final = 12
"""Bars of one drawing at most: those of the last period that has rows."""


ELSEWHERE: Final = (
    ("Subject access, rights and complaints", "/rights", "rights.list"),
    ("Retention and disposal", "/retention", "retention.list"),
    ("Who watches the readers", "/readers", "readers.report"),
    ("Break-glass, and its reviews", "/break-glass/used", "glass.list"),
    ("Changes of the policy", "/policies", "policy.list"),
)
"""What governance 2.2 counts among the reports and has pages of its own: title, address, operation."""


async def list_reports(visit: Visit) -> Shown:
    """GET /reports."""
    found = await shelf.reports(visit.gateway, visit.who)
    values = {
        "reports": found,
        "states": shelf.STATES,
        "exports": visit.who.may("reports.export"),
        "elsewhere": [(title, href) for title, href, of in ELSEWHERE if of in PEOPLE and visit.who.may(of)],
    }
    return Page("reports.html", values)


async def ask(visit: Visit) -> Shown:
    """GET /reports/{name}: what it can be asked, and what was made of it."""
    return await _form(visit)


async def make(visit: Visit) -> Shown:
    """POST /reports/{name}."""
    definition = definition_of(visit.who, visit.part("name"), "reports.make")
    asking = _question(visit, definition)
    if asking.wrong:
        return await _form(visit, [Mistake(name, say) for name, say in asking.wrong.items()])
    try:
        report = await making.make(visit.gateway, visit.who, definition.name, asking)
    except NoSuchAnswer as error:
        return await _form(visit, [Mistake("make", str(error))])
    return Elsewhere(f"/reports/{definition.name}/{report}")


async def show(visit: Visit) -> Shown:
    """GET /reports/{name}/{id}: a page of it, and how far it is while it is being made."""
    return await shown_with(visit)


async def to_print(visit: Visit) -> Shown:
    """GET /reports/{name}/{id}/print: all of it on one page, up to a limit."""
    made = await shelf.one(visit.gateway, visit.who, visit.part("name"), visit.part("id"), size=PRINTED)
    return Page("report_print.html", _told(visit, made) | {"most": PRINTED})


async def review(visit: Visit) -> Shown:
    """POST /reports/{name}/{id}/review."""
    name, report = visit.part("name"), visit.part("id")
    try:
        await signing.review(visit.gateway, visit.who, name, report)
    except NoSuchAnswer as error:
        return await shown_with(visit, [Mistake("review", str(error))])
    return Elsewhere(f"/reports/{name}/{report}", "It is recorded that you have reviewed this report.")


async def sign(visit: Visit) -> Shown:
    """POST /reports/{name}/{id}/sign, by somebody who has just signed in again."""
    name, report = visit.part("name"), visit.part("id")
    visit.must_have_stepped_up(f"/reports/{name}/{report}")
    try:
        await signing.sign(visit.gateway, visit.who, name, report, read=visit.given("read") == "yes")
    except NoSuchAnswer as error:
        return await shown_with(visit, [Mistake("read", str(error))])
    return Elsewhere(f"/reports/{name}/{report}", "You have signed this report. The record holds its digest.")


def _question(visit: Visit, definition: Definition) -> Question:
    gateway, council = visit.gateway, visit.council
    policy = gateway.policy(council.name)
    return question.read_question(visit.given, definition.filters, definition.period, council, policy, gateway.now())


async def _form(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    gateway, who = visit.gateway, visit.who
    definition = definition_of(who, visit.part("name"))
    known = asked.choices(visit.council, gateway.policy(visit.council.name))
    values = {
        "definition": definition,
        "asking": _question(visit, definition),
        "period": PERIODS[definition.period],
        "filters": [(name, LABELS[name], known[name]) for name in definition.filters if name in LABELS],
        "typed": {name: given[0] for name, given in visit.form.items()},
        "versions": await shelf.versions(gateway, who, definition.name),
        "states": shelf.STATES,
        "labels": LABELS,
        "known": known,
        "may_make": who.may("reports.make", definition.audience),
        "mistakes": mistakes or [],
    }
    return Page("report.html", values, 422 if mistakes else 200)


async def shown_with(visit: Visit, mistakes: list[Mistake] | None = None) -> Shown:
    """The page of one report, with what is to be put right in one of its forms."""
    name, report = visit.part("name"), visit.part("id")
    page = visit.asked("page")
    at = int(page) if page.isdecimal() and len(page) < 8 else 1
    made = await shelf.one(visit.gateway, visit.who, name, report, at)
    if made.row.state == "same":
        return Elsewhere(f"/reports/{name}/{made.row.entry}", "Nothing has changed: this is the report that was there.")
    lasts = expiring.lasts(visit.gateway, visit.council.name)
    values = _told(visit, made) | {"mistakes": mistakes or [], "lasts": lasts, "publication": None}
    if made.definition.public and made.row.state == "signed":
        standing = await publishing.standing(visit.gateway, visit.council)
        values["publication"] = next((one for one in standing if one.row.id == report), None)
    if name == SAMPLE and made.ready:
        values["progress"] = await reviewing.progress(visit.gateway, visit.who, report)
    return Page("report_made.html", values, 422 if mistakes else 200)


def _told(visit: Visit, made: Made) -> dict[str, Any]:
    who, definition = visit.who, made.definition
    may = {one for one in ("review", "sign", "export", "sample") if who.may(f"reports.{one}", definition.audience)}
    may |= {"sealed"} if who.may("reports.sample", "sealed") else set()
    may |= {"publish"} if definition.public and who.may("reports.publish") else set()
    known, given = asked.choices(visit.council, visit.gateway.policy(visit.council.name)), made.question.given
    return {
        "made": made,
        "row": made.row,
        "definition": definition,
        "state": shelf.STATES.get(made.row.state, ""),
        "tables": tables(definition, made.rows),
        "asked": [(LABELS[name], known[name].get(code, code)) for name, code in given.items() if name in LABELS],
        "may": may,
        "sample": definition.name == SAMPLE,
        "typed": visit.given("purpose"),
    }


def tables(definition: Definition, rows: tuple[Row, ...]) -> list[dict[str, Any]]:
    """Rows by their sheets, each with its drawing where it has one."""
    found = []
    for place, sheet in enumerate(definition.sheets):
        mine = [row for row in rows if row.sheet == place]
        if mine or len(definition.sheets) == 1:
            found.append({"sheet": sheet, "rows": mine, "drawing": _drawing(sheet, mine)})
    return found


def _drawing(sheet: Sheet, rows: list[Row]) -> str:
    """Bars of the last month among these rows; of every month, where the month is all that tells rows apart."""
    if sheet.chart < 0 or not rows:
        return ""
    last = rows[-1].cells[0]
    shown = rows if sheet.chart == 1 else [row for row in rows if row.cells[0] == last]
    drawn = []
    for row in shown[:_A_CHART]:
        value = row.cells[sheet.chart]
        label = ", ".join(str(cell) for cell in (row.cells[:1] if sheet.chart == 1 else row.cells[1 : sheet.chart]))
        drawn.append((label, value if isinstance(value, int) else None))
    title = sheet.title if sheet.chart == 1 else f"{sheet.title}: {last}"
    return bars(title, drawn)


PAGES: Final[Pages] = (
    ("GET", "/reports", "reports.list", list_reports),
    ("GET", "/reports/{name}", "reports.list", ask),
    ("POST", "/reports/{name}", "reports.make", make),
    ("GET", "/reports/{name}/{id}", "reports.list", show),
    ("GET", "/reports/{name}/{id}/print", "reports.list", to_print),
    ("POST", "/reports/{name}/{id}/review", "reports.review", review),
    ("POST", "/reports/{name}/{id}/sign", "reports.sign", sign),
)

"""The table of reports: a new one is a row, with its words, its columns and what gathers its rows (governance 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.flows.reports import accounts, disclosure, events, quality, results, returns, sample, statistics
from gateway.flows.reports.definition import Definition

_LOG: Final = ("outcome", "hub", "sender", "rule", "basis", "dsa", "agreement", "human", "protect")

_ROWS: Final = (
    Definition(
        "disclosure-log",
        "Disclosure log",
        "Every decision in these days: who, to whom, when, why, on which basis, and what was kept back. "
        "Children have a short reference and no name.",
        "Monthly",
        disclosure.LOG,
        disclosure.disclosures,
        filters=_LOG,
    ),
    Definition(
        "processing",
        "Record of processing activities (Article 30)",
        "Each sender, recipient and purpose that something was sent for in these days, with basis, kinds of "
        "information and how long it is kept. What else Article 30 asks, such as contacts and security measures, "
        "the gateway does not know: add it.",
        "Quarterly",
        disclosure.ACTIVITIES,
        disclosure.activities,
    ),
    Definition(
        "sharing-agreements",
        "Review of sharing agreements",
        "What went under each agreement beside what may go today. What is not allowed today may have been allowed "
        "when it went.",
        "Before each review date",
        disclosure.AGREEMENTS,
        disclosure.agreements,
        filters=("dsa", "hub", "sender"),
    ),
    Definition(
        "breach",
        "Breach: how far it reaches",
        "What had left in these days, or may have: whose, where to, which kinds of information, and whether anybody "
        "there has answered. Narrow it to what went wrong. Whether it is a breach is for people to decide.",
        "When something happens",
        events.BREACH,
        events.breach,
        audience="close",
        filters=("hub", "sender", "outcome", "protect", "reference", "aware"),
    ),
    Definition(
        "agreement-trail",
        "Agreement and withdrawal",
        "What families agreed to, took back and limited, and who was told, in time order.",
        "When somebody asks",
        events.TRAIL,
        events.trail,
        audience="close",
        filters=("reference", "sender"),
    ),
    Definition(
        "overrides",
        "Overrides and break-glass",
        "Every request that says why it must be shared all the same, every hold that a person decided, and every time "
        "that somebody broke glass. Their reasons are on the page of each decision.",
        "Weekly",
        events.OVERRIDES,
        events.overrides,
        audience="close",
    ),
    Definition(
        "rights-register",
        "Rights register and complaints",
        "What came or ended in these days, and what is open: by when, whether in time, and how it ended. A complaint "
        "is in time if it was acknowledged within 30 days. It names nobody: who asked is on the page of each.",
        "Monthly",
        accounts.RIGHTS,
        accounts.register_of_rights,
        audience="close",
    ),
    Definition(
        "disposals",
        "Disposals and what is held",
        "What is held though its day may have passed, and what two people disposed of in these days, under which rule. "
        "What is past its day and on no list yet is on the page “Retention”, and there is why somebody holds a record.",
        "Monthly",
        accounts.DISPOSALS,
        accounts.disposals,
        audience="close",
    ),
    Definition(
        "readers",
        "Reader report",
        "How often families’ information was read, by role, what the rules ask about, and each break-glass with what "
        "its review found. It names no reader, and does not say what a rule asks about the information governance "
        "leads: both are on the page “Who looked”, for whoever watches them.",
        "Monthly, to the data protection officer",
        accounts.READERS,
        accounts.readers,
        audience="close",
        period="months",
    ),
    Definition(
        "statistics",
        "Statistics",
        "Counts by month that may be published. A number from 1 to 4 is not shown, and with it as many others as it "
        "takes that nobody can work it out. Months are counted each by itself, with no total over them.",
        "Monthly",
        statistics.SHEETS,
        statistics.statistics,
        public=True,
        period="months",
    ),
    Definition(
        "hold-quality",
        "Were holds needed?",
        "Of the holds that ended: how many people say were needed, and how many should not have happened.",
        "Monthly",
        quality.HOLD_QUALITY,
        quality.hold_quality,
        period="months",
    ),
    Definition(
        "alarm-budget",
        "What rings for each team",
        "How often each team was interrupted, and how many lines waited for its digests.",
        "Monthly",
        quality.ALARMS,
        quality.alarms,
        period="months",
        tests=True,
    ),
    Definition(
        "equality",
        "Equality view",
        "Holds and recorded reasons by group, where the sender said which. Small numbers are not shown. Requests whose "
        "content has been disposed of are not counted.",
        "Half-yearly",
        quality.EQUALITY,
        quality.equality,
        audience="close",
        period="half",
    ),
    Definition(
        "annex-a",
        "Annex A: lists 1 to 3",
        "Contacts, early help assessments and referrals as Ofsted asks for them, as far as the gateway knows. It holds "
        "children’s dates of birth: it is never shown here, only taken out, and erased when its time is over.",
        "When Ofsted asks",
        returns.ANNEX_A,
        returns.annex_a,
        audience="close",
        content=True,
    ),
    Definition(
        sample.NAME,
        "Assurance sample",
        "Decisions for people to look at again, drawn by the record itself: nobody chooses, and anybody can draw the "
        "same. Of each, ten questions are answered by somebody who did not decide it.",
        "Quarterly",
        sample.SHEETS,
        sample.sample,
        audience="sample",
        period="quarter",
    ),
    Definition(
        "assurance-results",
        "Results of the assurance sample",
        "What reviewers answered about the sample of a quarter, and how often two of them agree.",
        "Quarterly",
        results.SHEETS,
        results.results,
        audience="sample",
        period="quarter",
    ),
)

DEFINITIONS: Final[Mapping[str, Definition]] = {one.name: one for one in _ROWS}
"""Name → report, in the order of the list."""

"""What somebody asks of the sharing log, read from codes and days alone: an address never holds anything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from contracts.audits import Audit
from contracts.council import Council
from contracts.decision import VOCABULARY, Outcome
from gateway.config.policy import Policy
from gateway.path.calendar import day_of, start_of
from gateway.record.receipt import ARTICLES
from gateway.store.log import Place, Which

USUAL: Final = 31
"""Days back, today included, where nobody says from when."""

LABELS: Final[Mapping[str, str]] = {
    "outcome": "Decision",
    "hub": "Recipient",
    "sender": "Sender",
    "rule": "Rule that decided",
    "basis": "Lawful basis, as the sender is registered",
    "dsa": "Sharing agreement",
    "agreement": "What the family agreed to",
    "human": "Somebody recorded why it must be shared",
    "protect": "Protection",
    "tests": "Test or live",
    "order": "Order",
}
"""Filter → what it is called, in the order in which they are shown."""

OUTCOMES: Final[Mapping[str, str]] = {
    Outcome.DIVERT: "To the safeguarding front door",
    Outcome.REFUSE: "Not shared",
    Outcome.RETURN: "Sent back to the sender",
    Outcome.HOLD: "Held",
    Outcome.ADVICE_ONLY: "Asked without a name",
    Outcome.SHARE_MINIMISED: "Share, trimmed",
    Outcome.SHARE: "Share",
}
"""outcome → its name in a list."""

AGREEMENT: Final[Mapping[str, str]] = {
    "in_scope": "Agreed to this",
    "partial_scope": "Agreed to part of this",
    "not_required": "Not needed here",
    "stale": "Agreed too long ago, or to something else",
    "refused": "Refused",
    "withdrawn": "Taken back",
    "disputed": "One agreed and another did not",
    "giver_doubt": "Not clear who could agree",
    "not_sought_unsafe": "Not asked: it was thought unsafe",
    "not_sought_other": "Not asked, for another reason",
    "unknown": "Not known",
}
"""The fact `agreement` → what it says."""

PROTECT: Final[Mapping[str, str]] = {
    "any": "Any protection flag",
    "none": "None",
    "address": "Secret address",
    "do_not_inform": "Somebody must not be told",
    "sealed": "Sealed file",
}
"""The fact `protect` → what it says."""

HUMAN: Final[Mapping[str, str]] = {"yes": "Yes", "no": "No"}

TESTS: Final[Mapping[str, str]] = {"with": "Live and test", "only": "Test only"}
"""What came with test keys is left out where neither is chosen."""

ORDERS: Final[Mapping[str, str]] = {"oldest": "Oldest first"}
"""The newest come first where nothing is chosen."""

Choices = Mapping[str, Mapping[str, str]]
"""Filter → code → words."""

_DAYS: Final = tuple(f"{end}-{part}" for end in ("from", "to") for part in ("day", "month", "year"))
_YEARS: Final = range(2000, 2200)
_RULE: Final = re.compile(r"[A-Z]{1,4}-[A-Z0-9-]{1,40}")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to the log. `wrong` is field → what to put right; with any, `which` asks what the rest asks.

    given  what was chosen, as codes; first, last: the days, both included
    """

    which: Which
    given: Mapping[str, str]
    first: date
    last: date
    wrong: Mapping[str, str]

    @property
    def oldest(self) -> bool:
        """Whether the oldest come first."""
        return self.given.get("order") == "oldest"

    @property
    def spelt(self) -> dict[str, str]:
        """The same question with its days written out, as a form sends it."""
        ends = (("from", self.first), ("to", self.last))
        days = {f"{end}-{part}": str(getattr(day, part)) for end, day in ends for part in ("day", "month", "year")}
        return dict(self.given) | days

    @property
    def query(self) -> str:
        """The same question as the query of an address."""
        return urlencode(self.given)


def choices(council: Council, policy: Policy) -> Choices:
    """What can be chosen in this council."""
    senders = {name: one for name, one in council.senders.items() if not one.hubs}
    articles = sorted({one.article_6 for one in senders.values() if one.article_6})
    rules = {rule.id: f"{rule.id}: {_short(rule.hit.say)}" for table in policy.tables for rule in table.rules}
    agreements = {one.agreement: one.agreement for one in senders.values() if one.agreement}
    return {
        "outcome": OUTCOMES,
        "hub": {name: hub.title for name, hub in council.hubs.items()},
        "sender": {name: one.title for name, one in senders.items()},
        "rule": rules,
        "basis": {code: ARTICLES.get(code, code) for code in articles},
        "dsa": dict(sorted(agreements.items())),
        "agreement": {code: AGREEMENT[code] for code in VOCABULARY["agreement"]},
        "human": HUMAN,
        "protect": PROTECT,
        "tests": TESTS,
        "order": ORDERS,
    }


def read_question(
    of: Callable[[str], str], council: Council, known: Choices, now: int, audit: Audit | None = None
) -> Asked:
    """The question that an address or a form asks. `of` gives a name's value, "" for none; `now` in ms UTC.

    audit  the bounds of an auditor who asks: all of them where they say no days, and no day beside them
    """
    given = {name: value for name in (*_DAYS, *known) if (value := of(name))}
    wrong = {
        name: "Choose one from the list."
        for name, value in given.items()
        if name in known and value not in known[name] and not (name == "rule" and _RULE.fullmatch(value))
    }
    today = day_of(now)
    last = _day(given, "to", wrong) or (max(audit.first, min(audit.to, today)) if audit else today)
    first = _day(given, "from", wrong) or (audit.first if audit else last - timedelta(days=USUAL - 1))
    if audit and (first < audit.first or last > audit.to):
        wrong["from-day" if first < audit.first else "to-day"] = (
            "Choose days that you may read: your first page has them."
        )
        first, last = audit.first, audit.to
    if last < first and not wrong:
        wrong["to-day"] = "The last day must not come before the first."
    asked = {name: "" if name in wrong else given.get(name, "") for name in known}
    plain = {name: asked[name] for name in ("hub", "outcome", "rule", "agreement", "human", "protect", "tests")}
    since, until = start_of(first), start_of(last + timedelta(days=1))
    return Asked(Which(since, until, _senders(council, asked), None, **plain), given, first, last, wrong)


def read_place(text: str) -> Place | None:
    """After which decision a page begins; None for the first page."""
    at, _, name = text.partition(".")
    return Place(int(at), name) if at.isdecimal() and len(at) < 16 and name.isalnum() else None


def _senders(council: Council, asked: Mapping[str, str]) -> tuple[str, ...] | None:
    """Whom basis and agreement name too: both belong to a sender's registration."""
    if not (asked["sender"] or asked["basis"] or asked["dsa"]):
        return None
    return tuple(
        name
        for name, one in council.senders.items()
        if asked["sender"] in ("", name)
        and asked["basis"] in ("", one.article_6)
        and asked["dsa"] in ("", one.agreement)
    )


def _day(given: Mapping[str, str], end: str, wrong: dict[str, str]) -> date | None:
    parts = [given.get(f"{end}-{part}", "") for part in ("year", "month", "day")]
    if not any(parts):
        return None
    try:
        day = date(*(int(part) for part in parts))
    except (ValueError, OverflowError):
        day = date.min
    if day.year in _YEARS:
        return day
    wrong[f"{end}-day"] = "Give a day, a month and a year, such as 22 11 2026."
    return None


def _short(say: str, most: int = 70) -> str:
    return say if len(say) <= most else f"{say[:most].rpartition(' ')[0]} …"

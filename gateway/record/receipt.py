"""What one sharing receipt says, read from opened entries alone, in the two forms of settled 40."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from gateway.path.copying import REASONS
from gateway.record.note import Key, Sign, signature_line

Form = Literal["full", "recipient"]
Opened = Mapping[str, Any]
"""Section → its value; one that was disposed of, or is not shown, is left out."""

FORMAT: Final = "early-help-gateway/receipt/v1"
KEPT: Final = frozenset({"human", "reader"})
"""Sections that stay the council's own in either form: who there did what, and why."""
RECIPIENT: Final = frozenset({"actors", "basis", "content", "delivery", "outcome", "policy"})
"""Sections of decision, permit and attempt that a recipient may see. A permit's `delivery` is not among them."""

WENT: Final = "What went"
"""The heading of the kinds of information: a sentence, then one line for each."""

_LONDON: Final = ZoneInfo("Europe/London")
ARTICLES: Final = {
    "6_1_a": "UK GDPR Article 6(1)(a), consent",
    "6_1_c": "UK GDPR Article 6(1)(c), a legal obligation",
    "6_1_d": "UK GDPR Article 6(1)(d), vital interests",
    "6_1_e": "UK GDPR Article 6(1)(e), a public task",
    "6_1_ea": "UK GDPR Article 6(1)(ea), a recognised legitimate interest",
    "6_1_f": "UK GDPR Article 6(1)(f), legitimate interests",
    "9_2_a": "Article 9(2)(a), explicit consent",
    "9_2_b": "Article 9(2)(b), social protection law",
    "9_2_c": "Article 9(2)(c), vital interests",
    "9_2_g": "Article 9(2)(g), substantial public interest",
    "9_2_h": "Article 9(2)(h), health or social care",
}
"""Code of an article → its name and what it is about."""
_STATUS: Final = {"given": "agreed", "refused": "did not agree", "withdrawn": "took the agreement back"}
_LEFT: Final = "left_our_hands"  # as an attempt's entry says it: a mail server's word is all there is (settled 39)
_HELD_BACK: Final = "Some information was held back. This page does not say what, how much or why."


@dataclass(frozen=True, slots=True)
class Place:
    """What a receipt names that entries hold as codes.

    groups  field group → what it holds, in words; contact: whom to ask, with a telephone number where there is one
    """

    council: str
    sender: str
    recipient: str
    contact: str
    emergency: str
    groups: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shared:
    """The entries of one delivery, opened: its decisions, the permit and the attempt that delivered it.

    times are ms UTC: permitted, arrived, and sealed, from which the last of them stands unaltered
    witnesses  who outside has signed the same checkpoint
    entries    index of each entry in the record
    digested   whether the permit sealed the digest of what was to be sent: an earlier gateway's did not
    """

    delivery: str
    decisions: tuple[Opened, ...]
    permit: Opened
    attempt: Opened
    permitted: int
    arrived: int
    sealed: int
    witnesses: tuple[str, ...]
    entries: tuple[int, ...]
    digested: bool = True


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt in words: rows of heading and lines, then details for whoever checks."""

    form: Form
    title: str
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    unaltered: str
    state: str
    details: tuple[tuple[str, str], ...]
    emergency: str


def open_to(form: Form, part: str, kind: str) -> bool:
    """Whether a section of an entry of this kind (`decision`, `permit`, `attempt`) is opened in this form."""
    if form == "full":
        return part not in KEPT
    return part in RECIPIENT and (part, kind) != ("delivery", "permit")


def receipt_of(form: Form, shared: Shared, place: Place, held_back: bool | None) -> Receipt:
    """The receipt. `held_back` is whether anything was; None where what tells it has been disposed of."""
    rows = [
        ("From", (place.sender,)),
        ("To", (place.recipient,)),
        ("When", _when(shared)),
        (WENT, went(shared.decisions, place.groups)),
        ("What did not go", kept(form, shared.decisions, place, held_back)),
        ("On what basis", _each(shared.decisions, "basis", basis_of)),
    ]
    if form == "full":
        rows += [("What the family agreed to", _each(shared.decisions, "agreement", agreed) or (_NOBODY_SAID,))]
    rows += [("Who decided", _each(shared.decisions, "actors", _decided))]
    return Receipt(
        form,
        f"Sharing receipt: {place.sender} to {place.recipient}",
        tuple((heading, lines or (_GONE,)) for heading, lines in rows),
        f"Unaltered since {clock(shared.sealed)}. This does not say that the sharing was right.",
        _state(shared),
        tuple(_details(form, shared)),
        place.emergency,
    )


_NOBODY_SAID: Final = "No entry says. The basis above is what it rests on."
_KINDS: Final = "These kinds of information, where the request held them and nothing below says that they stayed:"
_GONE: Final = "This part has been disposed of by law. Its seal stays."


def signed_receipt(key: Key, sign: Sign, page: bytes, entries: bytes) -> str:
    """The note in which a record's key signs a page together with its entries: no checkpoint can read like it."""
    digests = sha256(page).hexdigest(), sha256(entries).hexdigest()
    body = f"{FORMAT}\n{key.name}\nreceipt.html {digests[0]}\nentries.jsonl {digests[1]}\n"
    return f"{body}\n{signature_line(key, sign, body)}"


def clock(ms: int) -> str:
    """An instant as people in London read it."""
    return datetime.fromtimestamp(ms / 1_000, UTC).astimezone(_LONDON).strftime("%H:%M on %-d %B %Y")


def _when(shared: Shared) -> tuple[str, ...]:
    if shared.attempt.get("delivery", {}).get("result", "delivered") != "delivered":
        return (f"Sent at {clock(shared.arrived)}. A person recorded that it arrived.",)
    if shared.attempt.get("delivery", {}).get("why") == _LEFT:
        return (f"Left our hands by e-mail at {clock(shared.arrived)}. Nobody has confirmed that it arrived.",)
    return (f"Arrived at the recipient’s system at {clock(shared.arrived)}. Nobody has confirmed reading it.",)


def went(decisions: Iterable[Opened], groups: Mapping[str, str]) -> tuple[str, ...]:
    """The kinds of information that went, after a sentence; () where nothing did, or nothing says it any more."""
    outcomes = [one["outcome"] for one in decisions if "outcome" in one]
    if any(one["code"] == "divert" for one in outcomes):
        return ("The whole record, as a safeguarding contact.",)
    sent = {group for one in outcomes for group in one["sent_groups"]}
    kinds = tuple(title for group, title in groups.items() if group in sent)
    return (_KINDS, *kinds) if kinds else ()


def kept(form: Form, decisions: Sequence[Opened], place: Place, held_back: bool | None) -> tuple[str, ...]:
    """What did not go and why, as this form may know it. `held_back` as in `receipt_of`."""
    if held_back is None:
        return (_GONE,)
    if not held_back:
        return ("Nothing was held back.",)
    if form == "recipient":
        return (_HELD_BACK, f"Ask {place.contact}.")
    listed = {one["pointer"]: one for each in decisions for one in each.get("withheld", {}).get("listed", ())}
    because: dict[str, list[str]] = {}
    for one in listed.values():
        because.setdefault(one["reason"], []).append(one["rule"])
    return tuple(_reason(reason, rules, place.groups) for reason, rules in because.items())


def _reason(reason: str, rules: Sequence[str], groups: Mapping[str, str]) -> str:
    named = [title.rstrip(".") for group, title in groups.items() if group in rules]
    what = f": {'; '.join(named)}" if named else ""
    return f"{REASONS.get(reason, reason)} {_times(len(rules))}{what}."


def _times(count: int) -> str:
    return "1 part" if count == 1 else f"{count:,} parts"


def _each(decisions: Iterable[Opened], part: str, words: Any) -> tuple[str, ...]:
    """What each decision says in one section, said once."""
    return tuple(dict.fromkeys(line for one in decisions if part in one for line in words(one[part])))


def basis_of(basis: Opened) -> Iterable[str]:
    """On what a sender says that it may share, from the section `basis`."""
    articles = [ARTICLES.get(code, code) for code in (basis["art6"], *basis["art9"]) if code]
    yield "; ".join(articles) + "."
    if basis["power"]:
        yield f"Power or duty: {basis['power']}."
    if basis["dsa_id"]:
        yield f"Sharing agreement {basis['dsa_id']}, {basis['dsa_state'].replace('_', ' ')}."


def agreed(said: Opened) -> Iterable[str]:
    """What the family agreed to and was told, from the section `agreement`."""
    for one in said["agreements"]:
        if one.get("status") == "not_sought":
            yield f"Nobody was asked: {one.get('not_sought', 'no reason given')}."
            continue
        who = f"{one.get('capacity', 'somebody')}".replace("_", " ").capitalize()
        how = f", {one['form']}" if "form" in one else ""
        day = f", on {_day(one['on_date'])}" if "on_date" in one else ""
        yield f"{who}: {_STATUS.get(one.get('status', 'given'), 'said')}{how}{day}."
    for one in said["notices"]:
        if one.get("given") is True:
            yield "Told how the information is used" + (f", on {_day(one['on_date'])}." if "on_date" in one else ".")


def _day(iso: str) -> str:
    return datetime.fromisoformat(iso).strftime("%-d %B %Y")


def _decided(actors: Opened) -> Iterable[str]:
    machine = actors["by"] == "machine"
    yield (
        "The council’s published rules, by machine."
        if machine
        else "A named person at the council. The record has who."
    )


def _state(shared: Shared) -> str:
    if shared.witnesses:
        return f"Recorded, sealed and witnessed by {', '.join(shared.witnesses)}."
    return "Recorded and sealed. No witness outside has signed this yet."


def _details(form: Form, shared: Shared) -> Iterable[tuple[str, str]]:
    yield "Delivery", shared.delivery
    yield "SHA-256 of what was sent", _digest(shared)
    for policy in _once(shared.decisions, "policy"):
        yield "Policy", f"{policy['id']} {policy['version']}, in force from {policy['effective_from'][:10]}"
        yield "SHA-256 of the policy", policy["sha256"]
    if form == "full":
        for request in _once(shared.decisions, "request"):
            yield "Mapping", f"{request['source']['system']} {request['source']['mapping']}".strip()
        for rules in _once(shared.decisions, "rules"):
            yield "Deciding rules", ", ".join(rules["deciding"])
    yield "Entries of the record", ", ".join(f"{index:,}" for index in shared.entries)


def _digest(shared: Shared) -> str:
    if not shared.digested:
        return "not kept at that time"
    return str(shared.permit.get("content", {}).get("sha256", "disposed of"))


def _once(decisions: Iterable[Opened], part: str) -> Iterable[Any]:
    seen: list[Any] = []
    for one in decisions:
        if part in one and one[part] not in seen:
            seen.append(one[part])
    return seen

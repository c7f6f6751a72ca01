"""Makes the copy of a referral that one hub may have, and lists everything it leaves out.

An allow-list of field groups comes first (governance 1.6), then what flags, sharing limits and refusals keep back. What
they protect is followed into every other text, and a text that holds it stays whole (settled 10, 35).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import orjson

from contracts.council import HubSettings
from contracts.decision import Decision, Outcome, Payload
from contracts.people import ReferrerKind
from contracts.referral import Referral
from gateway.config.groups import Grouping
from gateway.path.copying import Copy, Scope
from gateway.path.payload import Told, about, age_on, body
from gateway.path.withholding import Shown, Terms, begin, guard

Plain = dict[str, Any]


def trim(
    referral: Referral,
    decision: Decision,
    hub: HubSettings,
    terms: Terms,
    told: Told,
    subjects: Collection[str] = (),
    spelt: bytes = b"",
) -> Payload:
    """The payload of one delivery under one decision.

    A divert holds all of it, whatever the family withheld (HU-C07). A nameless enquiry holds nobody (I-301). Free text
    and documents wait for a reader where something is protected, and in every minimised copy, until the fact
    `narrative` is `read` (settled 35).

    subjects  children this message is about where it bundles several decisions; () is the decision's own child
    spelt     the referral as `spell` writes it, where that was done already
    """
    plain: Plain = orjson.loads(spelt or spell(referral))
    if told.labels.stated and plain.get("level", {}).get("council_label"):
        plain["level"]["council_label"] = told.labels.stated
    subject = decision.candidate.subject
    children = subjects or ((subject,) if subject else tuple(child.id for child in referral.children))
    copy, shown = begin(referral, decision, hub, terms, children)
    if decision.outcome is not Outcome.DIVERT:
        guard(copy, referral, plain, hub, terms, shown)
    kept = _referral(copy, referral, plain, shown, terms.grouping, told.on)
    nameless = decision.outcome is Outcome.ADVICE_ONLY
    ring = not nameless and any(one.kind == "alleged_harm" and not one.here for one in shown)
    speaks_of = about(referral, shown, told.on) if nameless else []
    written = body(referral, decision, hub, told, kept, speaks_of, ring=ring, partial=bool(copy.withheld))
    return Payload(written, tuple(copy.withheld))


def spell(referral: Referral) -> bytes:
    """The referral as JSON, less whatever is as it would be had nobody said it: what is filed, digested and trimmed."""
    return referral.model_dump_json(exclude_defaults=True).encode()


def _referral(
    copy: Copy, referral: Referral, plain: Plain, shown: tuple[Shown, ...], grouping: Grouping, on: date
) -> Plain:
    """The parts of the referral that go. Sources come last: they may point at anything that does not."""
    people, sources = plain.pop("people", ()), plain.pop("provenance", None)
    root = grouping.public_root if referral.referrer.kind is ReferrerKind.PUBLIC else grouping.root
    scope = Scope(copy.allowed, copy.flags, limited="" in copy.limits)
    kept = copy.part(plain, root, "", scope)
    persons = []
    for place, (whole, one) in enumerate(zip(people, shown, strict=True)):
        person = _person(copy, whole, one, f"/people/{place}", grouping, scope.limited)
        if person:
            persons.append(_aged(copy, person, whole, one, f"/people/{place}", on))
    if persons:
        kept["people"] = persons
    if sources:
        kept |= copy.part({"provenance": sources}, root, "", scope)
    return kept


def _person(copy: Copy, whole: Plain, one: Shown, at: str, grouping: Grouping, limited: bool) -> Plain:
    """What goes of one person: {} if the copy is not to tell that they are in the record."""
    copy.otherwise = one.otherwise
    role = grouping.role[one.kind]
    if one.here:
        return copy.part(whole, grouping.people[one.kind], at, Scope(one.allowed, one.hidden, limited))
    copy.withhold(at, copy.because(role) if role not in one.allowed else ("family_limit", "HU-C03"))
    return {}


def _aged(copy: Copy, person: Plain, whole: Plain, one: Shown, at: str, on: date) -> Plain:
    """A sibling's age in years in place of the date of birth, unless it is the family that keeps that back."""
    born = whole.get("date_of_birth")
    if one.kind != "sibling" or not born or "date_of_birth" in person:
        return person
    if copy.keeps_for_family(f"{at}/date_of_birth", "siblings_detail"):
        return person
    return person | {"age": age_on(date.fromisoformat(born), on)}

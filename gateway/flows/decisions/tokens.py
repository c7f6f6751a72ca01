"""Keyed tokens by which a referral can be found again without its values being readable (settled 20)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from contracts.referral import Referral
from gateway.store.attachments import KIND as DOCUMENT
from gateway.store.attachments import attachment_token
from gateway.store.keys import CouncilKeys, lookup_token
from gateway.store.versions import KIND as SOURCE_RECORD

PEOPLE: Final = ("name_and_birth", "identifier")
"""Kinds of the tokens that name a person."""


def tokens_of(keys: CouncilKeys, referral: Referral) -> Iterator[tuple[str, str]]:
    """Token and kind of the source's own reference, of each name with date of birth, and of each identifier."""
    seen: set[tuple[str, str]] = set()
    if referral.source.record_id:
        seen.add((record_token(keys, referral), SOURCE_RECORD))
    for person in referral.people:
        name = " ".join(filter(None, (person.first_name, person.surname))) or person.full_name or ""
        if name and person.date_of_birth:
            seen.add((name_token(keys, name, person.date_of_birth), "name_and_birth"))
        for identifier in person.identifiers:
            seen.add((number_token(keys, identifier.system, identifier.value), "identifier"))
    seen |= {(attachment_token(keys, document.sha256), DOCUMENT) for document in referral.attachments}
    yield from seen


def name_token(keys: CouncilKeys, name: str, born: date) -> str:
    """Names somebody by their first name and surname, however spaced, and their day of birth."""
    return lookup_token(keys, "name_and_birth", f"{' '.join(name.casefold().split())}/{born.isoformat()}")


def number_token(keys: CouncilKeys, system: str, number: str) -> str:
    """Names somebody by a number that a system gave them."""
    return lookup_token(keys, system, "".join(number.upper().split()))


def tokens_of_person(keys: CouncilKeys, sent: Mapping[str, Any]) -> frozenset[str]:
    """The tokens by which one person in a message is known. `sent` is JSON, and may lack any part."""
    name = " ".join(filter(None, (sent.get("first_name"), sent.get("surname")))) or sent.get("full_name") or ""
    born = sent.get("date_of_birth")
    known = {name_token(keys, name, date.fromisoformat(born))} if name and born else set()
    numbers = [one for one in sent.get("identifiers", ()) if {"system", "value"} <= one.keys()]
    return frozenset(known | {number_token(keys, one["system"], one["value"]) for one in numbers})


def record_token(keys: CouncilKeys, referral: Referral) -> str:
    """Names the source record a referral was made of. Forms of one system may count their records alike."""
    source = referral.source
    return lookup_token(keys, SOURCE_RECORD, f"{source.system}/{source.form or ''}/{source.record_id}")

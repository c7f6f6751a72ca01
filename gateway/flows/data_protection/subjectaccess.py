"""The subject access pack of one person: everywhere their data went, why, and what of it is kept (TH-C24, Article 15).

What is about other people is not in it: each such part is listed by its place alone, for a reviewer, who opens it with
a mark of their own. The record says who made the pack, what was opened, and the fingerprint of what was handed over.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Final

from contracts.errors import NoSuchAnswer, NotFound
from gateway.flows.acting import Acting
from gateway.flows.data_protection.packparts import Part, parts_of
from gateway.flows.data_protection.rights import referrals_of
from gateway.flows.data_protection.subjectpack import document, zipped
from gateway.flows.decisions.tokens import name_token
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.store.transaction import Tx
from gateway.store.writer import Write

MADE: Final = "subject.access"
"""Type of the entry that says a pack was made."""

_REASON: Final = 10


async def pack(
    gateway: Gateway, who: Acting, name: str, born: date, reason: str, opened: Collection[str] = ()
) -> bytes:
    """A zip with the pack as a page and as JSON. `opened`: parts a reviewer has looked at, as REFERRAL/people/1.

    Raises NotYourRole, NoSuchAnswer without a reason, NotFound.
    """
    who.must_be_let("subject.access")
    if len(reason.strip()) < _REASON:
        raise NoSuchAnswer("Say with --reason, in a sentence, who asks and how you know that they may.")
    token = name_token(gateway.keys[who.council.name], name, born)

    def work(tx: Tx) -> bytes:
        rows = referrals_of(tx, who, token)
        if not rows:
            raise NotFound("Nothing here is about somebody of that name and day of birth.")
        parts = {row.id: parts_of(tx, who.council.name, row, (name, born)) for row in rows}
        made = zipped(document(gateway, tx, who, parts, lambda found: _sorted(found, opened)))
        said = who.said | {"reason": reason.strip(), "opened": sorted(opened), "sha256": sha256(made).hexdigest()}
        for row in rows:
            write_entry(tx, who.council.name, row.id, MADE, said, section="reader")
        return made

    return await gateway.writer.submit(Write(work))


def _sorted(parts: Sequence[Part], opened: Collection[str]) -> dict[str, Any]:
    """What is the person's own; what a reviewer opened; and, by its place alone, all that waits for a review.

    Words that somebody wrote freely may be about anybody, so they wait too.
    """
    return {
        "about_you": {part.place: part.value for part in parts if part.own},
        "opened_by_a_reviewer": {part.place: part.value for part in parts if not part.own and part.name in opened},
        "waits_for_review": [part.name for part in parts if not part.own and part.name not in opened],
    }


def day_of(text: str) -> date:
    """A date of birth as it is typed: 2017-03-14 or 14/03/2017. Raises NoSuchAnswer."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise NoSuchAnswer("Write the date of birth as 14/03/2017.")

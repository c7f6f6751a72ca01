"""Which documents a referral names, and which of them are here: the same for receipts, status and decisions.

A digest that is no digest names nothing that can ever be here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from contracts.adapter import Fault
from contracts.referral import Referral
from gateway.store.attachments import Kept, attachment_token
from gateway.store.keys import CouncilKeys

ABSENT: Final = Fault(
    "",
    "",
    "the document that is named here",
    "Send it with PUT to /v1/attachments and its SHA-256, or inside the same zip.",
    "absent",
)


def tokens_in(keys: CouncilKeys, referral: Referral) -> dict[str, str]:
    """Digest → token of each document that a referral names."""
    return {one.sha256: attachment_token(keys, one.sha256) for one in referral.attachments}


def resolve(
    keys: CouncilKeys, referral: Referral, faults: Iterable[Fault], here: Mapping[str, Kept]
) -> tuple[Referral, tuple[Fault, ...]]:
    """The referral with the size and type of each document that is here, and a fault for each that is not.

    here  token → document
    """
    kept = tuple(fault for fault in faults if fault.kind != "absent")
    if not referral.attachments:
        return referral, kept
    attachments, absent = [], []
    for place, one in enumerate(referral.attachments):
        found = here.get(attachment_token(keys, one.sha256))
        if found is None:
            absent.append(Fault("", f"/attachments/{place}", ABSENT.expected, ABSENT.remedy, ABSENT.kind))
            attachments.append(one)
        else:
            attachments.append(one.model_copy(update={"size": found.size, "media_type": found.media_type}))
    changed = referral.model_copy(update={"attachments": tuple(attachments)})
    return (referral if changed == referral else changed), (*kept, *absent)


def absent_in(keys: CouncilKeys, referral: Referral, faults: Iterable[Fault]) -> frozenset[str]:
    """Tokens of the documents that a referral names and that are not here."""
    places = {fault.pointer for fault in faults if fault.kind == "absent"}
    return frozenset(
        attachment_token(keys, one.sha256)
        for place, one in enumerate(referral.attachments)
        if f"/attachments/{place}" in places
    )


TITLES: Final[Mapping[str, str]] = {
    "signed_consent": "Signed consent form",
    "eha": "Early Help Assessment",
    "single_assessment": "Single Assessment",
    "plan": "Plan",
}
"""Kind of a document → what people call it; any other is a document."""


def title_of(kind: object) -> str:
    """What people call a document of this kind. A kind of a sender's own is never repeated."""
    return TITLES.get(str(kind), "Document")


def listed(referral: Referral, faults: Iterable[Fault]) -> list[dict[str, object]]:
    """Each document as people are told of it: never its name, which can be a child's."""
    absent = {fault.pointer for fault in faults if fault.kind == "absent"}
    return [
        {
            "sha256": one.sha256,
            "kind": one.kind or "other",
            "media_type": one.media_type or "",
            "size": one.size or 0,
            "state": "not_here" if f"/attachments/{place}" in absent else "here",
        }
        for place, one in enumerate(referral.attachments)
    ]

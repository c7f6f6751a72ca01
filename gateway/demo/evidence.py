"""What the information governance lead looks at: one receipt opened, and its evidence proven with a public key."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.demo.sending import SENDERS
from gateway.demo.stage import Stage
from gateway.flows.evidence.proving import Proven, export, prove
from gateway.record.note import Key
from gateway.record.verify import verify_bundle

_COUNCIL: Final = "tower_hamlets"

WITHHELD: Final[Mapping[str, str]] = {
    "protected": "to keep it secret",
    "unread": "until a person has read it",
    "not_for_outcome": "because the hub can do without",
}
"""Why something stayed behind, as the record's codes say it."""


def opened(receipt: Mapping[str, Any], stage: Stage) -> Iterator[str]:
    """The decision in a receipt, in plain lines: who, to whom, on what basis, under which rule, what was held back."""
    council = stage.gateway.council(_COUNCIL)
    decided = next(entry for entry in receipt["entries"] if "outcome" in entry["sections"])
    part = {name: json.loads(section["value"]) for name, section in decided["sections"].items()}
    actors, basis = part["actors"], part["basis"]
    yield f"From {council.senders[actors['client']].title} to {council.hubs[actors['recipient']].title}."
    article = basis["art6"].replace("_", "(", 1).replace("_", ")(") + ")"
    yield f"Basis, as registered: UK GDPR Article {article}, {basis['power']}. Sharing agreement {basis['dsa_id']}."
    policy, rules = part["policy"], ", ".join(part["rules"]["deciding"])
    yield f"Decided by {rules} of {policy['id']} {policy['version']}: {part['reasons']['text']}"
    for reason, count in Counter(item["reason"] for item in part["withheld"]["listed"]).items():
        yield f"Held back {WITHHELD[reason]}: {count} {'field' if count == 1 else 'fields'}."


def verified(stage: Stage, referral: str) -> str:
    """What checking the evidence about one referral found, as `gateway record verify --bundle` would."""
    key = public_key(stage, _COUNCIL)
    report = verify_bundle(export(stage.gateway.store, _COUNCIL, key, referral), key, key.name)
    if not report.sound:
        return " ".join(finding.say for finding in report.findings)
    return f"{report.entries} entries, unaltered since they were sealed. This does not say that the sharing was right."


def tampered(stage: Stage, referral: str) -> str:
    """What is found when one word of a copy of that evidence is changed; "" if nothing is."""
    key = public_key(stage, _COUNCIL)
    copy = b"".join(export(stage.gateway.store, _COUNCIL, key, referral))
    edited = copy.replace(b"share_minimised", b"share_everyting", 1)
    report = verify_bundle(edited.splitlines(keepends=True), key, key.name)
    return "" if report.sound else " ".join(finding.say for finding in report.findings)


def public_key(stage: Stage, council: str) -> Key:
    """A council's public key, read from the text that anybody may have."""
    return Key.parse(stage.gateway.keys[council].record.vkey)


def prove_all(stage: Stage) -> list[Proven]:
    """The record of every council on the tour checked, its content included, with public keys only.

    A council to which nothing was sent has no sealed entry, so nothing to check.
    """
    visited = sorted({sender.council for sender in SENDERS.values()})
    return [prove(stage.gateway.store, name, public_key(stage, name)) for name in visited]

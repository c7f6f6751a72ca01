"""`gateway record export --fhir`: the decisions of a council, or of one referral, for a system that reads FHIR R4."""

from __future__ import annotations

from pathlib import Path

from gateway.doors.cli.receipts import for_us, reading
from gateway.doors.cli.telling import say
from gateway.flows.evidence.fhir_export import fhir_bundle
from gateway.record.note import Key
from gateway.settings import Settings


def write_fhir(settings: Settings, council: str, key: Key, referral: str, to: Path) -> None:
    """Write the Bundle into a file that other users cannot read."""
    store = reading(settings)
    try:
        with open(to, "wb", opener=for_us) as file:
            for piece in fhir_bundle(store, council, key.name, referral):
                file.write(piece)
    finally:
        store.close()
    say(f"{to} is written: AuditEvent and Provenance of each sealed decision, and Consent where somebody was asked.")
    say("It holds codes and no names. The words of the record stay in the record.")

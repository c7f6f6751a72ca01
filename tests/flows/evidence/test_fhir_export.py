"""A council's decisions as one FHIR Bundle, out of the store."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from gateway.flows.evidence.fhir_export import fhir_bundle
from tests.running import Door, a_hull_referral, rows, running, until


@pytest.fixture
def seals_at_once(catalogue: Any, tmp_path: Any, demo_urls: Any) -> Any:
    with running(catalogue, tmp_path, demo_urls, seal_every=0.01) as gateway:
        yield Door(gateway)


def exported(door: Door, referral: str = "") -> dict[str, Any]:
    asyncio.run(until(lambda: all(row["idx"] is not None for row in rows(door.gateway, "entry"))))
    told: dict[str, Any] = json.loads(b"".join(fhir_bundle(door.gateway.store, "hull", "origin/hull", referral)))
    return told


def kinds(bundle: dict[str, Any]) -> list[str]:
    return [one["resource"]["resourceType"] for one in bundle["entry"]]


def test_the_bundle_holds_each_decision_and_the_agreement_it_rests_on(seals_at_once: Door) -> None:
    seals_at_once.accepted()
    seals_at_once.accepted(a_hull_referral(agreements=[]), once="second")
    bundle = exported(seals_at_once)
    Bundle.model_validate(bundle)
    assert sorted(kinds(bundle)) == ["AuditEvent", "AuditEvent", "Consent", "Provenance", "Provenance"]


def test_the_bundle_of_one_referral_holds_nothing_of_another(seals_at_once: Door) -> None:
    first = seals_at_once.accepted()
    seals_at_once.accepted(once="second")
    bundle = exported(seals_at_once, first)
    assert kinds(bundle) == ["AuditEvent", "Provenance", "Consent"]


def test_no_name_of_the_family_is_in_it(seals_at_once: Door) -> None:
    seals_at_once.accepted()
    written = json.dumps(exported(seals_at_once))
    assert not [name for name in ("Maya", "Fernsby", "Joan", "late most mornings") if name in written]


def test_a_bundle_without_a_decision_is_valid_and_has_no_entry(seals_at_once: Door) -> None:
    assert exported(seals_at_once, "0" * 32) == {"resourceType": "Bundle", "type": "collection"}

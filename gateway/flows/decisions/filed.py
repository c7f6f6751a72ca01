"""A referral as it is kept: with its ledger, its faults, and what the family said after it was sent."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from contracts.adapter import Fault, LedgerLine
from contracts.referral import Referral
from contracts.returned import AgreementTold
from gateway.path.course import Matter
from gateway.path.trimming import spell


def filed_content(matter: Matter, ledger: Iterable[LedgerLine]) -> bytes:
    """The referral with its ledger and faults, as it is kept, and the digest that names this version of it."""
    return orjson.dumps(
        {
            "referral": orjson.Fragment(matter.spelt or spell(matter.referral)),
            "faults": [[f.position, f.pointer, f.expected, f.remedy, f.kind] for f in matter.faults],
            "ledger": [[line.source, line.state, line.to, line.why] for line in ledger],
            "digest": matter.content,
            "sent": matter.sent or matter.content,
            "since": _spelt(matter.since),
            "mapping": matter.mapping,
        }
    )


def _spelt(since: Iterable[AgreementTold]) -> list[orjson.Fragment]:
    return [orjson.Fragment(told.model_dump_json(exclude_defaults=True)) for told in since]


def refiled(body: bytes, referral: Referral, digest: str, since: Iterable[AgreementTold]) -> bytes:
    """A new version of what `filed_content` kept, with the faults and the ledger that it came with."""
    new = {"referral": orjson.Fragment(spell(referral)), "digest": digest, "since": _spelt(since)}
    return orjson.dumps(orjson.loads(body) | new)


def read_filed(body: bytes) -> tuple[Referral, tuple[Fault, ...], str]:
    """The referral, its faults and its digest, back from `filed_content`."""
    parts = orjson.loads(body)
    referral = Referral.model_validate_json(orjson.dumps(parts["referral"]))
    return referral, tuple(Fault(*fault) for fault in parts["faults"]), str(parts["digest"])


def read_since(body: bytes) -> tuple[AgreementTold, ...]:
    """What the family said after it was sent, oldest first, from `filed_content`."""
    told = orjson.loads(body).get("since", ())
    return tuple(AgreementTold.model_validate_json(orjson.dumps(one)) for one in told)


def read_mapping(body: bytes) -> str:
    """What the source record was mapped with, from `filed_content`."""
    return str(orjson.loads(body).get("mapping", ""))


def read_sent(body: bytes) -> str:
    """Digest of what its sender sent, before anything was added here, from `filed_content`."""
    parts = orjson.loads(body)
    return str(parts.get("sent", parts["digest"]))

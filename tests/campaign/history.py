"""What the senders know: every request, what was answered, and what never was (Jepsen's ok, fail and unknown)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.campaign.families import Kind


@dataclass(slots=True)
class Request:
    """One thing a sender wants stored, under one key.

    digest      SHA-256 of its bytes; record: number of the record it is about, another's where it corrects that
    tries       how often it was sent; unknown: how often no answer came back
    status      of the definite answer: 202, 422; 0 while there is none
    answer      SHA-256 of the first definite answer's body
    found       it had been kept though no answer came: a repeat was answered as one
    referrals   ids in the receipt; entries: of the record, as the receipt names them
    withdrawn   ms UTC at which its withdrawal was acknowledged; withdrawing: one was sent
    """

    number: int
    kind: Kind
    key: str
    digest: str
    record: int = 0
    tries: int = 0
    unknown: int = 0
    status: int = 0
    answer: str = ""
    found: bool = False
    referrals: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    withdrawing: bool = False
    withdrawn: int | None = None

    @property
    def acknowledged(self) -> bool:
        """Whether the sender holds a receipt."""
        return self.status == 202


@dataclass(slots=True)
class Rotated:
    """Keys and secrets that were changed while senders sent and workers delivered.

    done     what was rotated → how often: data key, hub secret, sender key; forgotten: data keys destroyed
    broken   what a rotation broke, in words
    slowest  seconds after it was taken out at which a sender's key still counted, at most
    """

    done: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    slowest: float = 0.0


@dataclass(slots=True)
class History:
    """Everything that was sent.

    statuses  HTTP status → how often any answer had it
    broken    promises about repeats that an answer broke, in words (P5)
    reusing   how often other content was sent under a used key; reused: how often that was answered
    """

    requests: list[Request] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    reusing: int = 0
    reused: int = 0

    @property
    def acknowledged(self) -> list[Request]:
        """Those whose sender holds a receipt."""
        return [request for request in self.requests if request.acknowledged]

    @property
    def resolved(self) -> list[Request]:
        """Those that were once without an answer, and have one now."""
        return [request for request in self.requests if request.unknown and request.status]

    def keep(self, path: Path) -> None:
        """Write it down, one request a line, for whoever looks into a violation."""
        with path.open("w", encoding="utf-8") as file:
            for request in self.requests:
                file.write(json.dumps(asdict(request)) + "\n")

"""One record as it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.adapter import Document, Fault, LedgerLine, Plain
from contracts.referral import Referral


@dataclass(frozen=True, slots=True)
class Read:
    """One record as it was read: a referral, or only the reasons why it is none.

    position  where in what was sent
    ledger    what became of each leaf of the source record
    mapping   what it was mapped with: form, version and SHA-256 of the mapping's file; "" where nothing was
    documents that came with it and may be carried
    kept      the rows that were chosen, where what was sent is not kept itself (settled 2, 55)
    unclean   the scanner found something in what came with it: its bytes are not kept
    """

    position: str
    referral: Referral | None
    ledger: tuple[LedgerLine, ...] = ()
    faults: tuple[Fault, ...] = ()
    documents: tuple[Document, ...] = ()
    kept: Mapping[str, Plain] | None = None
    unclean: bool = False
    mapping: str = ""

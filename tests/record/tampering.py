"""Tampers with a real store file and an exported bundle, each kind at random places, and counts what goes unnamed.

python -m tests.record.tampering --each 1000 [--seed 1] [--processes 2]
"""

from __future__ import annotations

import argparse
import atexit
import io
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from rich.progress import track

from contracts import verify_evidence
from contracts.evidence import Entry
from contracts.verify_evidence import NotVerified, key_in
from gateway.flows.evidence.proving import Proven, export, prove
from gateway.record.bundle import evidence_document
from gateway.record.canonical import verbatim
from gateway.record.entries import make_entry
from gateway.record.note import LOG, WITNESS, Key, cosignature_line
from gateway.record.verify import verify_bundle
from gateway.store.engine import Opened, open_engine
from gateway.store.evidence import evidence_of, heads
from gateway.store.keys import CouncilKeys, load_keys
from gateway.store.sealer import Sealer, record_entry
from gateway.store.sqlite import driver
from gateway.store.tables import WITNESSED
from gateway.store.transaction import Tx
from gateway.store.writer import Write, Writer
from tests.record import tamperedbundle, tamperedtree
from tests.record.tamperedstore import EVERY, HELD, SIZE, Way

STARTED: Final = 1_795_356_960_000


@dataclass(frozen=True, slots=True)
class Stand:
    """One sealed record of two councils in a file, open to be read; what it was is kept to go back to.

    held    the checkpoint that somebody keeps outside     witness  the key that signed it too
    bundle  the exported lines of one referral; other: another council's; strangers: others' of this record
    """

    raw: Any
    first: Any
    opened: Opened
    own: CouncilKeys
    held: str
    witness: Key
    bundle: tuple[bytes, ...]
    other: tuple[bytes, ...]
    strangers: tuple[bytes, ...]

    def way(self, chance: random.Random) -> Way:
        """What a tamperer has."""
        name = self.own.record.name
        no_witness = (_key(self.witness.name, "no witness", WITNESS), _private("no witness").sign)
        old = (_key(name, "old", LOG), _private("old").sign)
        return Way(chance, self.own.record, self.own.sign, old, no_witness, self.strangers)

    def mend(self) -> None:
        """The file as it was."""
        self.first.backup(self.raw)

    def checked(self, kind: str) -> Proven:
        """What the product says of the file, given what a kind leaves to the reader: a held checkpoint or a witness."""
        held, witnesses = ((), (self.witness,)) if "witness" in kind or "cosign" in kind else ((self.held,), ())
        return prove(self.opened, "hull", self.own.record, held, witnesses=witnesses)


def _private(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed.encode().ljust(32, b"."))


def _key(name: str, seed: str, kind: int) -> Key:
    return Key(name, kind, _private(seed).public_key().public_bytes_raw())


def about(number: int) -> str:
    """Which referral an entry is about: two in turn, of one of which a bundle is made, and now and then none."""
    if number % 25 == 3 and number < HELD:
        return "r"
    return "" if number % 25 == 4 else "s"


def an_entry(number: int, council: str) -> Entry:
    """An invented decision, with a letter that has two spellings."""
    said = {
        "facts": {"n": number, "harm": "none_declared"},
        "outcome": {"code": "hold", "rule": f"G-{number % 7}"},
        "human": {"reason": f"Zoë's invented café, case {number}"},
    }
    salts = random.Random(f"{council} {number}")
    rid = str(UUID(int=(0x0192F1C2_0000_4000_8000_000000000000 + (council == "kent") * 2**40 + number)))
    return make_entry(
        rid, council, "decision.machine", STARTED + number * 1000, said, lambda: salts.randbytes(32), about(number)
    )


@contextmanager
def standing(folder: Path) -> Iterator[Stand]:
    """A record of 300 entries under 10 checkpoints; the eighth is held outside and signed by a witness."""
    keys = load_keys(folder / "keys", ("hull", "kent"), "gateway.example", create=True)
    file, signer = folder / "gateway.db", _private("witness")
    witness = _key("witness.example/audit", "witness", WITNESS)
    held = _fill(file, keys, witness, signer)
    opened = open_engine(f"sqlite:///{file}", demo=True, read_only=True)
    raw, first = driver().connect(file), driver().connect(":memory:")
    try:
        raw.backup(first)
        lines = tuple(export(opened, "hull", keys["hull"].record, "r"))
        others = tuple(export(opened, "kent", keys["kent"].record))
        yield Stand(raw, first, opened, keys["hull"], held, witness, lines, others, _strangers(opened))
    finally:
        first.close()
        raw.close()
        opened.close()


def _strangers(opened: Opened) -> tuple[bytes, ...]:
    """Lines of entries that the bundle's checkpoint covers, and that are not about its referral."""
    with opened.read("hull") as connection:
        rids = [an_entry(number, "hull").rid for number in range(HELD) if about(number) != "r"]
        found = (evidence_of(connection, "hull", rid) for rid in rids[::7])
        return tuple(verbatim(evidence_document(one)) + b"\n" for one in found if one is not None)


def _fill(file: Path, keys: Any, witness: Key, signer: Ed25519PrivateKey) -> str:
    opened, sealer = open_engine(f"sqlite:///{file}", demo=True), Sealer(keys)
    writer = Writer(opened)
    writer.start()
    try:
        for council, size in (("kent", EVERY), ("hull", SIZE)):
            for start in range(0, size, EVERY):
                writer.run(Write(partial(_record, council=council, start=start)))
                writer.run(sealer.seal_now())
        with opened.read("hull") as connection:
            held = next(head.note for head in heads(connection, "hull") if head.size == HELD)
        line = cosignature_line(witness, signer.sign, held.rpartition("\n\n")[0] + "\n", STARTED // 1000)
        row = {"council": "hull", "witness": witness.name, "size": HELD, "line": line, "at": STARTED}
        writer.run(Write(lambda tx: tx.insert(WITNESSED, row)))
    finally:
        writer.stop()
        opened.close()
    return held


def _record(tx: Tx, council: str, start: int) -> None:
    """As many entries as one checkpoint takes; some are about a referral of which a bundle is made."""
    for number in range(start, start + EVERY):
        record_entry(tx, an_entry(number, council))


def unnamed_in_store(stand: Stand, kind: str, chance: random.Random) -> bool:
    """Tampers once with the file, and mends it. Whether that was not seen."""
    try:
        tamperedtree.KINDS[kind](stand.raw, stand.way(chance))
        stand.raw.commit()
        return stand.checked(kind).report.sound
    finally:
        stand.raw.rollback()
        stand.mend()


def unnamed_in_bundle(stand: Stand, kind: str, chance: random.Random) -> tuple[str, ...]:
    """Tampers once with a copy of the bundle. Which verifiers did not see it."""
    lines = tamperedbundle.KINDS[kind](list(stand.bundle), list(stand.other), stand.way(chance))
    if lines == list(stand.bundle):
        raise AssertionError(f"{kind} changed nothing")
    key, blind = stand.own.record, []
    if verify_bundle(lines, key, key.name, witnesses=(stand.witness,)).sound:
        blind.append("the gateway's")
    if independent(lines, key, stand.witness):
        blind.append("the independent one")
    return tuple(blind)


def independent(lines: list[bytes], key: Key, witness: Key) -> bool:
    """Whether the verifier that shares no code with the gateway believes these lines."""
    try:
        text = b"".join(lines).decode()
        if not text.endswith("\n"):
            return False
        with redirect_stdout(io.StringIO()):  # it tells whoever runs it who else signed
            list(verify_evidence.verify(text[:-1].split("\n"), {}, key_in(key.vkey), [key_in(witness.vkey)]))
    except (NotVerified, KeyError, TypeError, AttributeError, ValueError):
        return False
    return True


def exposed(stand: Stand, chance: random.Random) -> tuple[bool, int, int | None]:
    """Rewrites what no checkpoint outside covers: whether that went unseen, and the window that is printed for it."""
    try:
        tamperedtree.newer_than_what_is_held(stand.raw, stand.way(chance))
        stand.raw.commit()
        proven = stand.checked("newer")
        return proven.report.sound, proven.exposed, proven.since
    finally:
        stand.raw.rollback()
        stand.mend()


@dataclass(frozen=True, slots=True)
class Round:
    """So many turns of one kind, from the turn `first` on: each turn's chance depends on nothing but its number."""

    seed: int
    where: str
    kind: str
    first: int
    turns: int


def tried(one: Round) -> tuple[str, int]:
    """Tampers in this process's own store. Answers the kind, and how many turns went unseen."""
    seen = unnamed_in_store if one.where == "store" else unnamed_in_bundle
    stand = _own_stand()
    unseen = 0
    for turn in range(one.first, one.first + one.turns):
        unseen += bool(seen(stand, one.kind, random.Random(f"{one.seed} {one.where} {one.kind} {turn}")))
    return f"{one.where}: {one.kind}", unseen


@cache
def _own_stand() -> Stand:
    """Made once in each process, and taken down with it."""
    kept = ExitStack()
    atexit.register(kept.close)
    return kept.enter_context(standing(Path(kept.enter_context(tempfile.TemporaryDirectory()))))


def rounds(each: int, seed: int) -> list[Round]:
    """Every kind in rounds of at most 100 turns."""
    kinds = [("store", kind) for kind in tamperedtree.KINDS] + [("bundle", kind) for kind in tamperedbundle.KINDS]
    return [
        Round(seed, where, kind, first, min(100, each - first))
        for where, kind in kinds
        for first in range(0, each, 100)
    ]


def main() -> int:
    """Every kind at so many places, in the store and in the bundle. Exit code 1 if any went unseen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    todo, blind = rounds(asked.each, asked.seed), dict[str, int]()
    with ProcessPoolExecutor(asked.processes, mp_context=get_context("spawn")) as pool:
        for name, unseen in track(pool.map(tried, todo), "Tampering", len(todo), console=Console(stderr=True)):
            blind[name] = blind.get(name, 0) + unseen
    stand = _own_stand()
    windows = {exposed(stand, random.Random(f"{asked.seed} {turn}")) for turn in range(min(asked.each, 50))}
    for name, many in blind.items():
        sys.stdout.write(f"{name}: {asked.each:,} times, {many} undetected\n")
    sys.stdout.write(f"{asked.each * len(blind):,} in {len(blind)} kinds, {sum(blind.values())} undetected\n")
    sys.stdout.write(f"newer than what is held: {sorted(map(str, windows))}\n")
    return 1 if any(blind.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

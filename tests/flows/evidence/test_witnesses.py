"""A witness on loopback signs every council's checkpoints; one that will not sign, or is away, holds nothing up."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import update

from contracts.errors import ConfigError
from gateway.doors.witness import Witness, create_witness
from gateway.flows.connections.destinations import Destinations
from gateway.flows.connections.outbound import WayOut
from gateway.flows.connections.transport import CheckedTransport
from gateway.flows.evidence.proving import prove
from gateway.flows.evidence.witnesses import Round, Seer, seers
from gateway.record.note import open_note
from gateway.store.evidence import latest_checkpoint, proof_of, witnessed_checkpoint
from gateway.store.tables import CHECKPOINT, WITNESSED
from gateway.store.writer import Write
from tests.running import Door, on_sqlite, rows, until

HULL = "hull"


@asynccontextmanager
async def listening(own: Witness) -> AsyncIterator[str]:
    """The witness behind a real HTTP server on loopback; its address."""
    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_witness(own), log_config=None, access_log=False, lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[door]))
    try:
        await until(lambda: server.started)
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        door.close()


@pytest.fixture
def own(door: Door, tmp_path: Path) -> Witness:
    return Witness(tmp_path / "witness", "witness.example/audit", [door.gateway.keys[HULL].record])


def sealed(door: Door, key: str) -> None:
    door.accepted(once=key)
    door.gateway.writer.run(door.gateway.sealer.seal_now())


def asked(door: Door, own: Witness, times: int = 1, url: str = "") -> Round:
    """Ask that witness so often, as the worker does, through the one way out."""

    async def ask() -> Round:
        transport = CheckedTransport(Destinations(demo=True))
        try:
            async with listening(own) as address:
                keys = {HULL: door.gateway.keys[HULL]}
                only = replace(door.gateway, keys=keys)
                way = WayOut(transport, deadline=2.0, demo=True)
                turn = Round(only, way, (Seer(own.key, url or address),))
                for _ in range(times):
                    await turn.go()
                return turn
        finally:
            await transport.aclose()

    return asyncio.run(ask())


def note_of(door: Door) -> str:
    with door.gateway.store.read(HULL) as connection:
        return witnessed_checkpoint(connection, HULL) or latest_checkpoint(connection, HULL) or ""


def test_the_newest_checkpoint_gets_the_witnesss_signature(door: Door, own: Witness) -> None:
    sealed(door, "one")
    asked(door, own)
    _, held = open_note(note_of(door), (door.gateway.keys[HULL].record, own.key))
    assert [signature.key for signature in held] == [door.gateway.keys[HULL].record, own.key]


def test_it_is_asked_once_for_each_checkpoint(door: Door, own: Witness) -> None:
    sealed(door, "one")
    asked(door, own, times=3)
    assert note_of(door).count("— witness.example/audit") == 1


def test_a_record_that_grew_is_signed_again(door: Door, own: Witness) -> None:
    sealed(door, "one")
    asked(door, own)
    sealed(door, "two")
    asked(door, own)
    assert [row["witness"] for row in rows(door.gateway, "witnessed")] == ["witness.example/audit"] * 2


def test_a_record_with_a_witnesss_signature_still_verifies(door: Door, own: Witness) -> None:
    sealed(door, "one")
    asked(door, own)
    sealed(door, "two")
    assert prove(door.gateway.store, HULL, door.gateway.keys[HULL].record).report.sound


def test_a_proof_is_against_the_newest_checkpoint_that_a_witness_has_signed(door: Door, own: Witness) -> None:
    sealed(door, "one")
    asked(door, own)
    seen = note_of(door)
    first = rows(door.gateway, "entry")[0]["rid"]
    sealed(door, "two")
    with door.gateway.store.read(HULL) as connection:
        proof = proof_of(connection, HULL, first)
    assert proof is not None
    assert proof.checkpoint.note == seen


def test_a_witness_that_starts_again_goes_on_where_it_was(door: Door, own: Witness, tmp_path: Path) -> None:
    sealed(door, "one")
    asked(door, own)
    sealed(door, "two")
    again = Witness(tmp_path / "witness", "witness.example/audit", [door.gateway.keys[HULL].record])
    assert again.key == own.key
    asked(door, again)
    assert len(rows(door.gateway, "witnessed")) == 2


@on_sqlite
def test_a_gateway_restored_from_before_is_told_what_the_witness_has_seen_and_goes_on_from_there(
    door: Door, own: Witness
) -> None:
    sealed(door, "one")
    asked(door, own)
    door.gateway.writer.run(Write(lambda tx: tx.execute(WITNESSED.delete())))
    sealed(door, "two")
    assert asked(door, own).refusals == {}
    assert note_of(door).count("— witness.example/audit") == 1


def test_a_record_that_was_rewritten_is_refused_and_the_refusal_is_recorded_once(door: Door, own: Witness) -> None:
    sealed(door, "one")
    asked(door, own)
    other = own._seen[door.gateway.keys[HULL].record.name]
    own._seen[door.gateway.keys[HULL].record.name] = replace(other, root=bytes(32))
    sealed(door, "two")
    refused = asked(door, own, times=3).refusals
    assert set(refused.values()) == {"status_422"}
    assert [row["type"] for row in rows(door.gateway, "entry")].count("witness.refused") == 1


def test_a_witness_that_is_away_holds_nothing_up(door: Door, own: Witness) -> None:
    sealed(door, "one")
    assert asked(door, own, url="http://127.0.0.1:9").refusals == {}
    assert rows(door.gateway, "witnessed") == []


@on_sqlite  # on PostgreSQL the gateway itself may not change a checkpoint
def test_a_checkpoint_whose_note_was_changed_in_the_store_is_not_signed(door: Door, own: Witness) -> None:
    sealed(door, "one")
    forged = note_of(door).replace("\n", "\nx", 1)
    door.gateway.writer.run(Write(lambda tx: tx.execute(update(CHECKPOINT).values(note=forged))))
    assert set(asked(door, own).refusals.values()) <= {"status_400", "status_403", "status_404"}
    assert rows(door.gateway, "witnessed") == []


@pytest.mark.parametrize("setting", ["nothing", "name+id+key@https://w.example", "@https://w.example"])
def test_a_setting_that_names_no_witness_is_refused_in_words(setting: str) -> None:
    with pytest.raises(ConfigError, match="GATEWAY_WITNESSES"):
        seers((setting,))


def test_a_folder_that_others_can_read_is_refused(door: Door, tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    with pytest.raises(ConfigError, match="chmod"):
        Witness(folder, "witness.example/audit", [])

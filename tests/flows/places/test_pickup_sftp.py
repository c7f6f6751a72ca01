"""An SFTP server, a real one on loopback: known by its key, entered by ours, and resumed after a fault at any step."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from gateway.config.pickups import Pickup, SftpPart
from gateway.flows.connections.destinations import Destinations
from gateway.flows.gateway import Gateway
from gateway.flows.places.pickup import Round, fetch
from gateway.flows.places.place import Unreachable
from gateway.flows.places.sftp import open_sftp
from tests.flows.dropping import a_file, a_pickup, entries, reported, submissions
from tests.running import on_sqlite

pytestmark = on_sqlite

HOST = asyncssh.generate_private_key("ssh-ed25519")
OURS = asyncssh.generate_private_key("ssh-ed25519")
PASSWORD = "an-invented-password"
SECRETS = {"our_key": OURS.export_private_key().decode().strip(), "our_password": PASSWORD, "wrong": "no"}


class Server(asyncssh.SSHServer):
    """Lets one user in, with one key or one password."""

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("academy", PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == "academy" and key.public_data == OURS.public_data


@asynccontextmanager
async def serving(folder: Path, failing: Callable[[], None] = lambda: None) -> AsyncIterator[int]:
    """Its port. `failing` is asked before each thing the server does to a file, and may raise."""

    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=os.fsencode(folder))

        def open(self, *given: Any) -> Any:
            failing()
            return super().open(*given)

        def read(self, *given: Any) -> Any:
            failing()
            return super().read(*given)

        def rename(self, *given: Any) -> Any:
            failing()
            return super().rename(*given)

        def lstat(self, *given: Any) -> Any:
            failing()
            return super().lstat(*given)

        def mkdir(self, *given: Any) -> Any:
            failing()
            return super().mkdir(*given)

        def remove(self, *given: Any) -> Any:
            failing()
            return super().remove(*given)

    server = await asyncssh.create_server(Server, "127.0.0.1", 0, server_host_keys=[HOST], sftp_factory=Files)
    async with server:
        yield server.get_port()


def pickup_at(port: int, **changes: Any) -> Pickup:
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "user": "academy",
        "path": "out",
        "host_keys": [HOST.export_public_key().decode().strip()],
        "key": "our_key",
        "whole": "renamed",
    }
    return a_pickup(SftpPart.model_validate({**given, **changes}, strict=False))


async def look(gateway: Gateway, pickup: Pickup, before: Round | None = None) -> Round:
    assert isinstance(pickup.where, SftpPart)
    async with open_sftp(pickup.where, SECRETS.__getitem__, Destinations(demo=True)) as place:
        return await fetch(gateway, pickup, place, before or Round())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "server" / "out").mkdir(parents=True)
    return tmp_path / "server" / "out"


def fetched(gateway: Gateway, folder: Path, **changes: Any) -> Round:
    async def scenario() -> Round:
        async with serving(folder.parent) as port:
            return await look(gateway, pickup_at(port, **changes))

    return asyncio.run(scenario())


def test_what_is_whole_is_accepted_reported_and_moved(gateway: Gateway, folder: Path) -> None:
    (folder / "one.json").write_bytes(a_file())
    assert fetched(gateway, folder).counts == {"done": 1}
    file, report = sorted((folder / "done").iterdir())
    assert file.read_bytes() == a_file()
    assert reported(report.read_bytes())[0]["state"] == "accepted"
    assert submissions(gateway) == 1


def test_the_same_file_left_again_with_its_own_time_is_put_away_again(gateway: Gateway, folder: Path) -> None:
    for _ in range(2):
        (folder / "one.json").write_bytes(a_file())
        os.utime(folder / "one.json", (1_790_000_000, 1_790_000_000))
        assert fetched(gateway, folder).counts == {"done": 1}
    assert (submissions(gateway), len(list((folder / "done").iterdir()))) == (1, 2)


def test_what_cannot_be_read_goes_to_quarantine(gateway: Gateway, folder: Path) -> None:
    (folder / "one.json").write_bytes(b"?")
    assert fetched(gateway, folder).counts == {"quarantine": 1}
    assert len(list((folder / "quarantine").iterdir())) == 2


def test_a_password_lets_in_as_well(gateway: Gateway, folder: Path) -> None:
    assert fetched(gateway, folder, key=None, password="our_password").counts == {}


def test_with_markers_a_file_waits_for_its_own(gateway: Gateway, folder: Path) -> None:
    (folder / "one.json").write_bytes(a_file())
    assert fetched(gateway, folder, whole="marker").counts == {}
    (folder / "one.json.done").touch()
    assert fetched(gateway, folder, whole="marker").counts == {"done": 1}
    assert [path.name for path in folder.iterdir()] == ["done"]


def test_a_file_that_grows_between_two_looks_waits(gateway: Gateway, folder: Path) -> None:
    async def scenario() -> list[Round]:
        async with serving(folder.parent) as port:
            pickup, rounds = pickup_at(port, whole="still"), [Round()]
            for part in (99, None, None):
                (folder / "one.json").write_bytes(a_file()[:part])
                os.utime(folder / "one.json", (1_700_000_000, 1_700_000_000))
                rounds.append(await look(gateway, pickup, rounds[-1]))
            return rounds[1:]

    assert [one.counts for one in asyncio.run(scenario())] == [{"waiting": 1}, {"waiting": 1}, {"done": 1}]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"host_keys": [OURS.export_public_key().decode().strip()]}, "host_key_unknown"),
        ({"key": None, "password": "wrong"}, "not_let_in"),
        ({"key": "wrong"}, "secret_unusable"),
        ({"path": "missing"}, "folder_missing"),
    ],
)
def test_a_server_that_cannot_be_used_is_told_by_a_code(
    gateway: Gateway, folder: Path, changes: dict[str, Any], why: str
) -> None:
    (folder / "one.json").write_bytes(a_file())
    with pytest.raises(Unreachable, match=why):
        fetched(gateway, folder, **changes)
    assert submissions(gateway) == 0


def test_a_server_that_does_not_answer_is_told_by_a_code(gateway: Gateway) -> None:
    with pytest.raises(Unreachable, match="Connection"):
        asyncio.run(look(gateway, pickup_at(1)))


def test_after_a_fault_at_any_step_nothing_is_lost_or_taken_twice(gateway: Gateway, folder: Path) -> None:
    async def scenario() -> int:
        left = -1

        def failing() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise asyncssh.SFTPConnectionLost("gone")

        async with serving(folder.parent, failing) as port:
            for steps in count(1):
                (folder / "one.json").write_bytes(a_file(f"Child {steps}"))
                left = steps
                try:
                    first = (await look(gateway, pickup_at(port))).counts
                except Unreachable:
                    first = Counter()
                left = -1
                await look(gateway, pickup_at(port))
                put = [path.name for path in (folder / "done").iterdir() if not path.name.startswith(".")]
                files = [name for name in put if not name.endswith(".report.csv")]
                assert len(files) * 2 == len(put)
                assert len(files) == submissions(gateway) == entries(gateway)["pickup.taken"] == steps
                if first == {"done": 1}:
                    return steps
        raise AssertionError

    assert asyncio.run(scenario()) >= 5

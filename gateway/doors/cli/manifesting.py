"""`gateway manifest`: what was sent and received on a day and where it is, signed; and what another list has of it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.doors import manifests
from gateway.doors.cli.asking import Council, Demo
from gateway.doors.cli.files import rules_of
from gateway.doors.cli.reaching import reach
from gateway.doors.cli.telling import say
from gateway.main import load_checked
from gateway.path.calendar import day_of
from gateway.settings import demo_settings, load_settings

Sender = Annotated[str, typer.Option(help="Of this sender only.")]
Hub = Annotated[str, typer.Option(help="Of this hub only.")]
Day = Annotated[str, typer.Option(help="The day, as 2026-11-22; yesterday if left out.")]
Check = Annotated[
    Path | None,
    typer.Option(help="Their own list: JSON as the HTTP door takes it, or one reference, key or SHA-256 on each line."),
]
To = Annotated[Path | None, typer.Option(help="A file to write the signed manifest to.")]


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command()(manifest)


def manifest(
    council: Council, sender: Sender = "", hub: Hub = "", day: Day = "", check: Check = None, to: To = None,
    demo: Demo = False,
) -> None:  # fmt: skip
    """What was sent and received on a day, and where all of it is. With --check: what differs from their own list.

    Exit 1 where the lists differ. It names nobody.
    """
    settings = demo_settings() if demo else load_settings()
    catalogue = load_checked(settings.mappings)
    rules_of(catalogue, council)
    asked: dict[str, Any] = {"council": council, "sender": sender, "hub": hub, "day": day or _yesterday()}
    if check is not None:
        asked["listed"] = _listed(check)
    told = reach(settings, catalogue, manifests.PATH, asked, manifests.asked_for)
    if check is not None:
        _compared(told)
        raise typer.Exit(0 if told["agree"] else 1)
    _shown(told["manifest"])
    for one in told.get("differ", ()):
        whose = f"{one['for']}. Task {one['task'][:8]}."
        _line(f"A list of {one['day']} differs from ours, and nobody has said why: {whose}")
    if to is not None:
        to.write_text(told["note"], encoding="utf-8")
        say(f"Wrote it to {to}, as it was signed with {told['key']}.")


def _yesterday() -> str:
    return (day_of(time.time_ns() // 1_000_000) - timedelta(days=1)).isoformat()


def _listed(path: Path) -> str:
    """Their list as JSON. Lines are told apart by their shape: 32 hex digits, 64 of them, or anything else."""
    text = path.read_text(encoding="utf-8")
    if text.lstrip().startswith("{"):
        return text
    found: dict[str, list[str]] = {"references": [], "digests": [], "keys": []}
    for line in filter(None, map(str.strip, text.splitlines())):
        is_hex = set(line) <= set("0123456789abcdef")
        kind = {32: "references", 64: "digests"}.get(len(line), "keys") if is_hex else "keys"
        found[kind].append(line)
    return json.dumps(found)


def _shown(said: Mapping[str, Any]) -> None:
    _line(f"{said['for']}, {said['council']}, {said['day']}. Made {said['made']}.")
    if "received" in said:
        of = said["received"]
        _line(f"Received: {of['records']} records = {of['referrals']} referrals + {of['rejected']} rejected.")
    for name in ("accepted", "promised", "ever"):
        if name in said:
            _line(f"{_TITLES[name]}: {_sum(said[name])}")
    ages = ", ".join(f"{many} {band.replace('_', ' ')}" for band, many in said["open"]["by_age"].items() if many)
    _line(f"Open of any day: {said['open']['open']}, of which {said['open']['held']} held. By age: {ages or 'none'}.")
    for name in ("referrals", "open_before", "arrived", "may_have_arrived"):
        for one in said.get(name, ()):
            _line(f"    {name.replace('_', ' ')}: {_one(one)}")


_TITLES = {"accepted": "Decisions", "promised": "Messages", "ever": "Decisions of all days"}


def _sum(of: Mapping[str, int]) -> str:
    places = " + ".join(f"{of[name]} {name}" for name in ("delivered", "denied", "cancelled", "open"))
    return f"{of['accepted']} = {places}; {of['held']} of the open are held."


def _one(one: Mapping[str, Any]) -> str:
    if "delivery" in one:
        return f"{one['delivery']}  {one['kind']} of {one['reference']}"
    parts = one.get("parts", [one])
    where = ", ".join(f"{part['hub'] or 'no hub yet'} {'held' if part['held'] else part['place']}" for part in parts)
    newer = f"replaced by {one['newer']}" if one.get("newer") else "decided again elsewhere"
    days = f", {one['days']} days" if "days" in one else ""
    return f"{one['reference']}  {where or newer}{days}"


def _compared(told: Mapping[str, Any]) -> None:
    _line(told["say"])
    _line(f"The same in both: {told['same']}.")
    for name, words in _WORDS.items():
        for one in told[name]:
            _line(f"    {words}: {_id(one)}")


def _id(one: Any) -> str:
    if isinstance(one, str):
        return one
    return " ".join(filter(None, (one.get("id", ""), one.get("pointer", ""), one.get("day", ""))))


_WORDS = {
    "only_there": "they list it, and we do not have it",
    "only_here": "we have it, and they do not list it",
    "rejected": "they list it, and we turned it away",
    "in_doubt": "they have it, and never acknowledged it",
    "other_day": "we took it on another day",
}


def _line(text: str) -> None:
    sys.stdout.write(f"{text}\n")

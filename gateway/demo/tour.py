"""The demonstration: a whole gateway in a throw-away folder, five stories, one table, and the record proven."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Mapping
from io import TextIOWrapper
from pathlib import Path

from rich.console import Console
from rich.text import Text

from gateway.demo import stories
from gateway.demo.back import way_back
from gateway.demo.ending import came_to, differences
from gateway.demo.evidence import prove_all
from gateway.demo.expected import EXPECTED, Expected
from gateway.demo.stage import Stage, stage
from gateway.demo.table import table_of
from gateway.demo.telling import PATH, Telling


async def tour(expected: Mapping[int, Expected] = EXPECTED) -> int:
    """Tell it on standard output. 0 if everything came to what it was expected to, 1 if anything did not."""
    if isinstance(sys.stdout, TextIOWrapper):
        # Where arrows cannot be written, a question mark stands for them.
        sys.stdout.reconfigure(errors="replace")
    told = Telling(Console(highlight=False))
    _begin(told)
    with tempfile.TemporaryDirectory(prefix="early-help-demo-") as folder:
        async with stage(Path(folder)) as playing:
            for story in (stories.council, stories.school, stories.ig_lead, stories.hub_worker):
                await story(playing, told)
            await _ends(playing, told, expected)
            await way_back(playing, told)
            await _record(playing, told)
    for line in told.wrong:
        told.console.print(Text(line, style="bold"))
    told.console.print(Text("record verified", style="bold") if not told.wrong else "The demonstration failed.")
    return 1 if told.wrong else 0


def _begin(told: Telling) -> None:
    told.console.print(Text("The Early Help Gateway: a tour", style="bold"))
    told.console.print()
    told.say("Invented families and stub hubs, all on this machine, in a folder that is thrown away afterwards.")
    told.say("Initials stand for children. The numbers are those of the table at the end.")
    told.console.print()
    told.console.print(Text(PATH), end="")


async def _ends(playing: Stage, told: Telling, expected: Mapping[int, Expected]) -> None:
    came = {
        number: await came_to(playing, told.sent[number], wanted.rule)
        for number, wanted in expected.items()
        if number in told.sent
    }
    told.console.print()
    told.console.print(Text("What came of everything that was sent", style="bold"))
    told.console.print()
    told.console.print(table_of(expected, told.sent, came))
    told.wrong.extend(f"{number} was to be sent, and was not." for number in expected.keys() - told.sent.keys())
    for number, end in came.items():
        told.wrong.extend(differences(number, expected[number], end))


async def _record(playing: Stage, told: Telling) -> None:
    await playing.gateway.writer.submit(playing.gateway.sealer.seal_now())
    told.console.print()
    told.say("Every step above is an entry in its council's record. Here each record is checked with its public key.")
    for one in await asyncio.to_thread(prove_all, playing):
        report = one.report
        told.wrong.extend(f"{one.council}: {finding.say}" for finding in report.findings)
        if not report.sound or one.waiting or not report.entries:
            told.wrong.append(f"{one.council}: the record could not be verified whole.")
            continue
        council = playing.gateway.council(one.council).title
        told.sees(f"{council}: {report.entries} entries and their content unaltered since they were sealed.")
    told.console.print()

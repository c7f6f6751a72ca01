"""The table at the end of the demonstration: what was sent, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rich import box
from rich.table import Table

from gateway.demo.ending import Came
from gateway.demo.expected import Expected
from gateway.demo.sending import SENDERS
from gateway.demo.telling import Sent

DECIDED: Final[Mapping[str, str]] = {
    "share": "share",
    "share_minimised": "share, minimised",
    "advice_only": "advice only",
    "hold": "hold",
    "return": "return",
    "divert": "divert",
    "refuse": "refuse",
    "rejected": "not accepted",
    "replayed": "sent twice",
    "key_used": "key used before",
    "refused": "not accepted",
}
"""What was decided, in the table's words."""


def table_of(expected: Mapping[int, Expected], sent: Mapping[int, Sent], came: Mapping[int, Came]) -> Table:
    """One row for each thing that was sent."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), expand=True, show_edge=False)
    table.add_column("#", width=2, justify="right")
    table.add_column("From", width=9)
    table.add_column("About", width=6)
    table.add_column("Decided", width=9, style="bold")
    table.add_column("Hub", ratio=14)
    table.add_column("So far", ratio=15)
    table.add_column("Why", ratio=19)
    for number, end in came.items():
        sender = SENDERS[sent[number].sender]
        table.add_row(
            str(number),
            sender.short,
            expected[number].about,
            DECIDED[end.decided],
            end.hub.removeprefix(sender.short.partition(",")[0]).strip() or "–",
            end.became,
            end.why,
            end_section=True,
        )
    return table

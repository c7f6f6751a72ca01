"""How the demonstration speaks: a heading, what happens, and what the person in the story sees of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

from gateway.demo.sending import SenderName

PATH = """\
  form, case system,      ┌─ one transaction ─────────────────────────────────┐
  school export ────────► │ keep → read → map → route → facts → decide → trim │
                          │                                         → promise │
  receipt ◄───────────────┴──────────────────────────┬────────────────────────┘
                                                     ▼
  hub's system ◄── send ◄── permit: may it still go, as things are now?
       │
       └── acknowledged, or not ──► settle: done, try again, or ask a person

  Every change of state is one entry in the record, sealed and signed.
"""
"""The path of a referral, for 80 columns."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One thing a sender sent, and the answer to it.

    receipt   its receipt, or the problem it was answered with
    replayed  the answer was, byte for byte, the one given before
    """

    sender: SenderName
    status: int
    receipt: dict[str, Any]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Telling:
    """What has been told so far.

    sent   the number in the table → what was sent
    wrong  what turned out otherwise than it was told
    """

    console: Console
    sent: dict[int, Sent] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def story(self, number: int, title: str) -> None:
        """Begin a story."""
        self.console.print()
        self.console.print(Text(f"Story {number} of 5. {title}", style="bold"))
        self.console.print()

    def say(self, text: str) -> None:
        """Say what happens."""
        self._print(Text("  "), Text("  "), Text(text))

    def sees(self, *lines: str, number: int | None = None) -> None:
        """Show what the person sees; `number` is the thing in the table that it is about."""
        bar = Text("   │     ", style="dim")
        first = Text.assemble(("   │ ", "dim"), (f"{number:>2}  ", "bold")) if number is not None else bar
        for place, line in enumerate(lines):
            self._print(first if place == 0 else bar, bar, Text(line, style="cyan"))

    def claim(self, holds: bool, text: str) -> None:
        """Say what is shown to be so; what is not so is kept, and fails the tour."""
        if holds:
            self.say(text)
        else:
            self.wrong.append(f"This was to be told, and is not so: {text}")

    def _print(self, first: Text, rest: Text, text: Text) -> None:
        """Wrapped, with every line after the first hanging under it."""
        for place, line in enumerate(text.wrap(self.console, max(20, self.console.width - len(rest) - 1))):
            line.rstrip()
            self.console.print(first if place == 0 else rest, line, sep="")

"""The checkpoint slip: the newest checkpoint on a small page, to print, read out, and take back (governance 3.6)."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import Final

from contracts.evidence import Checkpoint

_NOTE: Final = re.compile(
    r"^[^\s]+\n(?:0|[1-9][0-9]{0,18})\n[A-Za-z0-9+/=]{44}\n\n(?:— [^\s]+ [A-Za-z0-9+/=]+\n)+", re.M
)


def slip(checkpoint: Checkpoint, title: str, on: str) -> str:
    """One page of text. `title`: whose record; `on`: when it was printed, in words."""
    return (
        dedent(f"""\
            CHECKPOINT SLIP   {title}
            Printed {on}

            Keep this where the gateway's own people cannot change it: in the minutes, in a safe, with the
            data protection officer. It holds no family's data. Should anybody rewrite, cut or roll back what
            it covers, this shows it:

                gateway record verify --held slip.txt

            The three lines: whose record, how many entries, and the fingerprint of them all.
            The last line is the signature. Without it the three lines can be compared by eye.

            """)
        + checkpoint.note
        + "\nRead out and compared by: ______________________   Date: ____________\n"
        + "\nSignature: _____________________________________\n"
    )


def note_in(text: str) -> str | None:
    """The signed checkpoint in a slip, or in a file of its own; None where there is none. Believe nothing in it yet."""
    found = _NOTE.search(text.replace("\r\n", "\n"))
    return found[0] if found else None

"""Where families complain: to the council, as it entered it, and after that to the Information Commissioner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COMMISSIONER: Final = "the Information Commissioner: 0303 123 1113, ico.org.uk"
"""The public line, which is the same for every council."""


@dataclass(frozen=True, slots=True)
class Complaints:
    """How a council's complaints desk is reached; each is "" where the council has not entered it."""

    address: str = ""
    mail: str = ""
    telephone: str = ""

    @property
    def in_words(self) -> str:
        """`write to …, mail … or ring …`; "" where nothing is entered."""
        given = (("write to", self.address), ("mail", self.mail), ("ring", self.telephone))
        ways = [f"{how} {where}" for how, where in given if where]
        return " or ".join(one for one in (", ".join(ways[:-1]), *ways[-1:]) if one)


NOWHERE: Final = Complaints()
"""Of a council that has not entered it."""

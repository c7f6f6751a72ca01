"""What each thing the demonstration sends must come to. A tour that ends differently says where, and fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_EHH: Final = "Tower Hamlets Early Help Hub"
_LEICESTER: Final = "Leicester Early Help in Duty and Advice"


@dataclass(frozen=True, slots=True)
class Expected:
    """The end of one thing that was sent.

    about    whom it is about, never more than initials
    decided  a decision's outcome; `rejected`, `replayed` or `key_used` where nothing was decided
    hub      title of the hub it is for
    ends     state of its delivery; "" where nothing may leave
    tries    attempts at it
    rule     one that must be among those that decided
    """

    about: str
    decided: str
    hub: str = ""
    ends: str = ""
    tries: int = 0
    rule: str = ""


EXPECTED: Final[Mapping[int, Expected]] = {
    1: Expected("T. W.", "share", _LEICESTER, "delivered", 1, "G-512"),
    2: Expected("P. Z.", "hold", _LEICESTER, rule="LE-C10"),
    3: Expected("N. O.", "hold", _LEICESTER, rule="G-502"),
    4: Expected("nobody known", "rejected"),
    5: Expected("B. C.", "share", "Hull Locality Hub, West", "delivered", 2, "G-512"),
    6: Expected("F. A.", "share_minimised", "Hull Locality Hub, East", "delivered", 1, "G-511"),
    7: Expected("O. P.", "hold", "Hull Locality Hub, East", rule="G-508"),
    8: Expected("5 to 7", "replayed"),
    9: Expected("–", "key_used"),
    10: Expected("K. D.", "share", "Hull Locality Hub, North", "delivered", 2, "G-512"),
    11: Expected("W. G.", "hold", "Hull Locality Hub, West", "held", 1, "G-501"),
    12: Expected("S. A.", "share", _EHH, "delivered", 1, "G-512"),
    13: Expected("M. Q.", "share_minimised", _EHH, "delivered", 1, "M-604"),
    14: Expected("no name", "advice_only", _EHH, "delivered", 1, "I-301"),
    15: Expected("no name", "hold", _EHH, rule="I-302"),
    16: Expected("D. R.", "return", _EHH, rule="TH-E01"),
    17: Expected("C. E.", "divert", "Tower Hamlets Multi-Agency Safeguarding Hub", "delivered", 1, "S-102"),
}
"""The number in the stories and in the table → what must become of it."""

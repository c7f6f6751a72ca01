"""What became of a referral, in plain words for the people who sent it (settled 39: no false comfort)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.decision import Outcome
from contracts.delivery import DeliveryState, Result

DECIDED: Final[Mapping[str, str]] = {
    Outcome.DIVERT: "Going to {hub} as a safeguarding contact. Ring {ring} now: this does not do your duty for you.",
    Outcome.REFUSE: "Refused: {say}",
    Outcome.RETURN: "Returned to you: {say}",
    Outcome.HOLD: "Held: {say}",
    Outcome.ADVICE_ONLY: "Going to {hub} as an enquiry without a name.",
    Outcome.SHARE_MINIMISED: "Going to {hub}, with only what it may have. {say}",
    Outcome.SHARE: "Going to {hub}.",
}
"""outcome → sentence. `hub` is its title, `ring` its telephone, `say` the deciding rules' own sentences."""

MOVED: Final[Mapping[str, str]] = {
    DeliveryState.DUE: "Waiting to be sent.",
    DeliveryState.SENDING: "Being sent now.",
    DeliveryState.DELIVERED: "Arrived at the hub's system. Nobody has confirmed reading it.",
    DeliveryState.UNCERTAIN: "Sent, and the hub did not confirm it. A person is finding out whether it arrived.",
    DeliveryState.HELD: "Stopped: nothing is sent until a person has looked at why.",
    DeliveryState.DEAD: "The hub would not take it. A person is looking at why.",
    DeliveryState.CANCELLED: "Cancelled. It is not sent.",
}
"""delivery state → sentence."""

ENVELOPE: Final[Mapping[str, str]] = {
    DeliveryState.DUE: "The hub is about to be told that this waits, and not who it is about.",
    DeliveryState.SENDING: "The hub is being told that this waits, and not who it is about.",
    DeliveryState.DELIVERED: "The hub's system was told that this waits, and not who it is about.",
    DeliveryState.UNCERTAIN: "The hub may have been told that this waits. It did not confirm it.",
    DeliveryState.HELD: "The hub has not been told that this waits. A person is looking at why.",
    DeliveryState.DEAD: "The hub would not take the message that this waits. A person is looking at why.",
    DeliveryState.CANCELLED: "The hub was not told that this waited: it no longer does.",
}
"""state of an envelope → sentence (settled 43)."""

RECORDED: Final[Mapping[str, str]] = {
    "agreement.withdrawn": "The family no longer agrees.",
    "decision.proposed": "A person proposed an answer. Another must confirm it.",
    "hold": "A message was stopped before it was sent.",
    "referral.superseded": "A newer version of it came. What had not been sent will not be.",
    "notice": "Whoever has it was told of a change.",
    "agreement.recorded": "What the family said later was recorded.",
    "cancel": "A message was cancelled before it was sent.",
    "release": "What had stopped a message has passed.",
    "clock.due": "Its time was up, and nobody had answered. More people were told.",
    "clock.passed": "Nobody had taken it, so it went to the next.",
    "signed_form.unread": "Form received, nobody has read it yet.",
}
"""entry type → sentence, for what neither a decision nor an attempt tells."""

TRIED: Final[Mapping[str, str]] = {
    Result.DELIVERED: "the hub's system took it.",
    Result.NOT_SENT: "the hub could not be reached. Nothing left here.",
    Result.REFUSED_FOR_NOW: "the hub asked us to come back later.",
    Result.REFUSED: "the hub refused it.",
    Result.LANE_HELD: "the hub turned us away. Nothing more goes to it until a person has looked.",
    Result.UNCERTAIN: "it was sent, and the hub did not confirm it.",
}
"""attempt result → sentence."""


def decided(outcome: str, hub: str, ring: str, say: str) -> str:
    """The sentence for one decision."""
    return DECIDED[outcome].format(hub=hub or "nobody yet", ring=ring or "the council", say=say).strip()


WOULD: Final[Mapping[str, str]] = {
    Outcome.DIVERT: "All of it would go to {hub} at once, as a safeguarding contact.",
    Outcome.REFUSE: "Nothing would go. {say}",
    Outcome.RETURN: "It would go back to the sender. {say}",
    Outcome.HOLD: "It would still be held. {say}",
    Outcome.ADVICE_ONLY: "The question would go to {hub}, without a name.",
    Outcome.SHARE_MINIMISED: "It would go to {hub}, with only what it may have.",
    Outcome.SHARE: "It would go to {hub}.",
}
"""outcome → what would come of an answer that nobody has given yet."""

ENDED: Final[Mapping[str, str]] = {
    "refused": "Not shared. The reason is kept, and it is looked at again on the day you named.",
    "closed": "Closed without sharing. The reason is kept, and it is looked at again on the day you named.",
}
"""What a person did directly → sentence."""


def would(outcome: str, hub: str, say: str) -> str:
    """The sentence for what would be decided."""
    return WOULD[outcome].format(hub=hub or "nobody yet", say=say).strip()


PROPOSED: Final = "Nothing has changed yet. Another person must confirm it: they say `gateway holds confirm`."
"""What somebody is told whose answer needs a second person."""

REOPENED: Final = "It is open again. The rules were asked anew, and whoever decides such holds sees it."
"""What somebody is told who opens again what was not shared."""

NEEDED: Final = "Was this hold needed, or should it not have happened? Say so with `gateway holds answer`."
"""What is asked of every hold that ends (settled 42)."""

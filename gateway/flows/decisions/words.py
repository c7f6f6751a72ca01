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
    "replay": "A person had it sent again.",
    "passed": "A person let a later message about the same child go first.",
    "links.ended": "Somebody at the council ended the links that were mailed about a message.",
    "call.sent": "It was said on the telephone, and written down by one of the council’s own.",
    "enquiry.sent": "It was written on the gateway’s own pages, by the sender’s people.",
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

LEFT: Final = "left_our_hands"
"""Why code of an attempt that ended with a mail server's word: it took the message, and says nothing of the hub."""


def moved(state: str, *, envelope: bool = False, left: bool = False) -> str:
    """The sentence for one delivery. left: all that is known of its arrival is that a mail server took it."""
    if left and state == DeliveryState.DELIVERED:
        what = "the word that this waits, and not who it is about" if envelope else "it"
        return f"It left our hands: a mail server took {what}. Nobody has confirmed that it arrived, or reading it."
    return (ENVELOPE if envelope else MOVED)[state]


def tried(result: str, why: str) -> str:
    """The sentence for one attempt."""
    return "a mail server took it. It left our hands." if why == LEFT else TRIED[result]


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


FORETOLD: Final[Mapping[str, str]] = {
    Outcome.DIVERT: "All of it would go to {hub} at once, as a safeguarding contact.",
    Outcome.REFUSE: "Nothing would go. {say}",
    Outcome.RETURN: "It would come back to you. {say}",
    Outcome.HOLD: "It would wait for a person at the council to decide. {say}",
    Outcome.ADVICE_ONLY: "The question would go to {hub}, without a name.",
    Outcome.SHARE_MINIMISED: "It would go to {hub}, with only what it may have.",
    Outcome.SHARE: "It would go to {hub}.",
}
"""outcome → what would come of a request that has not been sent."""


def foretold(outcome: str, hub: str, say: str) -> str:
    """The sentence for whoever is about to send it."""
    return FORETOLD[outcome].format(hub=hub or "nobody yet", say=say).strip()


def would(outcome: str, hub: str, say: str) -> str:
    """The sentence for what would be decided."""
    return WOULD[outcome].format(hub=hub or "nobody yet", say=say).strip()


REWRITE: Final = (
    "Somebody could tell from the places that are marked who this is about. Write it again without them. "
    "What you wrote first stays with the gateway, and no hub sees it."
)
PROPOSED: Final = "Nothing has changed yet. Another person must confirm it."
"""What somebody is told whose answer needs a second person."""

REOPENED: Final = "It is open again. The rules were asked anew, and whoever decides such holds sees it."
"""What somebody is told who opens again what was not shared."""

NEEDED: Final = "Was this hold needed, or should it not have happened?"
"""What is asked of every hold that ends (settled 42)."""

CAUSES: Final[Mapping[str, tuple[str, str]]] = {
    # The hub, or the way to it.
    "connect": ("The hub does not answer.", "If it lasts, ring the hub."),
    "connect_timeout": ("The hub does not answer.", "If it lasts, ring the hub."),
    "dns": ("The hub's address cannot be found.", "If it lasts, ask the hub whether its address has changed."),
    "tls": ("No safe connection to the hub could be made.", "If it lasts, ring whoever runs the hub's system."),
    "timeout": ("It was sent, and the hub did not answer in time.", "Ask the hub whether it has it."),
    "reset": ("The connection ended while it was sent.", "Ask the hub whether it has it."),
    "not_acknowledged": ("The hub answered, and did not say that it has it.", "Ask the hub whether it has it."),
    "no_answer_to_ask": ("The hub did not say whether it has it.", "Ask the hub whether it has it."),
    "asked_to_wait": ("The hub asked us to come back later.", "If it is urgent, ring the hub."),
    "doubtful": ("It was sent, and the hub did not confirm it.", "It is sent again by itself: the hub drops repeats."),
    "doubtful_before": (
        "It may have arrived when this hub was said to drop repeats, and that is no longer so.",
        "Ask the hub whether it has it. Then cancel it, or have it sent again.",
    ),
    "no_token": ("The hub's sign-in server gave us no token.", "If it lasts, ring whoever runs the hub's system."),
    "token_refused": ("The hub did not take our token any more.", "It goes again by itself with a new one."),
    "lane_held": ("The hub turned us away.", "Put right what it says at the hub, then let it go on."),
    "certificate": (
        "The hub's certificate does not prove that it is the hub.",
        "Ring whoever runs the hub's system. Send nothing until they have put it right.",
    ),
    "address_refused": (
        "The hub's address is one that the gateway does not send to.",
        "Look at the address in the council's hubs.yaml, and who changed it.",
    ),
    "host_key_changed": (
        "The server's key is not the one that was agreed.",
        "Ring whoever runs it. Send nothing until they have said why it changed.",
    ),
    "secret_unusable": ("The key to sign in with cannot be used.", "Whoever runs the gateway puts it right."),
    "not_let_in": ("The hub's server does not let us in.", "Agree a new key with the hub, then let it go on."),
    "folder_missing": ("The hub's folder is not there.", "Ask the hub for the folder, then let it go on."),
    "folder_not_writable": ("We may not write into the hub's folder.", "Ask the hub, then let it go on."),
    "not_taken": ("It lies in the hub's folder, and the hub has not taken it.", "If it is urgent, ring the hub."),
    "gone_unacknowledged": (
        "It was taken from the hub's folder, and nobody said by whom.",
        "Ask the hub whether it has it. Then cancel it, or have it sent again.",
    ),
    "collected_unacknowledged": ("The hub collected it, and did not say that it has it.", "Ask the hub."),
    "folder_full": ("The hub's server has no room.", "If it lasts, ring whoever runs it."),
    "folder_refused": ("The hub's server would not take the files.", "If it lasts, ring whoever runs it."),
    # Ourselves.
    "stopped": ("The gateway stopped while it was sent.", "Ask the hub whether it has it."),
    "worker_lost": ("The gateway failed while it was sent.", "Ask the hub whether it has it."),
    "worker_failed": ("The gateway failed while it was sent.", "Ask the hub whether it has it, and report this."),
    "permit_spent": ("The gateway was too busy to send it in time.", "If it lasts, tell whoever runs the gateway."),
    "message_not_written": ("The gateway cannot write it as the hub wants it.", "Report this: it is our mistake."),
    "rules_failed": ("The rules could not be asked about it.", "Report this, then have it sent again."),
    "payload_altered": (
        "What is stored is not what was promised.",
        "Have the record verified, and find out who changed it.",
    ),
    # What the council or the deployment has still to do.
    "hub_unknown": ("The council has no such hub any more.", "Put the hub back, or cancel it."),
    "door_not_confirmed": (
        "Nobody has confirmed the hub's address.",
        "The council confirms it; then it goes by itself.",
    ),
    "council_unanswered": ("The council has not answered every question.", "It goes by itself once the council has."),
    "policy_not_published": ("No policy of the council is published.", "It goes by itself once one is."),
    "secret_missing": (
        "There is no secret to sign with.",
        "Whoever runs the gateway puts it in place; then it goes by itself.",
    ),
    "secret_unfit": (
        "The secret to sign with is empty, cut short, or of another kind.",
        "Whoever runs the gateway puts a whole one in place; then it goes by itself.",
    ),
    # Mail.
    "no_mail_relay": (
        "The hub takes e-mail, and this gateway has no mail server to send by.",
        "Whoever runs the gateway sets GATEWAY_MAIL_RELAY; it then goes by itself.",
    ),
    "tls_not_offered": (
        "The mail server offers no safe connection.",
        "Nothing is sent without one. Tell whoever runs the mail server.",
    ),
    "relay_refuses": (
        "The mail server turned us away.",
        "Put our user or sender address right with whoever runs it, then let it go on.",
    ),
    "not_smtp": ("What answers is no mail server.", "Look at GATEWAY_MAIL_RELAY."),
    "recipient_refused": (
        "The mail server knows no such mailbox.",
        "Ask the hub for its address, put it right, then have it sent again.",
    ),
    "message_refused": ("The mail server will not take it.", "Ask the hub how large a message it can take."),
    # Decisions: these are not sent again by hand.
    "test_referral": ("It is a test, and stays here.", "Nothing need be done."),
    "decided_again": ("It was decided again, and may not go now.", "Look at the hold."),
    "agreement_withdrawn": ("The family no longer agrees.", "Nothing more goes. If in doubt, look at the referral."),
    "superseded": ("A newer version of it came.", "Nothing need be done: the newer one goes."),
    "no_longer_held": ("What it told of no longer waits.", "Nothing need be done."),
    "not_shared": ("A person decided not to share it.", "Nothing need be done."),
    "objected": (
        "Somebody has objected to their information being used, or asked for it to be restricted.",
        "Whoever answers that decides: it then goes on by itself, or is cancelled.",
    ),
}
"""why code → what is the matter, and what a person does about it."""

STATUSES: Final[Mapping[int, tuple[str, str]]] = {
    400: ("The hub cannot read it.", "Ask the hub what it expects, put that right, then have it sent again."),
    401: ("The hub does not know our key.", "Agree a new secret with the hub, then let it go on."),
    403: ("The hub does not let us in.", "Ask the hub to let us in, then let it go on."),
    404: ("The hub has nothing at that address.", "Ask the hub for its address, then have it sent again."),
    409: ("The hub has something else under this reference.", "Ask the hub what it has."),
    410: ("The hub has closed this address.", "Ask the hub where it listens now, then let it go on."),
    413: ("The hub says that it is too large.", "Ask the hub what it can take, then have it sent again."),
    422: ("The hub cannot use what it says.", "Ask the hub what is missing, put that right, then have it sent again."),
}
"""HTTP status → the same, where the status says more than its class."""


def cause(why: str) -> tuple[str, str]:
    """What is the matter, and what a person does about it, by a why code."""
    if why in CAUSES:
        return CAUSES[why]
    status = int(why[5:]) if why.startswith("http_") and why[5:].isdigit() else 0
    if status in STATUSES:
        return STATUSES[status]
    if 300 <= status < 400:
        return "The hub sends us elsewhere.", "Ask the hub where it listens now, then let it go on."
    if 400 <= status < 500:
        return f"The hub refused it ({status}).", "Ask the hub why, put that right, then have it sent again."
    if status:
        return f"The hub is in trouble ({status}).", "If it lasts, ring the hub."
    return f"The hub's side says: {why}.", "Ask the hub what that means."


def act_of(why: str) -> str:
    """What a person does in the gateway about it: `resume` the hub, `verify` the record, look at the `hold`; or ""."""
    if why in ("payload_altered", "decided_again"):
        return "verify" if why == "payload_altered" else "hold"
    return "resume" if cause(why)[1].endswith("then let it go on.") else ""

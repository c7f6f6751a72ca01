"""Tries out a hub before it goes live: test messages about nobody, one for each thing that it must get right (P13).

Nothing here is a delivery: no referral, no permit, no lane. The messages say that they are a test, go by the one
guarded way out, and only to an address that somebody has said is for tests.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Literal

from adapters import HUBS
from adapters.hubs import webhook
from contracts.delivery import HubClass, Result
from contracts.hub import GRANT
from gateway.flows.connections.outbound import WayOut
from gateway.flows.decisions.doubt import class_of
from gateway.flows.decisions.permit import Door
from gateway.flows.decisions.words import LEFT, cause
from gateway.flows.delivery.carrying import Carried, carry
from gateway.path.answers import NOT_TAKEN
from gateway.path.testmessage import message_of_nobody

LARGE: Final = 1_048_576
"""Bytes that a hub is shown to take."""
OLD: Final = 3_600
"""Seconds ago that a message was signed which nobody should take any more."""
STRANGER: Final = "whsec_" + b64encode(b"a secret that no hub was given").decode()
"""Signs what no hub should take."""
QUICK: Final = 3
"""A hub uses at most one in so many of the seconds it is given."""

Verdict = Literal["right", "wrong", "not_tested"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a hub gets right or wrong. check: a code; say: what was seen; do: the remedy, "" for none."""

    check: str
    verdict: Verdict
    say: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """One run against one hub.

    mark     what the ids of this run's messages begin with
    seconds  since 1970, for signatures
    """

    way: WayOut
    door: Door
    mark: str
    seconds: Callable[[], float]

    def id(self, name: str) -> str:
        """Of the message that shows this."""
        return f"{self.mark}-{name}"

    async def send(
        self, name: str, *, secrets: tuple[str, ...] = (), ago: int = 0, size: int = 0, doubted: bool = False
    ) -> Carried:
        """One message, signed by other secrets or some time ago, or made as large as this."""
        door = self.door
        if secrets:
            own = {name: value for name, value in door.hub.settings.items() if name not in GRANT}
            door = replace(door, secrets=secrets, hub=replace(door.hub, settings=own))
        on = datetime.fromtimestamp(self.seconds(), UTC).date()
        payload = message_of_nobody(door.options.council, door.hub.name, self.id(name), on).ljust(size)
        leave_by = time.monotonic() + self.way.deadline
        return await carry(
            self.way, door, payload, self.id(name), leave_by, lambda: self.seconds() - ago, doubted=doubted
        )


async def conform(trial: Trial) -> tuple[Finding, ...]:
    """What this hub gets right and wrong, in the order in which it was tried."""
    carried_by = HUBS[trial.door.hub.adapter].CARRIED
    if carried_by == "collected":
        say = "This hub comes for its messages, so nothing can be sent to try it."
        do = "Give its system a test key: have it collect a test referral and acknowledge it."
        return (Finding("acknowledges", "not_tested", say, do),)
    if carried_by == "smtp":
        return (_mailed(await trial.send("first")),)
    if carried_by == "sftp":
        return _dropped(trial, await trial.send("first"))
    return await _asked_over_http(trial)


async def _asked_over_http(trial: Trial) -> tuple[Finding, ...]:
    started = time.monotonic()
    first = await trial.send("first")
    took = time.monotonic() - started
    found = _reached(trial, first)
    if first.reading.result is not Result.DELIVERED:
        say = "The rest was not tried: until the hub acknowledges a message, no answer of it can be relied on."
        return (*found, Finding("rest", "not_tested", say))
    found.append(Finding("acknowledges", "right", "It takes a message and says which one it took."))
    found.append(_in_time(took, trial.way.deadline))
    found += [await _repeated(trial), await _asked(trial), await _strange(trial)]
    if trial.door.hub.adapter == webhook.NAME:
        found += [await _old(trial), await _rotated(trial), await _large(trial)]
    return tuple(found)


def _reached(trial: Trial, first: Carried) -> list[Finding]:
    """Whether the first message came there at all, how safely, and what was answered where it was not taken."""
    reading, status = first.reading, first.status
    what, remedy = _amiss(reading.why)
    if status is None:
        return [Finding("reached", "wrong", what, remedy)]
    found = [Finding("reached", "right", "It answers at the address that the council's file gives.")]
    if trial.door.hub.url.startswith("https:"):
        found.append(Finding("tls", "right", "It speaks TLS 1.2 or newer, and its certificate proves it."))
    else:
        found.append(Finding("tls", "not_tested", "A demonstration's own hub speaks no TLS."))
    if status is not None and 300 <= status < 400:
        say, do = "It sends us elsewhere, and nothing we send follows.", "Write the address it means into hubs.yaml."
        found.append(Finding("no_redirect", "wrong", say, do))
    elif reading.result is not Result.DELIVERED:
        do = remedy if reading.why != "not_acknowledged" else _HOW_TO.get(trial.door.hub.adapter, remedy)
        found.append(Finding("acknowledges", "wrong", what, do))
    return found


_HOW_TO: Final = {
    "webhook": 'It must answer 200 with the JSON {"id": "…"}, the webhook-id of the message, once that is stored.',
    "fhir_message": "It must answer 200 with a message whose MessageHeader.response names ours and says ok.",
}
"""adapter → how its hubs say that they have a message."""


def _in_time(took: float, deadline: float) -> Finding:
    say = f"It answered after {took:.1f} seconds; we wait {deadline:.0f}."
    if took <= deadline / QUICK:
        return Finding("in_time", "right", say)
    return Finding("in_time", "wrong", say, "Have it store the message, answer, and only then work on it.")


async def _repeated(trial: Trial) -> Finding:
    """Class A: the same message again. That it acted once only its own people can see."""
    kind = class_of(trial.door.hub)
    if kind is not HubClass.A:
        say = f"It is of class {kind.value}: nothing that may have arrived is sent to it again unasked."
        return Finding("repeats", "not_tested", say)
    again = await trial.send("first")
    if again.reading.result is Result.DELIVERED:
        say = f"It acknowledges the same message again. Look there: {trial.id('first')} must be in it once."
        return Finding("repeats", "right", say)
    say = f"Sent the same message again, it did not say that it has it. {cause(again.reading.why)[0]}"
    return Finding(
        "repeats", "wrong", say, "It must acknowledge again, or answer 409 and say duplicate. Else: class C."
    )


async def _asked(trial: Trial) -> Finding:
    """Class B: asked for a message that it has, and for one that it never got."""
    declared, kind = trial.door.hub.hub_class, class_of(trial.door.hub)
    if declared is not HubClass.B:
        return Finding("asks", "not_tested", f"It is of class {declared.value}, and is never asked.")
    if kind is not HubClass.B:
        say = "It is declared to be askable, and nothing says where."
        return Finding("asks", "wrong", say, "Write `ask` into its settings in hubs.yaml, or declare it class C.")
    has, never = await trial.send("first", doubted=True), await trial.send("unknown", doubted=True)
    if (has.reading.why, never.reading.why) == ("had_it", "acknowledged"):
        return Finding("asks", "right", "It says clearly what it has, and what it has not.")
    wrong = "says that it has what it never got" if never.reading.why == "had_it" else "does not say what it has"
    do = "Asked for an id it must answer 200 if it has it and 404 if not, and name the id in both. Else: class C."
    return Finding("asks", "wrong", f"Asked for a message, it {wrong}.", do)


async def _strange(trial: Trial) -> Finding:
    strange = await trial.send("stranger", secrets=(STRANGER,))
    say, do = (
        "It takes messages that somebody else signed.",
        "It must check the signature and answer 401 if it is wrong.",
    )
    return _turned_away("wrong_signature", strange, "It refuses what somebody else signed.", say, do)


async def _old(trial: Trial) -> Finding:
    old = await trial.send("old", ago=OLD)
    say, do = (
        "It takes messages that were signed an hour ago.",
        "It must refuse a webhook-timestamp older than 5 minutes.",
    )
    return _turned_away("old_timestamp", old, "It refuses what was signed an hour ago.", say, do)


def _turned_away(check: str, carried: Carried, right: str, wrong: str, do: str) -> Finding:
    if carried.reading.result in (Result.REFUSED, Result.LANE_HELD) and carried.status is not None:
        return Finding(check, "right", right)
    if carried.status is not None and 200 <= carried.status < 300:
        return Finding(check, "wrong", wrong, do)
    return Finding(check, "wrong", f"It neither takes nor refuses it. {cause(carried.reading.why)[0]}", do)


async def _rotated(trial: Trial) -> Finding:
    """While a secret is changed, a message carries a signature by each."""
    both = await trial.send("rotation", secrets=(STRANGER, *trial.door.secrets))
    if both.reading.result is Result.DELIVERED:
        return Finding("rotation", "right", "It takes a message with two signatures, one of them by its secret.")
    do = "It must look at each signature in webhook-signature, as Standard Webhooks says: a secret could not change."
    return Finding("rotation", "wrong", "It looks only at the first of two signatures.", do)


async def _large(trial: Trial) -> Finding:
    large = await trial.send("large", size=LARGE)
    if large.reading.result is Result.DELIVERED:
        return Finding("large", "right", "It takes a message of 1 MiB.")
    say = f"It does not take a message of 1 MiB. {cause(large.reading.why)[0]}"
    return Finding("large", "wrong", say, "Raise what its server takes to 1 MiB at least.")


def _mailed(first: Carried) -> Finding:
    if first.reading.why == LEFT:
        say = "The mail server took the test mail. Whether it arrived nobody can say from here."
        return Finding("accepted", "right", say, "Look for it in the hub's mailbox.")
    return Finding("accepted", "wrong", *_amiss(first.reading.why))


def _dropped(trial: Trial, first: Carried) -> tuple[Finding, ...]:
    reading = first.reading
    put = Finding("put", "right", f"The files of {trial.id('first')} were put into its folder, whole.")
    if reading.result is Result.DELIVERED:
        return put, Finding("acknowledges", "right", "It took them and acknowledged them.")
    if reading.why == NOT_TAKEN:
        say = "Nothing has acknowledged them yet: a hub that imports at night cannot sooner."
        do = f"Look after its next import that {trial.id('first')}.ack is there."
        return put, Finding("acknowledges", "not_tested", say, do)
    return (Finding("put", "wrong", *_amiss(reading.why)),)


def _amiss(why: str) -> tuple[str, str]:
    """What is the matter, and the remedy, for somebody who tries a hub out: nothing waits for it."""
    what, remedy = cause(why)
    if remedy.startswith("Ask the hub whether it has it"):
        remedy = "Ask whoever runs it what it logged."
    for ending in ("then let it go on.", "then have it sent again."):
        remedy = remedy.replace(ending, "then try it out again.")
    return what, remedy

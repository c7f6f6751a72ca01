"""What becomes of a request of the register: acknowledged, stopped and started, noted, ended, and the pause lifted.

An objection, and a restriction, pause what is sent for Early Help about that person: the messages wait, those of new
requests too, until it ended otherwise than upheld. What safeguards goes on (governance 2.6, Articles 18 and 21).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import update

from contracts.errors import AnsweredAlready, NoSuchAnswer
from gateway.flows.acting import Acting, must_say_why
from gateway.flows.data_protection.rights import must_be_there, referrals_of, ring, unsealed
from gateway.flows.decisions.tokens import name_token
from gateway.flows.delivery.release import end_pause
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.path import rights
from gateway.path.calendar import add_months, closing_of, day_of
from gateway.store import content, register
from gateway.store.register import Row
from gateway.store.tables import CLOCK
from gateway.store.transaction import Tx
from gateway.store.writer import Write

_SENTENCE: Final = 10


async def act(gateway: Gateway, who: Acting, request: str, what: str, words: str, choice: str = "") -> str:
    """Do one thing to a request, and keep the words beside it, sealed. Returns what to say.

    what    acknowledge, stop, start, extend, note, close or lift; choice: why it stops, or how it ended
    Raises NotYourRole, NotFound, NoSuchAnswer, AnsweredAlready.
    """
    who.must_be_let("rights.act")
    if len(words.strip()) < _SENTENCE:
        raise NoSuchAnswer("Write in a sentence what you did or decided, and why.")
    if what not in _ACTS:
        raise NoSuchAnswer(f"This can be done to a request: {', '.join(_ACTS)}.")

    def work(tx: Tx) -> str:
        row = must_be_there(tx, who.council.name, request)
        if (row["state"] == "closed") is not (what == "lift"):
            raise AnsweredAlready("This has ended." if row["state"] == "closed" else "This has not ended.")
        say, values, told = _ACTS[what](tx, who, row, choice)
        _keep(tx, who, row, what, words.strip())
        if values:
            register.change(tx, request, values)
        row |= values
        _ring_anew(tx, row)
        if what in ("close", "lift") and row["kind"] in rights.PAUSING and not row["pauses"]:
            end_pause(
                tx, row["council"], [one.id for one in register.about(tx, row["council"], row["token"])], who.name
            )
        write_entry(tx, row["council"], request, f"rights.{_PAST[what]}", who.said | told, section="rights")
        return say

    said = await gateway.writer.submit(Write(work))
    gateway.wake()
    return said


async def search(gateway: Gateway, who: Acting, request: str, name: str, born: date, purpose: str) -> int:
    """Look for this person under another spelling or birthday, and keep that with the request. How many were found.

    Raises NotYourRole, NotFound, NoSuchAnswer, AnsweredAlready.
    """
    who.must_be_let("rights.act")
    must_say_why(purpose)
    token = name_token(gateway.keys[who.council.name], name, born)

    def work(tx: Tx) -> int:
        row = must_be_there(tx, who.council.name, request)
        if row["state"] == "closed":
            raise AnsweredAlready("This has ended.")
        before = [one.id for one in register.about(tx, row["council"], row["token"])]
        said = unsealed(tx, row) | {"name": name, "born": born.isoformat(), "previewed": {}}
        content.replace(tx, row["council"], row["said"], "said", orjson.dumps(said))
        register.change(tx, request, {"token": token})
        end_pause(tx, row["council"], before, who.name)
        found = len(referrals_of(tx, who, token))
        told = who.said | {"purpose": purpose.strip(), "count": found}
        write_entry(tx, row["council"], request, "rights.searched", told, section="reader")
        return found

    many = await gateway.writer.submit(Write(work))
    gateway.wake()
    return many


Done = tuple[str, dict[str, Any], dict[str, object]]
"""What to say, which columns change, and what the entry holds beside who it was."""


def _acknowledge(tx: Tx, who: Acting, row: Row, choice: str) -> Done:
    if row["acknowledged_at"] is not None:
        raise AnsweredAlready("It was acknowledged before.")
    values: dict[str, Any] = {"acknowledged_at": tx.now}
    if row["kind"] == "complaint":
        values["due_at"] = _progress_by(tx, who)
    return "It is acknowledged.", values, {}


def _progress_by(tx: Tx, who: Acting) -> int:
    """No law says when; a month is ours, so that nobody who complained is forgotten."""
    hours = who.council.hours
    return closing_of(rights.worked(add_months(day_of(tx.now), 1), hours), hours)


def _stop(tx: Tx, who: Acting, row: Row, choice: str) -> Done:
    if choice not in rights.KINDS[row["kind"]].stops:
        raise NoSuchAnswer("Choose why its time stands still. The time of a complaint never does.")
    if row["stopped"]:
        raise AnsweredAlready("Its time stands still already.")
    return "Its time stands still.", {"stopped": choice, "stopped_at": tx.now}, {"why": choice}


def _start(tx: Tx, who: Acting, row: Row, choice: str) -> Done:
    if not row["stopped"]:
        raise AnsweredAlready("Its time runs already.")
    days, hours = (day_of(tx.now) - day_of(row["stopped_at"])).days, who.council.hours
    due = day_of(row["due_at"]) + timedelta(days=days)
    until = closing_of(rights.worked(due, hours), hours)
    values = {"stopped": "", "stopped_at": None, "stood": row["stood"] + days, "due_at": until}
    return "Its time goes on.", values, {"days": days, "due": until}


def _extend(tx: Tx, who: Acting, row: Row, choice: str) -> Done:
    if row["kind"] == "complaint" or row["extended"]:
        raise NoSuchAnswer("Its time cannot be made longer: it was before, or it is a complaint.")
    hours = who.council.hours
    until = closing_of(rights.extended(day_of(row["received_at"]), row["stood"], hours), hours)
    return (
        "Two months more are taken. Tell them why before the first month ends.",
        {"extended": 1, "due_at": until},
        {"due": until},
    )


def _note(tx: Tx, who: Acting, row: Row, choice: str) -> Done:
    waits = row["kind"] == "complaint" and row["acknowledged_at"] is not None
    return "It is written down.", {"due_at": _progress_by(tx, who)} if waits else {}, {}


def _close(tx: Tx, who: Acting, row: Row, choice: str) -> Done:
    right = rights.KINDS[row["kind"]]
    if choice not in right.outcomes:
        raise NoSuchAnswer("Choose how it ended.")
    if row["kind"] == "complaint" and row["acknowledged_at"] is None:
        raise NoSuchAnswer("Acknowledge the complaint first, and write down that you did.")
    values = {
        "state": "closed",
        "outcome": choice,
        "pauses": int(right.pauses and choice in rights.STAYS),
        "stopped": "",
        "stopped_at": None,
        "ended_at": tx.now,
        "ended_by": who.name,
    }
    return "It has ended.", values, {"outcome": choice, "outcome_words": right.outcomes[choice]}


def _lift(tx: Tx, who: Acting, row: Row, choice: str) -> Done:
    if not row["pauses"]:
        raise AnsweredAlready("Nothing is paused by it.")
    values = {"pauses": 0, "outcome": rights.LIFTED, "ended_at": tx.now, "ended_by": who.name}
    return "The pause is lifted: what waited goes on.", values, {"outcome": rights.LIFTED}


_ACTS: Final = {
    "acknowledge": _acknowledge,
    "stop": _stop,
    "start": _start,
    "extend": _extend,
    "note": _note,
    "close": _close,
    "lift": _lift,
}
_PAST: Final = {
    "acknowledge": "acknowledged",
    "stop": "stopped",
    "start": "started",
    "extend": "extended",
    "note": "noted",
    "close": "closed",
    "lift": "lifted",
}
_SILENCE: Final = (
    update(CLOCK)
    .where(CLOCK.c.kind.startswith(f"{rights.CLOCK}:"), CLOCK.c.state == "running")
    .values(state="stopped", ended_by="machine", why="answered")
)


def _ring_anew(tx: Tx, row: Row) -> None:
    """One clock at most runs for a request: until the day that counts now."""
    of = _SILENCE.where(CLOCK.c.council == row["council"], CLOCK.c.delivery == row["id"])
    tx.execute(of.values(ended_at=tx.now))
    if row["state"] == "open" and not row["stopped"]:
        progress = row["kind"] == "complaint" and row["acknowledged_at"] is not None
        ring(tx, row["council"], row["id"], rights.PROGRESS if progress else row["kind"], row["due_at"])


def _keep(tx: Tx, who: Acting, row: Row, what: str, words: str) -> None:
    """Their words, in what is sealed."""
    said = unsealed(tx, row)
    log = [
        *said["log"],
        {"at": tx.now, "by": who.name, "role": who.role, "what": f"rights.{_PAST[what]}", "words": words},
    ]
    content.replace(tx, row["council"], row["said"], "said", orjson.dumps(said | {"log": log}))

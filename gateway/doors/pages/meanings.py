"""What every state, class of hold, task, answer and rule means, in the words that the code itself shows people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.council import Council
from contracts.delivery import DeliveryState, HubClass, Result
from contracts.events import EVENTS, OUTCOMES
from gateway.config.policy import Hold, Policy, Rule, Task
from gateway.doors.pages import hubs
from gateway.flows.decisions import words
from gateway.flows.oversight import asked
from gateway.flows.oversight.onedecision import words_of
from gateway.flows.policy import rulewords
from gateway.flows.senders.ownstate import ALL
from gateway.path.telling import awaited, role_title


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing explained. name: where it stands on the page; title: the words on the tag; code: a rule's id."""

    name: str
    title: str
    says: tuple[str, ...]
    code: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Meanings of one kind. say: what they have in common."""

    name: str
    title: str
    say: str
    meanings: tuple[Meaning, ...]


STATES: Final[Mapping[str, str]] = hubs.STATES | {
    DeliveryState.DELIVERED: "Arrived",
    DeliveryState.CANCELLED: "Cancelled",
}
"""State of a message → its tag."""

RESULTS: Final[Mapping[str, str]] = {
    Result.DELIVERED: "Taken",
    Result.NOT_SENT: "Nobody there",
    Result.REFUSED_FOR_NOW: "Come back later",
    Result.REFUSED: "Refused",
    Result.LANE_HELD: "Turned away",
    Result.UNCERTAIN: "In doubt",
}
"""What one try came to → its name."""

PROOFS: Final[Mapping[str, tuple[str, str]]] = {
    "recorded": ("Recorded", "It is written down. It is not sealed yet: that takes a minute."),
    "sealed": (
        "Recorded and sealed",
        "It was signed together with everything before it. A later change would be noticed. "
        "It does not say that the sharing was right.",
    ),
    "witnessed": (
        "Recorded, sealed and witnessed",
        "Somebody outside this gateway has signed the same. Not even whoever runs it could change it unnoticed.",
    ),
    "altered": (
        "Does not match",
        "What is kept is not what was sealed. Tell your data protection officer. Have the whole record checked.",
    ),
}
"""How far an entry of the record is proven → its tag, and what that means (settled 39)."""

_CLASSES: Final[Mapping[str, str]] = {
    HubClass.A: "The hub drops a message that it already has. In doubt, the gateway sends it again by itself.",
    HubClass.B: "The hub can be asked whether it has a message. In doubt, the gateway asks first.",
    HubClass.C: "The hub can do neither. In doubt, a person rings it. The gateway never sends again by itself.",
}
_NEXT: Final[Mapping[str, str]] = {
    "divert": "Somebody at the front door must say that they have read it. Until then it rings every 15 minutes.",
    "refuse": "Nothing is sent. The sender hears why. What a worried person may do by telephone stays open to them.",
    "return": "Nothing is sent until the sender has completed it. A worry about safety does not wait for that.",
    "hold": "The hub is told that something waits, and not who it is about.",
    "advice_only": "The hub answers the question. Nobody may try to find out who it is about.",
    "share_minimised": "What was kept back, and why, stands in the record. The hub is told that something was.",
    "share": "The hub gets all that it may have under its agreement.",
}
_MARKS: Final = (
    Meaning("mark-live", "Live", ("It came with a live key: act on it. In a demonstration every family is invented.",)),
    Meaning(
        "mark-test",
        "Test",
        (
            "This came with a key for tests. No family is meant, and nobody is to act on it. It stays in this gateway: "
            "no real hub gets it, save the drill of the way to safety.",
        ),
    ),
)


def chapters(policy: Policy, council: Council) -> tuple[Chapter, ...]:
    """Everything that a page can say of a request, in the words in force for this council."""
    return (
        Chapter("decided", "What was decided", "The most cautious rule that fits decides.", tuple(_outcomes())),
        Chapter("held", "Why a request is held", _HELD, tuple(_holds(policy.holds, council))),
        Chapter("messages", "What became of a message", _MESSAGES, tuple(_states())),
        Chapter("tries", "What one try to send came to", "Each try is recorded.", tuple(_results())),
        Chapter("tasks", "Tasks and alarms", _TASKS, tuple(_tasks(policy, council))),
        Chapter("answers", "What a hub may tell back", _ANSWERS, tuple(_answers())),
        Chapter("own", "How a sender’s request stands", _OWN, tuple(_own())),
        Chapter("proof", "How far something is proven", _PROOF, tuple(_proofs())),
        Chapter("hubs", "Classes of hub", "What a hub does when it gets one message twice.", tuple(_classes())),
        Chapter("marks", "Test and live", "Every request is one or the other.", _MARKS),
        *_rules(policy, council),
    )


_HELD: Final = "A person looks at it first. No clock ever releases or closes it: when its time is up, more people hear."
_MESSAGES: Final = "Every request, safeguarding contact and notice to a hub is a message of its own."
_TASKS: Final = "Something that a person does besides, and by when. It rings for whoever must act, and names no family."
_ANSWERS: Final = "In the gateway’s words. Each council has its own beside them."
_OWN: Final = "What needs somebody first is said first. What arrived has been read by nobody until somebody says so."
_PROOF: Final = "Looked at afresh each time. It says whether something was changed, never whether it was right."


def _own() -> Iterator[Meaning]:
    for one in ALL.values():
        yield Meaning(f"own-{one.code}", one.title, (one.say,))
    yield Meaning("own-answered", "Answered", ("A hub has said what becomes of it, in the council’s words.",))


def _outcomes() -> Iterator[Meaning]:
    for code, title in asked.OUTCOMES.items():
        yield Meaning(f"outcome-{code}", title, (f"{rulewords.OUTCOMES[code]}.", _NEXT[code]))


def _states() -> Iterator[Meaning]:
    for code, title in STATES.items():
        yield Meaning(f"state-{code}", title, (words.MOVED[code],))


def _results() -> Iterator[Meaning]:
    for code, title in RESULTS.items():
        said = words.TRIED[code]
        yield Meaning(f"result-{code}", title, (said[:1].upper() + said[1:],))


def _holds(holds: Mapping[str, Hold], council: Council) -> Iterator[Meaning]:
    for code, hold in holds.items():
        turns = ", then ".join(role_title(one, council) for one in hold.owners)
        told = " and ".join(role_title(one, council) for one in hold.on_expiry)
        yield Meaning(
            f"hold-{code}",
            hold.title,
            (hold.say, f"Whose turn: {turns}.", f"Time to answer: {hold.within}. After that {told} hear of it too."),
        )


def _tasks(policy: Policy, council: Council) -> Iterator[Meaning]:
    for sort, tasks in (("task", policy.tasks), ("clock", policy.clocks)):
        for code, task in tasks.items():
            yield Meaning(f"{sort}-{code}", words_of(code), (task.say, _by_when(task, council)))
    for sort, alarms in (("delivery", policy.deliveries), ("record", policy.record)):
        for code, task in alarms.items():
            title = awaited(f"{sort}:{code}", policy, council)
            yield Meaning(f"{sort}-{code}", title, (task.say, _by_when(task, council)))


def _by_when(task: Task, council: Council) -> str:
    told = " and ".join(role_title(one, council) for one in task.tells)
    return f"For {role_title(task.owner, council)}, within {task.within}.{f' {told} are told too.' if told else ''}"


def _answers() -> Iterator[Meaning]:
    for code, say in {**OUTCOMES, **EVENTS}.items():
        yield Meaning(f"answer-{code}", words_of(code), (say,))


def _proofs() -> Iterator[Meaning]:
    for code, (title, say) in PROOFS.items():
        yield Meaning(f"proof-{code}", title, (say,))


def _classes() -> Iterator[Meaning]:
    for code, say in _CLASSES.items():
        yield Meaning(f"class-{code}", f"Class {code}", (say,))


def _rules(policy: Policy, council: Council) -> Iterator[Chapter]:
    for table in policy.tables:
        say = f"What {council.title} asks besides." if table.additional else "The same in every council."
        yield Chapter(f"rules-{table.id}", table.title, say, tuple(map(_rule, table.rules)))


def _rule(rule: Rule) -> Meaning:
    return Meaning(f"rule-{rule.id}", asked.OUTCOMES[rule.outcome], (rule.hit.say,), rule.id)

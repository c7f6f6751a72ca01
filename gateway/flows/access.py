"""Who may do what: operation × role × relation as data, and everything not listed is refused (settled 27).

A role is who is asking; a relation is what the thing asked about is to them. A thing of another council, and a thing
that does not exist, look the same: 404.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final

from contracts.audits import AUDITOR
from contracts.calls import TAKES_CALLS
from contracts.council import Council, Registration
from contracts.errors import NotAllowed, NotAuthenticated, NotFound
from contracts.signin import SENDER_ROLES
from gateway.flows.duties import DECIDES, DOES, LOOK


class Role(StrEnum):
    """Which system is asking. People act in the duty roles of their council (`PEOPLE`)."""

    ANONYMOUS = "anonymous"
    SENDER = "sender"  # a sending system with a key
    HUB = "hub"  # a hub's own system with a key


class Relation(StrEnum):
    """What the thing is to whoever asks."""

    NONE = "none"  # the operation is about no object
    OWN = "own"
    OTHER = "other"  # another sender's, another council's, or nothing at all: they look the same


ALLOWED: Final[Mapping[str, frozenset[tuple[Role, Relation]]]] = {
    "live": frozenset({(role, Relation.NONE) for role in Role}),
    "ready": frozenset({(role, Relation.NONE) for role in Role}),
    "openapi": frozenset({(role, Relation.NONE) for role in Role}),
    "problem_page": frozenset({(role, Relation.NONE) for role in Role}),
    "token": frozenset({(role, Relation.NONE) for role in Role}),
    "fhir": frozenset({(role, Relation.NONE) for role in Role}),
    "submit": frozenset({(Role.SENDER, Relation.NONE)}),
    "preview": frozenset({(Role.SENDER, Relation.NONE)}),
    "status": frozenset({(Role.SENDER, Relation.OWN)}),
    "receipt": frozenset({(Role.SENDER, Relation.OWN)}),
    "withdraw": frozenset({(Role.SENDER, Relation.OWN)}),
    "agree": frozenset({(Role.SENDER, Relation.OWN)}),
    "correct": frozenset({(Role.SENDER, Relation.OWN)}),
    "answer": frozenset({(Role.SENDER, Relation.OWN)}),
    "attach": frozenset({(Role.SENDER, Relation.NONE)}),
    "word": frozenset({(Role.SENDER, Relation.NONE)}),
    "word_read": frozenset({(Role.SENDER, Relation.OWN)}),
    "manifest": frozenset({(Role.SENDER, Relation.NONE), (Role.HUB, Relation.NONE)}),
    "compare": frozenset({(Role.SENDER, Relation.NONE), (Role.HUB, Relation.NONE)}),
    "tell_event": frozenset({(Role.HUB, Relation.OWN)}),
    "tell_outcome": frozenset({(Role.HUB, Relation.OWN)}),
    "tell_withdrawal": frozenset({(Role.HUB, Relation.OWN)}),
    "list_deliveries": frozenset({(Role.HUB, Relation.OWN)}),
    "collect": frozenset({(Role.HUB, Relation.OWN)}),
    "acknowledge": frozenset({(Role.HUB, Relation.OWN)}),
}
"""operation → (role, relation) pairs that may. A route names its operation; one that is not here cannot be built."""

MAY: Final[Mapping[str, str]] = {
    "submit": "submit",
    "preview": "preview",
    "status": "status",
    "receipt": "status",
    "withdraw": "withdraw",
    "agree": "submit",
    "correct": "submit",
    "answer": "submit",
    "attach": "submit",
    "word": "status",
    "word_read": "status",
    "tell_event": "deliveries.outcome",
    "tell_outcome": "deliveries.outcome",
    "tell_withdrawal": "deliveries.outcome",
    "list_deliveries": "deliveries.collect",
    "collect": "deliveries.collect",
    "acknowledge": "deliveries.collect",
}
"""operation → what a registration's `may` must say for it. The others are open to everyone."""

APPROVERS: Final = ("ig_lead", "practice_manager")
"""Duty roles that each approve a policy: one for the law on data, one for the practice with families (settled 11)."""

OF_A_HUB: Final = frozenset({"hub_duty", "hub_manager"})
"""Duty roles of a hub: who has one may work for some of the council's hubs only."""

_SENDERS: Final = frozenset((role, "") for role in SENDER_ROLES)
_TAKES: Final = frozenset((role, "") for role in TAKES_CALLS)
_SENDS: Final = frozenset((role, "") for role in ("sender_lead", "sender_deputy"))
_OVERSEE: Final = ("ig_lead", "data_protection_officer")
_RUN_CASES: Final = ("hub_duty", "hub_manager", "practice_manager")
_RUN_HUBS: Final = ("hub_duty", "hub_manager", "council_admin")
_KEY_IN: Final = (*_RUN_CASES, "front_door")
_DIVERTS: Final = ("hub_duty", "hub_manager", "front_door")
_REVIEW: Final = ("ig_lead", "data_protection_officer", "practice_manager", "hub_manager")
_REVIEWERS: Final = frozenset((role, "") for role in _REVIEW)
_READ: Final = _REVIEWERS | {("service_head", "")}
_OVERSEERS: Final = frozenset((role, "") for role in _OVERSEE)
_OVERSEE_REPORTS: Final = frozenset((role, about) for role in _OVERSEE for about in ("", "close", "sample"))
_SEALED: Final = frozenset({("sealed_list", "sealed")})
_AUDITS: Final = frozenset({(AUDITOR, "")})
_ANY: Final = frozenset((role, "") for role in LOOK)
_OWN_HOLDS: Final = frozenset((role, kind) for kind, roles in DECIDES.items() for role in roles)
_OWN_TASKS: Final = frozenset((role, kind) for kind, roles in DOES.items() for role in roles)

PEOPLE: Final[Mapping[str, frozenset[tuple[str, str]]]] = {
    "page.home": _ANY | _SENDERS | _AUDITS,
    "page.own": _ANY | _SENDERS | _AUDITS,
    "page.record": _ANY | _AUDITS,
    "page.going_live": frozenset(
        (role, "") for role in ("council_admin", "service_head", "practice_manager", *_OVERSEE)
    ),
    "holds.list": _ANY,
    "holds.report": _ANY - {("council_admin", "")},
    "holds.show": _OWN_HOLDS | {(role, kind) for role in _OVERSEE for kind in DECIDES if kind != "sealed"},
    "holds.open": _OWN_HOLDS - {(role, "register") for role in DECIDES["register"]},
    **dict.fromkeys(("holds.take", "holds.decide", "holds.needed"), _OWN_HOLDS),
    "holds.confirm": _OWN_HOLDS | {("service_head", "sealed")},
    "tasks.list": _ANY,
    "tasks.show": _OWN_TASKS | {(role, kind) for role in _OVERSEE for kind in DOES},
    "tasks.open": _OWN_TASKS - {(role, kind) for role in (*_OVERSEE, "council_admin") for kind in DOES},
    **dict.fromkeys(("tasks.take", "tasks.done", "tasks.confirm"), _OWN_TASKS),
    "hubs.list": _ANY,
    "hubs.stop": frozenset({(role, "") for role in (*_RUN_HUBS, "ig_lead")} | {(role, "divert") for role in _DIVERTS}),
    "hubs.test": frozenset((role, "") for role in _RUN_HUBS),
    "deliveries.list": _ANY,
    "deliveries.replay": frozenset(
        {(role, "") for role in _RUN_HUBS} | {(role, kind) for role in _DIVERTS for kind in ("uncertain", "divert")}
    ),
    "deliveries.cancel": frozenset(
        {(role, kind) for role in ("hub_manager", "practice_manager") for kind in ("", "uncertain")}
        | {(role, "divert") for role in ("front_door", "hub_manager")}
    ),
    "deliveries.skip": frozenset((role, kind) for role in ("hub_duty", "hub_manager") for kind in ("", "uncertain")),
    "links.end": frozenset((role, "") for role in (*_RUN_HUBS, "front_door")),
    "arrived.list": frozenset((role, "") for role in _KEY_IN),
    "arrived.open": frozenset((role, "") for role in _RUN_CASES) | {(role, "divert") for role in _KEY_IN},
    "arrived.tell": frozenset((role, "") for role in _RUN_CASES) | {(role, "divert") for role in _KEY_IN},
    "drill.divert": frozenset((role, "") for role in (*_RUN_HUBS, "front_door")),
    "referrals.withdraw": frozenset((role, "") for role in (*_RUN_CASES, "front_door")),
    "log.list": _REVIEWERS | _AUDITS,
    "log.show": _REVIEWERS | _SEALED | _AUDITS,
    "log.readers": _REVIEWERS,
    "log.reasons": _REVIEWERS | _SEALED,
    "log.content": frozenset((role, "") for role in ("practice_manager", "hub_manager")) | _SEALED,
    "log.export": _OVERSEERS,
    "log.proofs": _AUDITS,
    "reports.list": _READ | _OVERSEE_REPORTS | _AUDITS | {("practice_manager", "sample"), ("sealed_list", "sample")},
    "reports.make": _READ | _OVERSEE_REPORTS,
    "reports.review": frozenset((role, "") for role in ("practice_manager", "service_head")) | _OVERSEE_REPORTS,
    "reports.sign": frozenset({("service_head", "")}) | _OVERSEE_REPORTS,
    "reports.publish": frozenset((role, "") for role in ("service_head", *_OVERSEE)),
    "reports.export": _OVERSEE_REPORTS,
    "reports.sample": frozenset((role, "sample") for role in (*_OVERSEE, "practice_manager")) | _SEALED,
    "children.search": _REVIEWERS,
    "glass.break": frozenset((role, "") for role in (*_RUN_CASES, "front_door")),
    **dict.fromkeys(("glass.list", "glass.review", "glass.codes", "readers.report"), _OVERSEERS),
    "explanation.give": frozenset((role, "") for role in ("hub_duty", "hub_manager", "practice_manager")),
    **dict.fromkeys(("subject.access", "subject.document"), _OVERSEERS | {("sealed_list", "")}),
    "rights.open": frozenset((role, "") for role in (*_OVERSEE, *_RUN_CASES, "front_door")),
    **dict.fromkeys(("rights.list", "rights.read", "rights.act"), _OVERSEERS),
    **dict.fromkeys(("retention.list", "retention.hold", "retention.dispose"), _OVERSEERS),
    **dict.fromkeys(("sent.list", "sent.show", "sent.notices", "sent.upload"), _SENDERS),
    **dict.fromkeys(("sent.send", "sent.mark", "sent.open", "sent.child", "sent.answer", "sent.ask"), _SENDS),
    **dict.fromkeys(("sent.agree", "sent.withdraw", "sent.correct", "sent.export"), _SENDS),
    "sources.list": frozenset((role, "") for role in ("council_admin", "practice_manager", *_OVERSEE)),
    "policy.list": _ANY | _AUDITS,
    "policy.propose": frozenset((role, "") for role in ("practice_manager", "council_admin", *_OVERSEE)),
    **dict.fromkeys(("enquiries.list", "enquiries.write"), _SENDERS | _TAKES),
    "enquiries.send": _SENDS | _TAKES,
    "enquiries.letter": _TAKES,
    "policy.rehearse": frozenset((role, "") for role in ("practice_manager", *_OVERSEE)),
    "policy.approve": frozenset((role, "") for role in APPROVERS),
    "policy.publish": frozenset((role, "") for role in (*APPROVERS, "council_admin")),
}
"""operation → (duty role, class of hold or task) pairs that may, "" where it is about none; all else is refused.

Whoever leads on information may stop a hub's messages, and no divert (governance 5.1). Messages have classes: a divert,
one in doubt whether it arrived, and "" for any other. Whoever looks after doors and keys may send again what never
arrived; what may arrive twice, or not at all, is for those who know the family.

Whoever oversees sees the envelope of a hold and never what is in it, and decides no case (settled 44).

Of the log, and of an assurance sample, what is about a sealed file is for those named for it, and nothing else is.

An auditor reads what `Acting.reads` lets them, until their last day, and takes out proofs and nothing else.

A sender's people see their own sender's requests only. Its office prepares: it opens nothing, and sends nothing."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as their key says. `test` keys reach stub doors only (settled 53).

    person  one of the sender's own people who asks on a page, as the record keeps them; {} for a system
    """

    role: Role
    registration: Registration
    test: bool
    person: Mapping[str, object] = field(default_factory=dict)


ByToken = Callable[[str], Caller | None]
"""Whom an access token belongs to; None for one that does not count."""


def callers(councils: Iterable[Council], *, demo: bool) -> dict[str, Caller]:
    """SHA-256 of each key → whom it belongs to. Keys printed in this repository count in a demo only."""
    known: dict[str, Caller] = {}
    for council in councils:
        for registration in council.senders.values():
            if registration.demo and not demo:
                continue
            role = Role.HUB if registration.hubs else Role.SENDER
            for digest in registration.keys:
                known[digest] = Caller(role, registration, test=False)
            for digest in registration.test_keys:
                known[digest] = Caller(role, registration, test=True)
    return known


def _no_token(token: str) -> Caller | None:
    return None


def identify(known: Mapping[str, Caller], authorization: str | None, by_token: ByToken = _no_token) -> Caller:
    """The caller behind an Authorization header: a key, or else a token. Raises NotAuthenticated."""
    scheme, _, key = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise NotAuthenticated("Send your key in the header: Authorization: Bearer <key>")
    # Keys are 256 random bits, so looking up their digest tells a guesser nothing by its timing.
    caller = known.get(sha256(key.strip().encode()).hexdigest())
    if caller is None and key.count(".") == 2:
        caller = by_token(key.strip())
        if caller is None:
            raise NotAuthenticated("This token has ended, or was not given here. Ask for a new one at /oauth/token.")
    if caller is None:
        raise NotAuthenticated("This gateway does not know that key. Ask the council that gave it to you.")
    return caller


def admit(
    operation: str, known: Mapping[str, Caller], authorization: str | None, by_token: ByToken = _no_token
) -> Caller | None:
    """Whoever asks for an operation, before a byte of what they sent is read; None where everyone may.

    What an object is to them is seen later, by `permit_operation`. Raises NotAuthenticated, NotAllowed.
    """
    allowed = ALLOWED[operation]
    if (Role.ANONYMOUS, Relation.NONE) in allowed:
        return None
    caller = identify(known, authorization, by_token)
    if all(relation is Relation.NONE for _, relation in allowed):
        permit_operation(operation, caller, Relation.NONE)
    return caller


def permit_operation(operation: str, caller: Caller, relation: Relation) -> None:
    """Raises unless the table allows it: NotFound for what must look absent, NotAllowed otherwise."""
    if (caller.role, relation) not in ALLOWED[operation]:
        raise NotFound() if relation is Relation.OTHER else NotAllowed()
    if operation in MAY and MAY[operation] not in caller.registration.may:
        raise NotAllowed("This key may not do that. The council can add it to the key's registration.")


def relation_to(caller: Caller, council: str, sender: str, test: bool) -> Relation:
    """What an object is to the caller. A test key never reaches what a live one sent (settled 53)."""
    registration = caller.registration
    own = (council, sender) == (registration.council, registration.sender) and (test or not caller.test)
    return Relation.OWN if own else Relation.OTHER


def hub_relation(caller: Caller, council: str, hub: str, test: bool) -> Relation:
    """What a delivery to a hub is to the caller: its own where its key speaks for that hub."""
    registration = caller.registration
    own = council == registration.council and hub in registration.hubs and (test or not caller.test)
    return Relation.OWN if own else Relation.OTHER


def person_may(operation: str, role: str, about: str = "") -> bool:
    """Whether somebody acting in this duty role may do this to a hold of this class, or a task of this code."""
    return (role, about) in PEOPLE[operation]

"""What the path needs to know of a council: hubs, routes, settings, senders, clocks and who acts.

Plain values, so that the path stays pure; `gateway/config/councils.py` makes them from a council's folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Final, Literal

from contracts.adapter import Plain
from contracts.areas import NO_AREAS
from contracts.areas import Areas as Areas
from contracts.areas import Neighbour as Neighbour
from contracts.audits import Audit
from contracts.calls import OtherDoor
from contracts.complaints import NOWHERE, Complaints
from contracts.controllers import NOT_SAID, Controllers
from contracts.council_settings import Settings
from contracts.delivery import HubClass
from contracts.form import NO_FORM, Form
from contracts.outcomes import HubOutcome
from contracts.signin import SignIn
from contracts.webhook import Webhook

ROUTE_KEYS: Final = (
    "purpose",
    "service",
    "locality",
    "need",
    "level",
    "significant_disability",
    "lead_found",
    "anonymous",
)
"""What a route may look at: coded things only. `service` is `none` where nothing was ticked; the last three are `yes`,
`no` or `unknown`; `locality` is the council's code for what the sender named, `not_said` where they named none."""

SENDER_TYPES: Final[Mapping[str, Literal["authority", "private", "public"]]] = {
    "council": "authority",
    "maintained_school": "authority",
    "academy": "authority",
    "nhs": "authority",
    "police": "authority",
    "independent_school": "private",
    "private_nursery": "private",
    "voluntary": "private",
    "provider": "private",
    "public": "public",
}
"""What a sender is, for the lawful basis (governance 1.5): a public authority, a private body, or no controller."""


FAMILY: Final = "family"
"""The kind of member of a panel that parents, carers and young people are."""


@dataclass(frozen=True, slots=True)
class HubSettings:
    """One hub of a council.

    adapter      key of `adapters.HUBS`
    url          where it listens, "" where it comes for its messages; nothing is delivered until the council has
                 confirmed it (design 7)
    secrets      names of the secrets that sign to it, newest first; values come from the deployment, never from YAML
    groups       field groups it may have, per outcome: share, share_minimised, advice_only, divert; those of an
                 outcome that is not named stand in `mappings/sharing/groups.yaml` (governance 1.6)
    services     codes of requested services it takes; () is any
    purposes     purposes it takes; any other gives `recipient: no_role`
    agencies     names a family may have used when it said with whom (governance 1.8.3)
    telephone    what a person is told to ring; `out_of_hours` is the number when it is shut
    members      kinds of people who sit on it, where it is a panel: it may have what every one of them may have
                 (settled 50); () is no panel
    identifier   the one identifier system it may have (`upn`, `nhs_number`), "" for none
    settings     the adapter's own, by the names it declares
    pair         the hub that also gets everything this one gets: both have it, or somebody is told (settled 1)
    """

    name: str
    title: str
    adapter: str
    url: str
    hub_class: HubClass
    confirmed: bool
    secrets: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    services: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    telephone: str = ""
    out_of_hours: str = ""
    front_door: bool = False
    in_flight: int = 8
    identifier: str = ""
    masked_roles_may_see_address: bool = False
    settings: Mapping[str, Plain] = field(default_factory=dict)
    pair: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """One row of a council's routes. The first that matches wins; there is no default.

    when  key of ROUTE_KEYS → the values it matches; () never occurs
    hub   name of the hub
    """

    id: str
    when: Mapping[str, tuple[str, ...]]
    hub: str
    because: str


@dataclass(frozen=True, slots=True)
class Registration:
    """What a sender is registered to do with one council, signed by its IG lead (settled 6).

    What is left out, it may not.

    keys         SHA-256 digests (hex) of the API keys it may use; live or test
    demo         its keys are printed in this repository: a live deployment refuses it
    may          operations it may call (`submit`, `preview`, `status`, `withdraw`, `deliveries.outcome`,
                 `deliveries.collect`)
    until        the last day, in London, on which the thing stands; None is open-ended
    sender_type  a key of SENDER_TYPES
    article_6    `6_1_a`, `6_1_c`, `6_1_d`, `6_1_e`, `6_1_ea`, `6_1_f`; article_9: `9_2_a` …;
                 schedule_1: `para_2`, `para_6`, `para_18`
    """

    sender: str
    council: str
    title: str
    sender_type: str
    keys: tuple[str, ...] = ()
    test_keys: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    agreement: str = ""  # sharing agreement id, "" for none
    agreement_until: date | None = None
    article_6: str = ""
    power: str = ""
    article_9: tuple[str, ...] = ()
    schedule_1: str = ""
    article_10: str = ""
    necessity: str = ""
    notice_to_every_family: str = ""  # version of the notice, "" if not
    notice_until: date | None = None
    contact: str = ""
    agency_kind: str = ""
    hubs: tuple[str, ...] = ()  # a hub's own system: which hubs it speaks for
    active: bool = True
    until: date | None = None
    designated: bool = False  # under section 16E CA 2004: lets a private body rest on 16LA
    duty_of_confidence: bool = False  # DPA 2018 s.11: what 9(2)(h) needs
    paragraph_18_reason: str = ""
    demo: bool = False
    agreement_of_every_family: str = ""  # the form's own question: it goes no further without the family's yes
    agreement_asked_until: date | None = None
    names_no_child: bool = False  # a service for families that never asks which child
    jwks: tuple[Mapping[str, str | bool], ...] = ()  # public keys it signs with: kty, crv, x, y, test
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # sender's role → sign-in names
    webhook: Webhook | None = None  # where notices are pushed to
    taken_by: tuple[str, ...] = ()  # the council's own roles that write down what callers say; () for other senders
    other_doors: tuple[OtherDoor, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A question the council's document leaves open (settled 11): the cautious reading decides, delivery waits.

    setting      where in `council.yaml`; answered_by "" nobody, `demo`, or who answered for the council
    """

    setting: str
    question: str
    in_force: str
    answered_by: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """When a council's people work, Europe/London. `closed` are days of its own beside England's bank holidays."""

    opens: time = time(9)
    closes: time = time(17)
    closed: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """A timer of the council's document (rules 6). It never releases anything by itself (governance 1.1.7).

    say      what is waited for, as sender and hub read it
    starts   the event it runs from, `stops` those that end it: keys of contracts.events.EVENTS
    within   a time such as `10 working days`, in the document's own unit
    kinds    of delivery whose arrival starts it, where that is its event; () is any
    counts   from the instant itself (`received`), or from the next working day when it came out of hours
    alarms   whether anybody is told when it is due, as long as something here can tell that it ended: until a system
             does, its due date is shown and it never alarms (settled 45)
    owner    duty role that must act; tells: who hears besides; on_breach: what the document says follows, "" where
             it is silent
    """

    name: str
    say: str
    starts: str
    within: str
    stops: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    counts: Literal["received", "next_working_day"] = "received"
    alarms: bool = False
    owner: str = ""
    tells: tuple[str, ...] = ()
    on_breach: str = ""
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guidance:
    """What the council's document asks of workers inside the case, where the gateway sees nothing (settled 45)."""

    say: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DutyRole:
    """Who acts in a role, by the name they sign in with, which role covers for it, and the team's own mailbox."""

    title: str
    people: tuple[str, ...] = ()
    cover: str = ""
    mail: str = ""


@dataclass(frozen=True, slots=True)
class MailedLinks:
    """Hubs and duty roles, by name, that are mailed a link for each message, by which they say what became of it."""

    hubs: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Council:
    """One council's configuration, loaded, checked and frozen.

    aliases     other names under which it appears as a home authority
    localities  what a sender may write → the council's code for it, in lower case
    roles       duty roles, the owners of holds and tasks; clocks: the document's own timers; guidance: what it asks for
                after the hand-over, printed and never counted
    works_for   person → the hubs whose work is theirs; who is not in it works for all of them
    audits      auditor → the days whose decisions they may read, and until when they may sign in
    outcomes    what its hubs may answer, in its own words
    emergency   the sentence every error and every open referral carries
    digest      SHA-256 over its folder, 64 hex digits
    form        its own form: the order and the words in which its people read a message
    links       who is mailed links here: that is the deployment's to say, and no file's
    """

    name: str
    title: str
    gss: str
    hubs: Mapping[str, HubSettings]
    routes: tuple[Route, ...]
    settings: Settings
    senders: Mapping[str, Registration]
    roles: Mapping[str, DutyRole]
    clocks: Mapping[str, Clock]
    front_door: str
    emergency: str
    digest: str
    hours: Hours = Hours()
    asks: tuple[Ask, ...] = ()
    guidance: tuple[Guidance, ...] = ()
    aliases: tuple[str, ...] = ()
    localities: Mapping[str, str] = field(default_factory=dict)
    areas: Areas = NO_AREAS
    neighbours: Mapping[str, Neighbour] = field(default_factory=dict)  # name or GSS code, in lower case
    outcomes: Mapping[str, HubOutcome] = field(default_factory=dict)
    controllers: Controllers = NOT_SAID
    complaints: Complaints = NOWHERE
    form: Form = NO_FORM
    sign_in: SignIn | None = None
    works_for: Mapping[str, frozenset[str]] = field(default_factory=dict)
    audits: Mapping[str, Audit] = field(default_factory=dict)
    links: MailedLinks = MailedLinks()

    def unanswered(self, demo: bool = False) -> tuple[Ask, ...]:
        """Questions that keep this council's deliveries back. A demo answer counts in a demo only."""
        return tuple(ask for ask in self.asks if not ask.answered_by or (ask.answered_by == "demo" and not demo))

"""What the path needs to know of a council: its hubs, and what a sender is registered to do.

Plain values, so that the path stays pure; `gateway/config/councils.py` makes them from a council's folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.delivery import HubClass


@dataclass(frozen=True, slots=True)
class HubSettings:
    """One hub of a council.

    adapter      key of `adapters.HUBS`
    url          where it listens; "" until the council has entered and confirmed it: then nothing is delivered (design 7)
    secrets      names of the secrets that sign to it, newest first; values come from the deployment, never from YAML
    groups       field groups it may have, per outcome: `share`, `share_minimised`, `advice_only`, `divert` (governance 1.6)
    services     codes of requested services it takes
    purposes     purposes it takes
    telephone    what a person is told to ring; emergency is the out-of-hours number
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
    telephone: str = ""
    out_of_hours: str = ""
    front_door: bool = False
    in_flight: int = 8
    identifier: str = ""  # the one identifier system this hub may have ("upn", "nhs_number"), "" for none
    masked_roles_may_see_address: bool = False


@dataclass(frozen=True, slots=True)
class Registration:
    """What a sender is registered to do with one council, signed by its IG lead (settled 6).

    keys         SHA-256 digests (hex) of the API keys it may use; live or test
    may          operations it may call (`submit`, `preview`, `status`, `withdraw`, `deliveries.outcome`)
    dates        ISO dates as ms UTC; None is open-ended
    """

    sender: str
    council: str
    title: str
    sender_type: str  # maintained_school, academy, independent_school, council, nhs, police, voluntary, public …
    keys: tuple[str, ...]
    test_keys: tuple[str, ...]
    sources: tuple[str, ...]
    purposes: tuple[str, ...]
    may: tuple[str, ...]
    agreement: str  # sharing agreement id, "" for none
    agreement_until: int | None
    article_6: str
    power: str
    article_9: tuple[str, ...]
    schedule_1: str
    article_10: str
    necessity: str
    notice_to_every_family: str  # version of the notice, "" if not
    notice_until: int | None
    contact: str
    agency_kind: str = ""
    hubs: tuple[str, ...] = ()  # a hub's own system: which hubs it speaks for
    active: bool = True


@dataclass(frozen=True, slots=True)
class Council:
    """One council's configuration, loaded, checked and frozen.

    settings  the answers of its `council.yaml` (agreement, anonymous, inform, eligibility …) as plain data; `ask` where the
              document contradicts itself and the council has not answered
    digest    SHA-256 over its folder
    """

    name: str
    title: str
    gss: str
    hubs: Mapping[str, HubSettings]
    routes: tuple[Mapping[str, object], ...]
    settings: Mapping[str, object]
    senders: Mapping[str, Registration]
    people: Mapping[str, Mapping[str, object]]
    timers: Mapping[str, Mapping[str, object]]
    front_door: str
    emergency: str  # the sentence every error and every open referral carries
    digest: str
    localities: Mapping[str, str] = field(default_factory=dict)

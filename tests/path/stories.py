"""The stories of `vectors.yaml` told as referrals, for each council: what a sender would write for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from contracts.council import Registration
from contracts.recorded import PersonFact
from gateway.path.screening import NOT_RUN, Screening
from tests.builders import NOW, a_child, a_mother, an_agreement
from tests.path.deriving import COUNCILS
from tests.path.scenarios import HEADINGS

CONTENT: Final = "c" * 64
SENDERS: Final = {
    "tower_hamlets": "invented_school",
    "derby": "invented_school",
    "kent": "invented_school",
    "leicester": "early_help_forms",
    "hull": "invented_academy",
}
CLEAN: Final[Mapping[str, Mapping[str, Any]]] = {
    "tower_hamlets": {"agreements": [an_agreement(signed_document="abc")]},
    "derby": {"family": {"locality": "Locality 2"}},
    "kent": {},
    "leicester": {},
    "hull": {},
}
"""What makes a clean referral clean there too."""

HUBS: Final = {
    "tower_hamlets": "ehh",
    "derby": "spa_locality_2",
    "kent": "front_door",
    "leicester": "eh_in_das",
    "hull": "ehash",
}
NAMELESS: Final[Mapping[str, Any]] = {
    "anonymous": True,
    "people": [],
    "relationships": [],
    "agreements": [],
    "notices": [],
}
ADVICE: Final = {"tower_hamlets": "request", "hull": "consultation"}
"""The purpose under which a council takes an enquiry without names; the others take none."""

NOWHERE: Final = {
    "tower_hamlets": {"purpose": "monitoring"},
    "derby": {"family": {}},
    "kent": {"purpose": "panel_referral"},
    "leicester": {"purpose": "monitoring"},
    "hull": {"requested_services": [{"code": "hu_young_carers"}], "family": {"locality": "Riverside"}},
}
"""What no route of the council matches."""

NO_PART: Final = {"tower_hamlets": "mash", "derby": "initial_response", "kent": "district_unit", "leicester": "masp"}
"""A hub that takes no request. In Hull every hub takes them."""


@dataclass(frozen=True, slots=True)
class Story:
    """One vector as a referral.

    changes    top-level fields of `a_referral`; `by_council` those that differ
    sender     what is otherwise in the sender's registration; None for a sender nobody registered
    only       the councils in which it can happen; () is all five
    instead    council → its own rows that hold what goes elsewhere: its guidance asks for something first
    beside     council → its own rows that stop it too: the guidance of that council is stricter here
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    by_council: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sender: Mapping[str, Any] | None = field(default_factory=dict)
    screening: Screening | None = None
    route_to: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    instead: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def registration(self, council: str) -> Registration | None:
        """The council's own registered sender, with what this story changes of it."""
        if self.sender is None:
            return None
        return replace(COUNCILS[council].senders[SENDERS[council]], **self.sender)

    def referral(self, council: str) -> dict[str, Any]:
        """Changes of `a_referral` for this council."""
        return {"council": council, **CLEAN[council], **self.changes, **self.by_council.get(council, {})}

    def persons(self, council: str) -> tuple[PersonFact, ...]:
        """The route a person recorded, where the story needs one."""
        if council not in self.route_to:
            return ()
        hub = self.route_to[council]
        return (
            PersonFact("route", HUBS[council], hub, "child", hub, CONTENT, "kit", "routing_desk", "Asked.", NOW - 1),
        )


def _says(**changes: Any) -> dict[str, Any]:
    """The mother's answer, on paper that is here."""
    return {"agreements": [an_agreement(**({"signed_document": "abc"} | changes))]}


def _people(*others: dict[str, Any], **child: Any) -> dict[str, Any]:
    return {"people": [a_child(**child), a_mother(), *others]}


_ASKED_FIRST: Final = {"tower_hamlets": ("TH-C07",)}
_NOT_TOLD: Final = {"tower_hamlets": ("TH-C16",), "leicester": ("LE-C03",)}
_FATHER: Final = {
    "id": "father",
    "roles": ["parent"],
    "first_name": "Ivo",
    "surname": "Fernsby",
    "why_needed": "Asked.",
}
_ALL: Final = ("request", "panel_referral", "monitoring", "safeguarding", "step_down", "consultation", "other")
_NO_NOTICE: Final = {"notice_to_every_family": ""}
_COUNCILS_ADVICE: Final = {name: {"purpose": purpose} for name, purpose in ADVICE.items()}

STORIES: Final[Mapping[str, Story]] = {
    "V01": Story(
        _people(
            {"id": "brother", "roles": ["sibling"], "first_name": "Tolly", "why_needed": "He is late with her."},
            health="Asthma",
        )
    ),
    "V02": Story(_says(status="refused") | {"harm": {"level": "significant"}}),
    "V03": Story(_says(status="refused")),
    "V04": Story(
        _says(status="refused"),
        {
            name: {
                "override": {
                    "decided_by": "Rhea Quill",
                    "decided_on": "2026-11-01",
                    "second_person": "Teo Marsh",
                    "reason": "Without help the child will miss the rest of the year.",
                    "agreement_state": "refused",
                    "recipient": hub,
                }
            }
            for name, hub in HUBS.items()
        },
    ),
    "V05": Story({"reason": "She wrote a story in which somebody was strangled."}),
    "V06": Story(_says(withdrawn_on="2026-11-01") | {"harm": {"duties": ["child_sexual_offence"]}}),
    "V07": Story(_says(withdrawn_on="2026-11-01") | {"corrects": "R-0"}),
    "V08": Story(_says(on_date="2025-09-01")),
    "V09": Story(_says(scope={"categories": ["child_identity", "request"]})),
    "V10": Story(
        {
            "people": [a_child(), a_mother(id="gran", roles=["household"], first_name="Ada")],
            "relationships": [],
            "notices": [],
            **_says(giver="gran", capacity="other", holds_parental_responsibility=False),
        }
    ),
    "V11": Story(
        _people(_FATHER)
        | {"agreements": [an_agreement(signed_document="abc"), an_agreement(giver="father", status="refused")]}
    ),
    "V12": Story(
        _people(date_of_birth="2011-03-14")
        | {
            "agreements": [
                an_agreement(signed_document="abc"),
                an_agreement(giver="child", capacity="young_person", status="refused"),
            ]
        }
    ),
    "V13": Story(_people(date_of_birth="2013-03-14")),
    "V14": Story(_people(date_of_birth="2009-03-14"), instead=_ASKED_FIRST),
    "V15": Story(NAMELESS, _COUNCILS_ADVICE, sender=_NO_NOTICE, only=tuple(ADVICE)),
    "V16": Story(
        NAMELESS | {"reason": "A Year 4 boy whose father is the only butcher in Ash."},
        _COUNCILS_ADVICE,
        sender=_NO_NOTICE,
        only=tuple(ADVICE),
    ),
    "V17": Story(
        NAMELESS | {"people": [a_child(identifiers=[{"system": "upn", "value": "A123456789012"}])]},
        _COUNCILS_ADVICE,
        sender=_NO_NOTICE,
        screening=NOT_RUN,
        only=tuple(ADVICE),
    ),
    "V18": Story({"people": [a_child(), a_mother(addresses=[{"kind": "refuge", "lines": ["1 Hidden Row"]}])]}),
    "V19": Story(
        _people({"id": "step", "roles": ["parent"], "first_name": "Odo", "protection": ["do_not_inform"]}),
    ),
    "V20": Story(_people(protection=["sealed"], former_names=["Bea Thornby"])),
    # Settled 42: a name found in text flags; it holds where somebody must be protected. Here he is listed, as nobody.
    "V21": Story(_people({"id": "uncle", "roles": [], "first_name": "Darren"})),
    "V22": Story(_people({"id": "brother", "roles": ["sibling"], "first_name": "Tolly", "health": "ADHD"})),
    "V23": Story(_people(health="Asthma"), sender={"article_9": ()}),
    "V24": Story(sender={"sender_type": "academy", "article_6": "6_1_ea"}),
    "V25": Story({"family": {"home_council": "Elsewhere", "locality": "Locality 2"}}),
    "V26": Story(sender={"agreement_until": date(2026, 11, 1)}),
    "V27": Story({"purpose": "other"}, sender={"purposes": _ALL}),
    "V28": Story(
        _people(date_of_birth=None, surname=None)
        | {"purpose": "other", "harm": {"level": "immediate"}, "agreements": [], "notices": []},
        sender=None,
    ),
    # Two councils also ask that the parents are told, which nobody here was.
    "V29": Story(
        {
            "agreements": [an_agreement(status="not_sought", not_sought="unsafe")],
            "notices": [{"given": False, "exemption": "Asking would put the child at risk."}],
        },
        beside=_NOT_TOLD,
    ),
    "V30": Story({"notices": []}, sender=_NO_NOTICE),
    "V31": Story(
        {"purpose": "safeguarding", "criminal": "An allegation of assault."},
        sender={"purposes": _ALL, "agreement": "", "article_10": ""},
    ),
    "V32": Story(route_to=NO_PART, only=tuple(NO_PART)),
    "V33": Story({"criminal": "An allegation of assault."}, sender={"article_10": ""}),
    "V34": Story(_people(surname=None)),
    "V35": Story(
        {"people": [], "relationships": [], "notices": [{"given": True}]} | _says(giver=None),
    ),
    "V36": Story({"agreements": [an_agreement(status="not_sought", not_sought="other")]}, beside=_NOT_TOLD),
    "V37": Story(sender={"active": False}),
    "V38": Story({}, NOWHERE, sender={"purposes": _ALL}),
    # G-515 is a council's own statement: Tower Hamlets lists a duty, Kent a purpose, the others neither.
    "V48": Story(
        _people(date_of_birth=None, age_as_stated="9"), only=("derby", "hull", "kent", "leicester")
    ),  # TH-E02 asks for the age
    "V49": Story({"people": [a_mother(phones=[{"number": "07700 900123"}])]}, sender={"names_no_child": True}),
    "V50": Story(
        _people(date_of_birth="2009-03-14") | _says(scope={"categories": ["child_identity", "request"]}),
        instead=_ASKED_FIRST,
    ),
    "V52": Story(
        _people(date_of_birth="2009-03-14") | {"agreements": [], "informed": [{"who": "parents", "told": True}]},
        beside=_ASKED_FIRST,
    ),
    "V39": Story(
        {"agreements": [], "notices": [], "informed": [{"who": "parents", "told": True}]},
        {
            "tower_hamlets": {"statutory_duties": [{"code": "school_attendance"}]},
            "kent": {"purpose": "step_down", "step_down": HEADINGS},
        },
        sender={"purposes": _ALL, "notice_to_every_family": ""},
        only=("tower_hamlets", "kent"),
    ),
}

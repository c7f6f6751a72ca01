"""What may happen after the hand-over: events that start and stop clocks, and outcomes a hub returns (settled 45, 46).

Codes are ours; a council's own words for them stand in its folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SEEN: Final[Mapping[str, str]] = {
    "stepped_down": "The family was stepped down, and its case sent to the hub.",
    "contact_to_front_door": "The front door was contacted.",
    "first_contact": "The sender first spoke with the front door.",
    "shared_without_signed_form": "It was shared before the signed form came.",
    "assessment_completed": "An assessment was completed.",
    "front_door_received": "It arrived at the front door's system.",
    "hub_received": "It arrived at a hub's system.",
    "signed_form_came": "The signed form came.",
    "outcome_told": "A hub said what becomes of it.",
}
"""event → what it says: those that the gateway sees by itself."""

TOLD: Final[Mapping[str, str]] = {
    "acknowledged": "Somebody has read it.",
    "district_received": "The district received it.",
    "opened": "It was opened.",
    "allocated": "It was given to a worker.",
    "more_information_asked": "The hub asks for more.",
    "more_information_given": "The sender has answered.",
    "family_contacted": "The family was contacted.",
    "child_seen": "The child was seen.",
    "need_seen": "A need was seen.",
    "assessment_started": "An assessment was started.",
    "joint_route_agreed": "A joint assessment was agreed.",
    "joint_route_finished": "The joint assessment is finished.",
    "meeting_arranged": "The team around the family was arranged.",
    "plan_agreed": "A plan was agreed.",
    "plan_reviewed": "The plan was reviewed.",
    "signed_form_seen": "The signed form was seen.",
    "written_follow_up": "The written follow-up came.",
    "notice_acknowledged": "The notice was read.",
    "recorded_on_ehm": "It is on EHM.",
    "recorded_on_liberi": "It is on Liberi.",
    "sender_told": "The hub has spoken with the sender.",
    "disagreement_answered": "The hub's manager has answered the sender.",
}
"""event → what it says: those that a hub's system or a person tells (settled 46)."""

BY_LINK: Final = (
    "acknowledged", "district_received", "opened", "allocated", "more_information_asked", "family_contacted",
    "child_seen", "meeting_arranged",
)  # fmt: skip
"""Events that whoever reads a mailbox tells by a link, while nothing is decided yet (settled 46)."""

BY_SENDER: Final[Mapping[str, str]] = {
    "sender_asked": "The sender asked what has become of it.",
    "sender_disagreed": "The sender does not agree with what was decided.",
}
"""event → what it says: those that a sender's own people tell on their page."""

EVENTS: Final[Mapping[str, str]] = {**SEEN, **TOLD, **BY_SENDER}

OUTCOMES: Final[Mapping[str, str]] = {
    "advice_given": "Advice was given.",
    "join_existing": "The family has a team already. Join it.",
    "single_agency": "One agency can help.",
    "eha_required": "An assessment is needed first.",
    "allocated": "It was taken on.",
    "no_further_action": "Nothing more is done.",
    "escalated_social_care": "It went to social care.",
    "redirected_early_help": "It went to Early Help.",
    "to_panel": "It goes to a panel.",
    "resources_agreed": "The panel agreed what is given.",
    "stepped_up": "It was stepped up.",
    "stepped_down": "It was stepped down.",
    "declined": "It was not accepted.",
    "contact_recorded_only": "It was recorded as a contact.",
}
"""outcome → what it says (rules 9.2, with MASP's: resources, up, down, child protection, LARP)."""

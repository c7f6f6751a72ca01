"""Which duty roles a council's own people have, which decide which class of hold, and do which task (settled 44)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LOOK: Final = frozenset(
    {
        "hub_duty",
        "hub_manager",
        "practice_manager",
        "team_manager",
        "routing_desk",
        "front_door",
        "designated_cp_officer",
        "ig_lead",
        "data_protection_officer",
        "sealed_list",
        "service_head",
        "council_admin",
    }
)
"""The duty roles of a council's own people: each sees its lists. Whoever comes from outside has none of them."""

DECIDES: Final[Mapping[str, frozenset[str]]] = {
    "safety": frozenset({"hub_duty", "hub_manager", "practice_manager", "front_door"}),
    "wishes": frozenset({"hub_duty", "hub_manager", "practice_manager", "designated_cp_officer"}),
    "paperwork": frozenset({"hub_duty", "hub_manager", "practice_manager"}),
    "routing": frozenset({"routing_desk", "hub_duty", "hub_manager"}),
    "register": frozenset({"ig_lead", "data_protection_officer"}),
    "sealed": frozenset({"sealed_list"}),
    "returned": frozenset({"hub_duty", "hub_manager"}),
    "policy_defect": frozenset({"hub_duty", "hub_manager"}),
}
"""Class of hold → the duty roles that decide it (settled 44): practice decides cases, information governance decides
the register, and a sealed file is for those named for it."""

DOES: Final[Mapping[str, frozenset[str]]] = {
    "ring_front_door": frozenset({"hub_duty", "hub_manager"}),
    "ring_other_area": frozenset({"hub_duty", "hub_manager", "front_door"}),
    "look_at_possible_harm": frozenset({"hub_duty", "hub_manager", "practice_manager", "front_door"}),
    "check_sender": frozenset({"council_admin", "ig_lead"}),
    "renew_sharing_agreement": frozenset({"ig_lead", "data_protection_officer"}),
    "ask_whether_stopping_is_safe": frozenset({"hub_duty", "hub_manager"}),
    "ask_the_young_person": frozenset({"hub_duty", "hub_manager"}),
    "ask_the_young_person_first": frozenset({"hub_duty", "hub_manager"}),
    "ask_date_of_birth": frozenset({"hub_duty", "hub_manager"}),
    "sample_decision": frozenset({"practice_manager"}),
    "tell_the_family": frozenset({"hub_duty", "hub_manager"}),
    "policy_defect": frozenset({"ig_lead"}),
    "chase_signed_form": frozenset({"hub_duty", "hub_manager"}),
    "read_narrative": frozenset({"hub_duty", "hub_manager", "practice_manager"}),
    "record_on_both_systems": frozenset({"hub_duty", "hub_manager", "team_manager"}),
    "record_joint_visit": frozenset({"hub_duty", "hub_manager", "team_manager"}),
    "answer_the_hub": frozenset({"hub_duty", "hub_manager"}),
    "acknowledge_notice": frozenset({"hub_duty", "hub_manager"}),
    "review_not_shared": frozenset({"practice_manager", "hub_manager", "data_protection_officer"}),
    "tell_the_sender": frozenset({"hub_duty", "hub_manager"}),
    "answer_the_disagreement": frozenset({"hub_manager", "practice_manager"}),
    "lists_differ": frozenset({"hub_duty", "hub_manager", "council_admin"}),
    "review_break_glass": frozenset({"ig_lead", "data_protection_officer"}),
    "paper_code_used": frozenset({"ig_lead", "data_protection_officer"}),
    "look_at_readers": frozenset({"ig_lead", "data_protection_officer"}),
    "divert_acknowledged": frozenset({"front_door", "hub_manager"}),
}
"""Task → the duty roles that do it. A sender's own people do theirs at the sender; the hub records that it was done."""

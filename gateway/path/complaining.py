"""Says whoever is told of a decision where to complain: the council, then the Commissioner (DPA 2018, section 164A)."""

from __future__ import annotations

from contracts.complaints import COMMISSIONER
from contracts.council import Council
from gateway.path.telling import lower_first


def where_to_complain(council: Council) -> str:
    """Two sentences. Of the council it names a role and never a person; where it entered no way to reach it, the role
    alone."""
    officer, ways = council.roles.get("data_protection_officer"), council.complaints.in_words
    role = lower_first(officer.title) if officer else "data protection officer"
    return (
        f"You may complain to the {role} of {council.title}{f': {ways}' if ways else ''}. "
        f"After that you may complain to {COMMISSIONER}."
    )

"""Derives `locality`: how sure it is which of a council's localities this belongs to, where that chose the hub."""

from __future__ import annotations

from gateway.path.areas import located
from gateway.path.case import Case, Finding


def locality(case: Case) -> Finding:
    """As the sender named it, by the home's postcode, or neither (settled 50). `not_needed` where no route asks."""
    candidate, council = case.candidate, case.council
    asked = any(
        row.hub == candidate.hub and "locality" in row.when and candidate.purpose in row.when.get("purpose", ())
        for row in council.routes
    )
    if candidate.hub and not asked:
        return Finding("not_needed", ("council",))
    if not council.localities:
        return Finding("not_needed", ("council",))
    return Finding(located(case.referral, council, case.child, case.now_ms).how, ("/family", "council"))

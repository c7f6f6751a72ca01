"""What the family said later, put into a referral: as if it had come with it, and in the order in which it was said."""

from __future__ import annotations

from contracts.referral import Referral
from contracts.returned import AgreementTold


def agreed(referral: Referral, told: AgreementTold) -> Referral:
    """The referral with what was said added to it. Nothing that was said before is taken out: the newest counts."""
    changes: dict[str, object] = {
        name: (*getattr(referral, name), *added)
        for name, added in (
            ("agreements", (told.agreement,) if told.agreement else ()),
            ("informed", told.informed),
            ("notices", told.notices),
        )
        if added
    }
    if told.sharing_limits is not None:
        changes["sharing_limits"] = told.sharing_limits
    return referral.model_copy(update=changes)

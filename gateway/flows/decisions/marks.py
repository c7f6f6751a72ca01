"""Keeps a sender's own words out of the record: a code that a list of ours has stands as it is, any other by its mark.

A mark is a keyed digest. It says that two referrals hold the same word, and never which (settled 20).
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final

from gateway.store.keys import CouncilKeys, lookup_token

CAPACITIES: Final = frozenset(("family", "parent", "carer", "young_person", "person_with_pr", "other"))
"""As whom people speak."""

WHO: Final = frozenset(("parents", "child", "family"))
WHY_NOT: Final = frozenset(("increases_risk", "prejudices_investigation", "other"))
"""Who was told of a sharing, and why somebody was not (`contracts.agreement.Informed`)."""

DOCUMENTS: Final = frozenset(("signed_consent", "eha", "single_assessment", "plan", "other"))
"""Kinds of documents (`contracts.referral.Attachment`)."""

_LENGTH: Final = 16


def coded(keys: CouncilKeys, value: str, known: Container[str]) -> str:
    """The value where it is a known code, its mark where it is not, "" for nothing."""
    return value if not value or value in known else marked(keys, value)


def all_coded(keys: CouncilKeys, values: Iterable[str], known: Container[str]) -> list[str]:
    """Each of them as `coded`."""
    return [coded(keys, value, known) for value in values]


def marked(keys: CouncilKeys, value: str) -> str:
    """Words by their mark: "other:" and 16 hex digits; "" for nothing."""
    return f"other:{lookup_token(keys, 'word', value)[:_LENGTH]}" if value else ""

"""From a whole referral to every message a council makes of it: nothing protected is in any of them, in any form."""

from __future__ import annotations

from typing import Any, Final

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.decision import Outcome
from gateway.flows.submissions.foreseen import in_words
from gateway.path.course import Matter, Rules, consider, promises
from gateway.path.envelope import envelopes
from gateway.path.taint import SHORTEST, squeezed
from tests.builders import NOW, a_child, a_mother, a_referral, an_agreement
from tests.path.copies import GROUPING, SCREENS, a_brother, an_uncle
from tests.path.deriving import COUNCILS, POLICIES
from tests.path.test_trimming_derived import CASES, Secret

AREA: Final = {"locality": "East", "cluster": "Locality 1"}
"""An area of Hull and one of Derby; the other councils have one hub."""

SPOKEN: Final[tuple[dict[str, Any], ...]] = (
    {"reason": "{}"},
    {"needs": [{"code": "attendance", "as_stated": "{}", "evidence": "{}"}]},
    {"other_answers": [{"question": "{}", "answer": "{}"}]},
    {"attachments": [{"sha256": "0" * 64, "name": "{}"}]},
    {"views": [{"whose": "child", "said": "{}"}]},
    {"family": AREA | {"summary": "{}"}},
    {"staff_risk": {"known": True, "what": "{}"}},
    {"harm": {"level": "possible", "as_stated": "{}", "what_happened": "{}"}},
    {"referrer": {"kind": "professional", "role": "{}", "agency": "Invented Aid", "phone": "{}"}},
    {"referrer": {"kind": "professional", "role": "Worker", "agency": "{}"}},
    {"professionals": [{"role": "Worker", "agency": "{}", "involvement": "{}"}]},
    {"agreements": [an_agreement(as_stated="{}", reason="{}")]},
    {"agreements": [an_agreement(status="refused", reason="{}")]},
    {"informed": [{"who": "parents", "told": False, "reason_not": "{}"}]},
    {"source": {"system": "canonical", "submitted_at": "2026-11-01T09:00:00Z", "record_id": "{}"}},
    {"plan": {"outcomes": "{}", "actions": [{"action": "{}", "who": "{}"}]}},
)
"""Where somebody may have written it."""

SENDERS: Final = {name: tuple(council.senders) for name, council in COUNCILS.items()}


def a_family(secret: Secret, form: str, spoken: dict[str, Any], council: str) -> dict[str, Any]:
    """A referral in which one thing is protected, and said again somewhere else."""
    people = [a_child(), a_mother(), a_brother(why_needed="They share a room.")]
    people += [an_uncle()] if "harmed" in secret.name else []
    plain: dict[str, Any] = {"council": council, "family": AREA, "people": people}
    secret.hide(plain)
    plain["people"] = [{name: value for name, value in one.items() if value is not None} for one in plain["people"]]
    text = orjson.dumps(f"KxHere {form} it was").decode()
    return plain | orjson.loads(orjson.dumps(spoken).decode().replace('"{}"', text))


@given(
    council=st.sampled_from(sorted(COUNCILS)),
    case=st.sampled_from([case for case in CASES if not case[0].prose]),
    spoken=st.sampled_from(SPOKEN),
    data=st.data(),
)
@settings(max_examples=50, deadline=None)
def test_no_message_of_any_kind_holds_what_is_protected(
    council: str, case: tuple[Secret, str], spoken: dict[str, Any], data: st.DataObject
):
    secret, form = case
    by = COUNCILS[council]
    sender = by.senders[data.draw(st.sampled_from(SENDERS[council]))]
    referral = a_referral(**a_family(secret, form, spoken, council))
    rules = Rules(by, POLICIES[council], GROUPING, SCREENS)
    matter = Matter(referral, (), sender, "R-1", "c" * 64)
    courses, screening = consider(matter, rules, NOW)
    sent = [
        promise.payload.body.decode()
        for promise in promises(matter, courses, rules, screening, NOW)
        if promise.decisions[0].outcome is not Outcome.DIVERT
    ]
    told = [envelope.body.decode() for envelope in envelopes(matter, courses, rules, NOW)]
    for text in (*sent, *told, in_words(rules, matter, NOW)):
        assert form not in text
        assert "KxHere" not in text
        assert len(squeezed(form)) < SHORTEST or squeezed(form) not in squeezed(text)


@pytest.mark.parametrize("council", sorted(COUNCILS))
def test_some_of_these_referrals_are_sent_and_some_wait(council: str):
    rules = Rules(COUNCILS[council], POLICIES[council], GROUPING, SCREENS)
    outcomes = set()
    for secret, form in CASES[::17]:
        for spoken in SPOKEN[:4]:
            plain = a_family(secret, form, spoken, council)
            for name in SENDERS[council]:
                matter = Matter(a_referral(**plain), (), COUNCILS[council].senders[name], "R-1", "c" * 64)
                outcomes |= {course.decision.outcome for course in consider(matter, rules, NOW)[0]}
    assert Outcome.HOLD in outcomes
    assert {Outcome.SHARE, Outcome.SHARE_MINIMISED} & outcomes

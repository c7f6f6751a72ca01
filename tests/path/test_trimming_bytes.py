"""What is withheld is not in the bytes that leave, in any spelling, and every leaf is accounted for."""

from __future__ import annotations

from collections import Counter
from typing import Any

import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.decision import Outcome, Payload
from contracts.referral import Referral
from gateway.path.copying import REASONS
from gateway.path.taint import squeezed
from tests.builders import a_hub
from tests.path.copies import GROUPING, OUTCOMES, VALID, body, sent, why
from tests.path.planted import is_planted, leaves, planted, read

SEEDS = st.integers(0, 10_000)
WHICH = st.sampled_from(OUTCOMES)
READ = st.sampled_from(("needs_reading", "read"))


def gone(plain: dict[str, Any], payload: Payload) -> list[tuple[str, Any]]:
    """Pointer and value of every leaf that the list says was withheld."""
    held = {one.pointer for one in payload.withheld}
    return [(pointer, value) for pointer, value in leaves(plain) if any(under(pointer, part) for part in held)]


def under(pointer: str, part: str) -> bool:
    return pointer == part or pointer.startswith(f"{part}/")


def went(payload: Payload) -> list[tuple[str, Any]]:
    """The leaves in the message that come from the referral: an age in years is reckoned, so not among them."""
    message = body(payload)
    whole = message["referral"] | ({"other_answers": message["other_answers"]} if message["other_answers"] else {})
    return [(pointer, value) for pointer, value in leaves(whole) if not pointer.endswith("/age")]


def dumped(referral: Referral) -> dict[str, Any]:
    return referral.model_dump(mode="json", exclude_defaults=True)


@given(SEEDS, WHICH, READ, st.sampled_from(["", "upn"]))
@settings(max_examples=50, deadline=None)
def test_nothing_withheld_is_in_the_bytes_in_any_spelling(seed: int, outcome: Outcome, narrative: str, system: str):
    referral = read(planted(seed))
    payload = sent(referral, outcome, a_hub(groups={}, identifier=system), narrative=narrative)
    text = payload.body.decode()
    lower, joined = text.lower(), squeezed(text)
    for pointer, value in gone(dumped(referral), payload):
        if is_planted(value):
            assert value not in text, pointer
            assert value.lower() not in lower, pointer
            if value.startswith("ZK"):
                assert squeezed(value) not in joined, pointer


@given(SEEDS, WHICH, READ)
@settings(max_examples=50, deadline=None)
def test_every_leaf_is_in_the_message_or_in_the_list(seed: int, outcome: Outcome, narrative: str):
    referral = read(planted(seed))
    payload = sent(referral, outcome, narrative=narrative)
    plain = dumped(referral)
    held, here = gone(plain, payload), went(payload)
    assert Counter(map(repr, (value for _, value in leaves(plain)))) == Counter(
        map(repr, [value for _, value in held] + [value for _, value in here])
    )


@given(SEEDS, WHICH, READ)
@settings(max_examples=25, deadline=None)
def test_every_message_is_as_published_and_canonical(seed: int, outcome: Outcome, narrative: str):
    payload = sent(read(planted(seed)), outcome, narrative=narrative)
    VALID.validate(body(payload))
    assert payload.body == rfc8785.dumps(body(payload))


@given(SEEDS, WHICH)
@settings(max_examples=25, deadline=None)
def test_every_reason_is_one_that_can_be_said_in_words(seed: int, outcome: Outcome):
    payload = sent(read(planted(seed)), outcome)
    assert {one.reason for one in payload.withheld} <= REASONS.keys()
    assert all(one.rule for one in payload.withheld)


@given(
    SEEDS,
    st.sampled_from(OUTCOMES[:3]),
    READ,
    st.sampled_from(["address", "do_not_inform", "sealed"]),
    st.integers(0, 5),
)
@settings(max_examples=50, deadline=None)
def test_adding_protection_never_adds_anything_but_the_flag(
    seed: int, outcome: Outcome, narrative: str, flag: str, place: int
):
    plain = planted(seed, protect=False)
    before = sent(read(plain), outcome, narrative=narrative)
    plain["people"][place]["protection"] = [flag]
    after = sent(read(plain), outcome, narrative=narrative)
    assert {value for _, value in went(after) if value != flag and value is not True and value is not False} <= {
        value for _, value in went(before)
    }


@given(SEEDS, st.sampled_from(OUTCOMES[:3]), READ, st.data())
@settings(max_examples=50, deadline=None)
def test_adding_a_sharing_limit_never_adds_anything(seed: int, outcome: Outcome, narrative: str, data: st.DataObject):
    plain = planted(seed, protect=False)
    before = sent(read(plain), outcome, narrative=narrative)
    pointer = data.draw(st.sampled_from([pointer for pointer, _ in leaves(plain)]))
    after = sent(read(plain | {"sharing_limits": [{"what": "w", "pointers": [pointer]}]}), outcome, narrative=narrative)
    assert {value for _, value in went(after)} <= {value for _, value in went(before)}


@given(SEEDS, st.sampled_from(OUTCOMES[:3]), READ, st.data())
@settings(max_examples=50, deadline=None)
def test_widening_a_hubs_groups_never_removes_anything(
    seed: int, outcome: Outcome, narrative: str, data: st.DataObject
):
    most = sorted(GROUPING.most(outcome))
    wide = data.draw(st.sets(st.sampled_from(most)))
    narrow = wide & data.draw(st.sets(st.sampled_from(most)))
    referral = read(planted(seed))
    less, more = (
        sent(referral, outcome, a_hub(groups={outcome: tuple(groups)}), narrative=narrative)
        for groups in (narrow, wide)
    )
    assert {value for _, value in went(less)} <= {value for _, value in went(more)}


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_hu_c07_a_divert_sends_everything_whatever_the_family_withheld(seed: int):
    referral = read(planted(seed))
    payload = sent(referral, Outcome.DIVERT, a_hub(groups={"divert": ()}))
    assert payload.withheld == ()
    assert Counter(map(repr, (value for _, value in went(payload)))) == Counter(
        map(repr, (value for _, value in leaves(dumped(referral))))
    )


@given(SEEDS, READ)
@settings(max_examples=25, deadline=None)
def test_i_301_a_nameless_enquiry_holds_no_person(seed: int, narrative: str):
    payload = sent(read(planted(seed)), Outcome.ADVICE_ONLY, subject="", narrative=narrative)
    message = body(payload)
    assert "people" not in message["referral"]
    assert "referrer" not in {name for name in message["referral"] if name != "referrer"}
    assert all(set(one) <= {"roles", "age_band", "sector"} for one in message["about"])


SPELLINGS = (str, str.lower, str.upper, lambda text: text.replace(" ", ""), lambda text: " ".join(text))


@given(
    SEEDS, st.sampled_from(OUTCOMES[:2]), st.sampled_from(SPELLINGS), st.sampled_from(["reason", "criminal", "impact"])
)
@settings(max_examples=50, deadline=None)
def test_m_604_text_that_repeats_a_protected_value_stays_whole(seed: int, outcome: Outcome, spell: Any, where: str):
    plain = planted(seed, density=0.8, protect=False)
    child = plain["people"][0]
    child["protection"] = ["address"]
    child["addresses"] = [{"lines": ["9 Quillfeather Road"], "postcode": "ZK77 7QV"}]
    for value in ("9 Quillfeather Road", "ZK77 7QV"):
        text = f"KxHere they went to {spell(value)} on Monday"
        payload = sent(read(plain | {where: text}), outcome, narrative="read")
        assert "KxHere" not in payload.body.decode()
        assert f"/{where}" in why(payload)

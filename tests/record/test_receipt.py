"""What a recipient's receipt never says, whatever was withheld (settled 40)."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.path.copying import REASONS
from gateway.record.bundle import packed
from gateway.record.canonical import verbatim
from gateway.record.entries import make_entry
from gateway.record.page import page
from gateway.record.receipt import Form, Place, Receipt, Shared, open_to, receipt_of

RID = "0192f1c2-0000-7000-8000-000000000001"
PLACE = Place(
    "Testham",
    "Invented School",
    "Testham Early Help Hub",
    "Invented School",
    "Ring 999.",
    {"narrative": "The sender's own words.", "carers": "Who the carers are.", "safety": "Harm."},
)
BASIS = {"art6": "6_1_e", "art9": ["9_2_g"], "power": "Children Act 2004 section 10", "dsa_id": "DSA-1"}

planted = st.lists(
    st.tuples(
        st.from_regex(r"/people/[0-9]/planted[a-z]{6}", fullmatch=True),
        st.sampled_from(sorted(REASONS)),
        st.sampled_from(["G-502", "HU-C03", "M-604", "attendance"]),
    ),
    min_size=1,
    max_size=30,
)


def a_decision(withheld: list[tuple[str, str, str]]) -> dict[str, Any]:
    """The sections of one decision, with what must stay closed planted in each of them."""
    listed = [{"pointer": pointer, "reason": reason, "rule": rule} for pointer, reason, rule in withheld]
    return {
        "actors": {"client": "school", "recipient": "hub", "by": "machine", "engine": "x", "sender_type": "academy"},
        "subject": {"child_ref": "planted-child", "content": "planted-digest"},
        "request": {"needs": ["planted-need"], "source": {"system": "planted", "form": "", "mapping": "planted"}},
        "facts": {"values": {"protect": "planted-fact"}, "sources": {}},
        "policy": {"id": "eh", "version": "3", "sha256": "a" * 64, "effective_from": "2026-09-01"},
        "rules": {"hit": [[rule, "base"] for _, _, rule in withheld], "deciding": ["planted-rule"]},
        "outcome": {"code": "share_minimised", "sent_groups": ["carers", "safety"]},
        "reasons": {"text": "planted-reason", "obligations": [["hold", "planted-hold", "M-604"]]},
        "withheld": {"listed": listed},
        "agreement": {"agreements": [{"status": "refused", "capacity": "planted"}], "informed": [], "notices": []},
        "documents": {"listed": ["planted-document"]},
        "basis": BASIS | {"dsa_state": "in_force"},
        "human": {"reason": "planted-human"},
    }


def opened(form: Form, kind: str, sections: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sections.items() if open_to(form, name, kind)}


def receipt(form: Form, decision: dict[str, Any], *, held_back: bool | None = True, **changes: Any) -> Receipt:
    permit = {
        "delivery": {"inputs": "planted-inputs", "epoch": 1},
        "content": {"delivery": "d", "hub": "hub", "sha256": "b" * 64},
    }
    attempt = {"delivery": {"result": "delivered"}}
    told: dict[str, Any] = {
        "delivery": "d-1",
        "decisions": (opened(form, "decision", decision),),
        "permit": opened(form, "permit", permit),
        "attempt": opened(form, "attempt", attempt),
        "permitted": 1_795_356_963_000,
        "arrived": 1_795_356_964_000,
        "sealed": 1_795_356_965_000,
        "witnesses": (),
        "entries": (4, 5, 6),
    }
    return receipt_of(form, Shared(**(told | changes)), PLACE, held_back)


def rows(told: Receipt) -> dict[str, tuple[str, ...]]:
    return dict(told.rows)


@settings(max_examples=50, deadline=None)
@given(planted)
def test_settled_40_a_recipients_page_holds_no_value_pointer_rule_reason_or_count(
    withheld: list[tuple[str, str, str]],
) -> None:
    written = page(receipt("recipient", a_decision(withheld))).decode()
    said = {part for one in withheld for part in (one[0], f"{REASONS[one[1]]}", one[2])}
    assert [word for word in said | {"planted", "parts:", "part:", "Mapping", "Deciding"} if word in written] == []


@settings(max_examples=50, deadline=None)
@given(planted)
def test_settled_40_a_recipients_page_is_the_same_whatever_was_withheld(withheld: list[tuple[str, str, str]]) -> None:
    one = page(receipt("recipient", a_decision([("/reason", "unread", "G-502")])))
    assert page(receipt("recipient", a_decision(withheld))) == one


@settings(max_examples=50, deadline=None)
@given(planted)
def test_settled_40_what_a_recipients_bundle_opens_holds_nothing_planted(withheld: list[tuple[str, str, str]]) -> None:
    entry = make_entry(RID, "0001", "decision.machine", 0, a_decision(withheld), lambda: b"s" * 32)
    shown = [part for part in entry.sections if open_to("recipient", part.name, "decision")]
    written = verbatim(packed(shown)).decode()
    assert "planted" not in written
    assert not [rule for _, _, rule in withheld if rule in written]


def test_a_recipient_never_sees_what_a_permit_rests_on() -> None:
    assert (open_to("recipient", "delivery", "permit"), open_to("recipient", "content", "permit")) == (False, True)


def test_the_full_form_says_how_much_was_withheld_and_why() -> None:
    told = receipt("full", a_decision([("/a", "unread", "narrative"), ("/b", "unread", "narrative")]))
    (said,) = rows(told)["What did not go"]
    assert said == f"{REASONS['unread']} 2 parts: The sender's own words."


def test_nothing_withheld_is_said_in_both_forms() -> None:
    told = {rows(receipt(form, a_decision([]), held_back=False))["What did not go"] for form in ("full", "recipient")}
    assert told == {("Nothing was held back.",)}


def test_what_was_disposed_of_is_not_called_nothing() -> None:
    (said,) = rows(receipt("recipient", a_decision([]), held_back=None))["What did not go"]
    assert "disposed of" in said


def test_a_divert_is_the_whole_record() -> None:
    decision = a_decision([]) | {"outcome": {"code": "divert", "sent_groups": []}}
    assert rows(receipt("full", decision))["What went"] == ("The whole record, as a safeguarding contact.",)


def test_settled_39_a_page_claims_no_more_than_that_nothing_was_altered() -> None:
    told = receipt("full", a_decision([]))
    assert told.unaltered == "Unaltered since 14:16 on 22 November 2026. This does not say that the sharing was right."
    assert "Nobody has confirmed reading it." in rows(told)["When"][0]


def test_the_state_names_the_witness_or_says_that_there_is_none() -> None:
    states = [receipt("full", a_decision([]), witnesses=names).state for names in ((), ("witness.example/w1",))]
    assert states == [
        "Recorded and sealed. No witness outside has signed this yet.",
        "Recorded, sealed and witnessed by witness.example/w1.",
    ]


def test_what_a_sender_wrote_cannot_become_markup() -> None:
    decision = a_decision([])
    decision["basis"] = decision["basis"] | {"power": "<script>alert(1)</script>"}
    assert b"<script>" not in page(receipt("recipient", decision))


def test_a_digest_that_was_never_kept_is_not_said_to_be_disposed_of() -> None:
    permit = {"delivery": {"inputs": "x", "epoch": 1}}
    never = dict(receipt("full", a_decision([]), permit=permit, digested=False).details)
    gone = dict(receipt("full", a_decision([]), permit=permit).details)
    which = "SHA-256 of what was sent"
    assert (never[which], gone[which]) == ("not kept at that time", "disposed of")

"""Each page of a sender's people, in every state, without a browser."""

from __future__ import annotations

from tests.flows.owners import SCHOOL
from tests.flows.pages import sign_in
from tests.flows.returned import event, outcome, sent
from tests.running import Door, on_sqlite


@on_sqlite
def test_every_page_is_drawn_for_each_of_the_three_roles(door: Door) -> None:
    referral, delivery = sent(door)
    event(door, delivery, "more_information_asked", words="Zqwhich mornings?")
    outcome(door, delivery, "advice_given", words="Zqadvice.")
    for role in ("sender_lead", "sender_deputy", "sender_office"):
        visitor = sign_in(door, role, sender=SCHOOL)
        for path in ("/", "/sent", f"/sent/{referral}", "/sent/upload", "/notices"):
            page = visitor.get(path)
            assert page.status_code == 200, f"{path} as {role}: {page.text[-1500:]}"
            assert not [word for word in ("Fernsby", "Maya", "2017-03-14", "Zq") if word in page.text], path


@on_sqlite
def test_the_office_finds_no_button_for_what_it_may_not_do(door: Door) -> None:
    referral, _ = sent(door)
    page = sign_in(door, "sender_office", sender=SCHOOL).get(f"/sent/{referral}").text
    assert "Open it" not in page
    assert "What you can do" not in page
    assert "Papers to keep" not in page

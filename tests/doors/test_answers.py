"""What a browser is answered: refusals in words and never in codes, and a browser that forgets at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import NotYourRole
from gateway.config.catalogue import load_catalogue
from gateway.doors.limits import HEADERS
from gateway.doors.pages.answers import answer, in_titles
from gateway.doors.pages.visit import Elsewhere, Visit
from gateway.flows.acting import acting

HULL = load_catalogue(Path("mappings")).councils["hull"]


def test_settled_57_a_refusal_on_a_page_names_roles_by_their_titles() -> None:
    with pytest.raises(NotYourRole) as told:
        acting(HULL, "ruth.lane", "ig_lead").must_be_let("holds.decide", "safety")
    say = in_titles(str(told.value), HULL)
    assert say.startswith("As Information governance lead you may not do this. These may: Locality Hub worker on duty")
    assert "_" not in say


def test_settled_57_a_title_beside_its_code_stands_there_once() -> None:
    assert in_titles("It must be the Practice manager (practice_manager).", HULL) == "It must be the Practice manager."


@pytest.mark.parametrize("forget", [True, False])
def test_reliability_5_1_a_browser_forgets_at_the_end_of_a_session_and_not_before(forget: bool) -> None:
    visit = Visit(None, None, None)  # type: ignore[arg-type]
    headers = answer(visit, Elsewhere("/sign-in", forget=forget)).headers
    assert headers.get("clear-site-data") == ('"cache", "storage"' if forget else None)


def test_reliability_5_1_no_page_may_use_what_a_browser_has_besides() -> None:
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(HEADERS["permissions-policy"].split(", "))

"""`senders.yaml`: what a registration's webhook loads to, and what is said of each mistake, at which line."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import ConfigError
from gateway.config.councils import load_council
from tests.config.test_signin import council

HOOK = "    webhook: {url: 'https://notices.school-system.example/in', secrets: [school_new, school_old]}\n"


def faults(place: Path) -> list[tuple[str, str]]:
    with pytest.raises(ConfigError) as told:
        load_council(place)
    return [(fault.position.rpartition("/")[2], fault.expected) for fault in told.value.faults]


def line(place: Path, what: str) -> int:
    """The number of the line that begins so, the first is 1."""
    found = (place / "senders.yaml").read_text(encoding="utf-8").splitlines()
    return next(number for number, one in enumerate(found, 1) if one.strip().startswith(what))


def test_settled_46_a_registration_names_where_its_notices_go(tmp_path: Path) -> None:
    hook = load_council(council(tmp_path, sender=HOOK)).senders["invented_academy"].webhook
    assert hook is not None
    assert (hook.url, hook.secrets) == ("https://notices.school-system.example/in", ("school_new", "school_old"))


@pytest.mark.parametrize(
    "url",
    [
        "http://notices.example/in",
        "https://user@notices.example/in",
        "https://notices.example/in?key=1",
        "https://notices.example/in#part",
        "https://notices.example:99999/in",
        "https:///in",
        "https://notices.example/a b",
        "notices.example",
    ],
)
def test_p17_an_address_that_is_no_plain_https_address_is_told_at_its_line(tmp_path: Path, url: str) -> None:
    place = council(tmp_path, sender=HOOK.replace("https://notices.school-system.example/in", url))
    ((at, expected),) = faults(place)
    assert (at.split(":")[1], expected) == (str(line(place, "webhook:")), "an https address")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("secrets: [school_new, school_old]", "secrets: []"),
        ("secrets: [school_new, school_old]", "secrets: ['whsec_a value!']"),
        (", secrets: [school_new, school_old]", ""),
    ],
)
def test_a_webhook_without_the_name_of_a_secret_is_told_at_its_line(tmp_path: Path, before: str, after: str) -> None:
    place = council(tmp_path, sender=HOOK.replace(before, after))
    assert {at.split(":")[1] for at, _ in faults(place)} == {str(line(place, "webhook:"))}


def test_a_sender_that_may_not_hear_what_came_back_has_no_webhook(tmp_path: Path) -> None:
    place = council(tmp_path, sender=HOOK)
    senders = place / "senders.yaml"
    text = senders.read_text(encoding="utf-8")
    head, sep, school = text.partition("  invented_academy:")
    senders.write_text(head + sep + school.replace("preview, status, withdraw", "preview, withdraw", 1), "utf-8")
    assert [expected for _, expected in faults(place)] == ["a sender that may ask for the status"]


def test_a_hubs_system_has_no_webhook(tmp_path: Path) -> None:
    place = council(tmp_path)
    senders = place / "senders.yaml"
    head = "    title: Hull, the hubs' own system\n"
    senders.write_text(senders.read_text(encoding="utf-8").replace(head, head + HOOK), "utf-8")
    assert [expected for _, expected in faults(place)] == ["a sender, not a hub's system"]


def test_nobody_is_registered_under_a_name_that_the_gateway_sends_as(tmp_path: Path) -> None:
    place = council(tmp_path)
    senders = place / "senders.yaml"
    senders.write_text(senders.read_text(encoding="utf-8").replace("  social_care:", "  gateway_drill:"), "utf-8")
    ((at, expected),) = faults(place)
    assert (at.split(":")[1], expected) == (str(line(place, "gateway_drill:")), "a name that is free")


DOORS = "    other_doors: [{who: [public], say: Ring the hub., rules: [HU-R01]}]\n"


def test_calls_are_written_down_on_the_gateways_own_pages(tmp_path: Path) -> None:
    place = council(tmp_path)
    file = place / "senders.yaml"
    text = file.read_text(encoding="utf-8").replace("sources: [enquiry]", "sources: [canonical]")
    file.write_text(text, encoding="utf-8")
    ((at, expected),) = faults(place)
    assert (at.split(":")[1], expected) == (str(line(place, "taken_by:")), "a sender with the source `enquiry`")


def test_a_role_writes_calls_down_in_one_name(tmp_path: Path) -> None:
    place = council(tmp_path, sender="    taken_by: [hub_duty]\n")
    assert [expected for _, expected in faults(place)] == ["a role of one such sender"]


def test_another_door_is_shown_to_whoever_writes_calls_down_and_to_nobody_else(tmp_path: Path) -> None:
    telephone = load_council(council(tmp_path)).senders["telephone"]
    assert telephone.taken_by == ("front_door", "hub_duty")
    assert {kind for one in telephone.other_doors for kind in one.who} == {"public", "professional", "social_worker"}
    place = council(tmp_path / "wrong", sender=DOORS)
    ((at, expected),) = faults(place)
    assert (at.split(":")[1], expected) == (str(line(place, "other_doors:")), "a sender with `taken_by`")

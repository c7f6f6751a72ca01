"""A mail to a hub's secure mailbox: what stands in it, and what never stands outside its attachments."""

from __future__ import annotations

import email
import email.policy
import json
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest

from adapters.hubs import secure_mail
from contracts.form import Form, FormRow, FormSection
from contracts.hub import HubAnswer, WriteOptions

OPTIONS = WriteOptions(
    council="hull",
    council_title="Hull",
    hub="locality_west",
    hub_title="Hull Locality Hub, West",
    settings={"secure_domain": "secure.hull.example", "questions_to": "the IG lead on 01632 960170"},
    address="mailto:west@secure.hull.example",
    sender="gateway@early-help.example",
    emergency="If a child is in immediate danger, ring 999.",
    form=Form("Additional Support", (FormSection("Why", (FormRow("Reason", ("/referral/reason",)),)),)),
)
BODY: dict[str, Any] = {
    "reference": "r-1",
    "outcome": "share",
    "urgent": False,
    "test": False,
    "safety": {"says": "Nobody was asked about harm."},
    "referral": {"reason": "Maya Fernsby is late.", "people": [{"first_name": "Maya", "surname": "Fernsby"}]},
}
NOW = 1_793_620_800


def mail(body: dict[str, Any] = BODY, options: WriteOptions = OPTIONS, now: int = NOW) -> EmailMessage:
    written = secure_mail.write(json.dumps(body).encode(), "d-1", now, (), options)
    parsed = email.message_from_bytes(written.message, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def words(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_the_page_and_the_same_as_json_are_attached() -> None:
    page, data = list(mail().iter_attachments())
    assert (page.get_content_type(), data.get_content_type()) == ("text/html", "application/json")
    assert "Maya Fernsby is late." in page.get_content()
    assert json.loads(data.get_content()) == BODY


def test_p24_nothing_of_a_person_stands_outside_the_attachments() -> None:
    message = mail()
    outside = "".join(f"{name}: {value}\n" for name, value in message.items()) + words(message)
    outside += "".join(str(part.get_filename()) for part in message.iter_attachments())
    assert not [word for word in ("Maya", "Fernsby", "late") if word in outside]


def test_every_attempt_has_the_same_message_id() -> None:
    assert mail(now=NOW)["Message-ID"] == mail(now=NOW + 60)["Message-ID"] == "<d-1@early-help.example>"


def test_a_machine_says_that_it_is_one() -> None:
    assert mail()["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("changed", "subject"),
    [
        ({}, "Early Help request r-1"),
        ({"urgent": True}, "URGENT: Early Help request r-1"),
        ({"outcome": "divert"}, "SAFEGUARDING CONTACT: Early Help request r-1"),
        ({"test": True}, "TEST: Early Help request r-1"),
        ({"kind": "notice"}, "Early Help notice r-1"),
        ({"kind": "envelope"}, "Early Help referral waiting r-1"),
    ],
)
def test_the_subject_says_how_urgent_it_is_in_words(changed: dict[str, Any], subject: str) -> None:
    assert mail(BODY | changed)["Subject"] == subject


def test_settled_39_the_words_say_whom_to_ring() -> None:
    said = words(mail())
    assert "ring 999" in said
    assert "the IG lead on 01632 960170" in said


@pytest.mark.parametrize(
    ("address", "sender", "said"),
    [
        ("mailto:west@hull.example", OPTIONS.sender, "confirmed to be secure"),
        ("mailto:west@secure.hull.example.other.example", OPTIONS.sender, "confirmed to be secure"),
        ("", OPTIONS.sender, "confirmed to be secure"),
        (OPTIONS.address, "", "no address to send from"),
    ],
)
def test_hu_c14_no_other_mailbox_is_ever_written_to(address: str, sender: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        mail(options=replace(OPTIONS, address=address, sender=sender))


def test_every_line_is_short_enough_for_the_wire() -> None:
    long = BODY | {"referral": {"reason": "a" * 20_000 + "\n.\n"}}
    written = secure_mail.write(json.dumps(long).encode(), "d-1", NOW, (), OPTIONS)
    assert max(map(len, written.message.split(b"\r\n"))) <= 998
    assert written.message.isascii()


@pytest.mark.parametrize(("status", "took"), [(250, True), (251, False), (451, False)])
def test_only_the_last_250_acknowledges(status: int, took: bool) -> None:
    assert secure_mail.acknowledged(HubAnswer(status, {}, b""), "d-1") is took

"""A mailbox, over real TLS on loopback: forms become referrals, signed forms find theirs, strangers are kept apart."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from gateway.config.pickups import MailboxPart, Pickup
from gateway.flows.connections.destinations import Destinations
from gateway.flows.gateway import Gateway
from gateway.flows.places.mailbox import open_mailbox
from gateway.flows.places.pickup import Round, fetch
from gateway.flows.places.place import Unreachable
from tests.adapters.test_mail import PDF, packed
from tests.flows.dropping import TELL, a_file, a_pickup, entries, reported, submissions
from tests.flows.imap import PASSWORD, TOKEN, USER, Mail, mail_server
from tests.running import Door, on_sqlite, rows

pytestmark = on_sqlite

MX = "mx.hull.example"
SCHOOL = "office@invented-academy.example"
SECRETS = {"inbox_password": PASSWORD, "inbox_token": TOKEN, "wrong": "no"}


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[Mail]:
    with mail_server(tmp_path) as mail:
        yield mail


def pickup_at(mail: Mail, **changes: Any) -> Pickup:
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": mail.port,
        "user": USER,
        "password": "inbox_password",
        "ca": str(mail.ca),
        "authority": MX,
        "allowed": {SCHOOL: {"sender": "invented_academy", "source": "canonical"}},
    }
    return a_pickup(MailboxPart.model_validate(given | changes), sender="", source="")


def look(gateway: Gateway, mail: Mail, **changes: Any) -> Counter[str]:
    pickup = pickup_at(mail, **changes)

    async def scenario() -> Counter[str]:
        assert isinstance(pickup.where, MailboxPart)
        async with open_mailbox(pickup.where, SECRETS.__getitem__, Destinations(demo=True)) as place:
            return (await fetch(gateway, pickup, place, Round())).counts

    return asyncio.run(scenario())


def a_message(
    *enclosed: tuple[str, bytes], sender: str = SCHOOL, subject: str = "A form", words: str = "", proof: str = "pass"
) -> bytes:
    """What a school sends, as the council's server hands it on."""
    message = EmailMessage()
    domain = sender.rpartition("@")[2]
    message["Authentication-Results"] = f"{MX}; dmarc={proof} header.from={domain}"
    message["From"], message["Subject"] = f"Sam Okoro <{sender}>", subject
    message.set_content(words)
    for name, content in enclosed:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def report_in(mail: Mail, folder: str) -> list[dict[str, str]]:
    """The report beside the one message that was put there."""
    (report,) = [held for held in mail.held(folder) if b"early-help-gateway.invalid" in held]
    from email import message_from_bytes, policy

    (table,) = message_from_bytes(report, policy=policy.default).iter_attachments()
    content = table.get_payload(decode=True)
    assert isinstance(content, bytes)
    return reported(content)


def test_a_form_becomes_a_referral_and_the_message_is_moved(gateway: Gateway, mail: Mail) -> None:
    mail.arrives(a_message(("form.json", a_file())))
    assert look(gateway, mail) == {"done": 1}
    assert (mail.held("INBOX"), len(mail.held("Done"))) == ([], 2)
    (line,) = report_in(mail, "Done")
    assert (line["position"], line["state"]) == ("enclosure 1", "accepted")
    assert submissions(gateway) == 1


def test_a_form_by_mail_is_the_same_submission_as_by_any_other_way(gateway: Gateway, mail: Mail) -> None:
    for _ in range(2):
        mail.arrives(a_message(("form.json", a_file())))
    assert look(gateway, mail) == {"done": 2}
    assert submissions(gateway) == 1


def test_the_words_of_a_message_are_said_to_be_unread(gateway: Gateway, mail: Mail) -> None:
    mail.arrives(a_message(("form.json", a_file()), words="She came in with a bruise."))
    look(gateway, mail)
    assert [line["state"] for line in report_in(mail, "Done")] == ["accepted", "unread"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sender": "someone@elsewhere.example"}, "an address that is registered"),
        ({"sender": f"x{SCHOOL}"}, "an address that is registered"),
        ({"proof": "fail"}, "proven to be from its sender"),
        ({"proof": "none"}, "proven to be from its sender"),
    ],
)
def test_settled_54_an_unknown_sender_is_quarantined_unopened_and_somebody_is_told(
    gateway: Gateway, mail: Mail, changes: dict[str, str], expected: str
) -> None:
    mail.arrives(a_message(("form.json", a_file()), **changes))
    assert look(gateway, mail) == {"quarantine": 1}
    (line,) = report_in(mail, "Quarantine")
    assert expected in line["expected"]
    assert rows(gateway, "submission") == []
    assert [(row["kind"], row["owner"]) for row in rows(gateway, "clock")] == [("pickup.quarantined", TELL)]


def test_a_message_with_nothing_enclosed_is_for_a_person(gateway: Gateway, mail: Mail) -> None:
    mail.arrives(a_message(words="Please ring me about Maya."))
    assert look(gateway, mail) == {"quarantine": 1}


def test_a_message_with_one_thing_that_is_not_taken_is_for_a_person_and_the_rest_goes_on(
    gateway: Gateway, mail: Mail
) -> None:
    mail.arrives(a_message(("form.json", a_file()), ("form.xlsm", packed("xl/vbaProject.bin"))))
    assert look(gateway, mail) == {"quarantine": 1}
    assert [line["state"] for line in report_in(mail, "Quarantine")] == ["accepted", "rejected"]
    assert submissions(gateway) == 1


def test_what_is_no_message_is_quarantined(gateway: Gateway, mail: Mail) -> None:
    mail.arrives(b"\xff\xfe\x00\r\n\r\n" * 9)
    assert look(gateway, mail) == {"quarantine": 1}


# Signed forms ---------------------------------------------------------------------------------------------------------


def hyphens(reference: str) -> str:
    return "-".join((reference[:8], reference[8:12], reference[12:16], reference[16:20], reference[20:]))


def kept(gateway: Gateway) -> list[bytes]:
    bodies = (bytes(row["body"]) for row in rows(gateway, "content"))
    return [body for body in bodies if body.startswith(PDF)]


@pytest.mark.parametrize("place", ["subject", "words", "name", "hyphens"])
def test_settled_48_a_signed_form_is_laid_beside_the_referral_it_names(
    gateway: Gateway, door: Door, mail: Mail, place: str
) -> None:
    reference = door.accepted()
    how = {"subject": f"Signed: {reference}"} if place == "subject" else {}
    how |= {"words": f"For {reference.upper()}."} if place == "words" else {}
    how |= {"words": f"For {hyphens(reference)}."} if place == "hyphens" else {}
    mail.arrives(a_message((f"signed {reference if place == 'name' else ''}.pdf", PDF), **how))
    assert look(gateway, mail) == {"done": 1}
    line = report_in(mail, "Done")[0]
    assert (line["state"], line["reference"]) == ("attached", reference)
    assert line["say"] == "Form received, nobody has read it yet."
    assert kept(gateway) == [PDF]
    assert [row["referral"] for row in rows(gateway, "entry") if row["type"] == "signed_form.unread"] == [reference]


def test_somebody_is_told_to_read_it(gateway: Gateway, door: Door, mail: Mail) -> None:
    reference = door.accepted()
    mail.arrives(a_message((f"{reference}.pdf", PDF)))
    look(gateway, mail)
    clocks = {(row["kind"], row["referral"], row["owner"]) for row in rows(gateway, "clock")}
    assert ("signed_form.unread", reference, TELL) in clocks


def test_a_form_and_its_signed_form_in_one_message_belong_together(gateway: Gateway, mail: Mail) -> None:
    mail.arrives(a_message(("signed.pdf", PDF), ("form.json", a_file())))
    assert look(gateway, mail) == {"done": 1}
    (referral,) = rows(gateway, "referral")
    assert [line["reference"] for line in report_in(mail, "Done")] == [referral["id"]] * 2


def test_each_signed_form_goes_with_the_reference_in_its_own_name(gateway: Gateway, door: Door, mail: Mail) -> None:
    first, second = door.accepted(), door.accepted(once="second")
    mail.arrives(a_message((f"{second}.pdf", PDF + b"2"), (f"{first}.pdf", PDF + b"1"), subject=first))
    look(gateway, mail)
    assert [line["reference"] for line in report_in(mail, "Done")] == [second, first]


def test_a_signed_form_that_could_belong_to_two_is_never_guessed(gateway: Gateway, door: Door, mail: Mail) -> None:
    both = f"{door.accepted()} {door.accepted(once='second')}"
    mail.arrives(a_message(("signed.pdf", PDF), subject=both))
    assert look(gateway, mail) == {"quarantine": 1}
    assert kept(gateway) == []


@pytest.mark.parametrize("reference", ["", "0" * 32])
def test_a_signed_form_with_no_reference_we_know_is_for_a_person(gateway: Gateway, mail: Mail, reference: str) -> None:
    mail.arrives(a_message(("signed.pdf", PDF), subject=reference))
    assert look(gateway, mail) == {"quarantine": 1}


def test_a_reference_given_to_somebody_else_opens_nothing(gateway: Gateway, door: Door, mail: Mail) -> None:
    reference = door.accepted()
    allowed = {SCHOOL: {"sender": "another_school", "source": "canonical"}}
    mail.arrives(a_message((f"{reference}.pdf", PDF)))
    assert look(gateway, mail, allowed=allowed) == {"quarantine": 1}
    assert kept(gateway) == []


def test_a_signed_form_that_cannot_be_carried_is_for_a_person(gateway: Gateway, door: Door, mail: Mail) -> None:
    mail.arrives(a_message((f"{door.accepted()}.pdf", PDF + b"/Launch")))
    assert look(gateway, mail) == {"quarantine": 1}
    (line,) = report_in(mail, "Quarantine")
    assert (line["position"], line["expected"]) == ("enclosure 1", "a PDF that starts nothing")


def test_while_the_scanner_cannot_say_the_message_stays_where_it_is(gateway: Gateway, door: Door, mail: Mail) -> None:
    reference = door.accepted()
    silent = replace(gateway, settings=gateway.settings.model_copy(update={"scanner": "/nowhere/a-scanner"}))
    mail.arrives(a_message((f"{reference}.pdf", PDF)))
    assert look(silent, mail) == {"left": 1}
    assert len(mail.held("INBOX")) == 1


def test_the_sender_reads_that_it_came(gateway: Gateway, door: Door, mail: Mail) -> None:
    reference = door.accepted()
    mail.arrives(a_message((f"{reference}.pdf", PDF)))
    look(gateway, mail)
    told = door.get(f"/v1/referrals/{reference}").json()["timeline"]
    assert told[-1]["say"] == "Form received, nobody has read it yet."


# The server -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("capabilities", ["IMAP4rev1", "IMAP4rev1 UIDPLUS"])
def test_a_server_that_cannot_move_copies_and_deletes(gateway: Gateway, mail: Mail, capabilities: str) -> None:
    mail.capabilities = capabilities
    mail.arrives(a_message(("form.json", a_file())))
    assert [look(gateway, mail), look(gateway, mail)] == [{"done": 1}, {}]
    assert len(mail.held("Done")) == 2


def test_an_access_token_lets_in_as_well(gateway: Gateway, mail: Mail) -> None:
    assert look(gateway, mail, password=None, bearer="inbox_token") == {}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"password": "wrong"}, "not_let_in"),
        ({"password": None, "bearer": "wrong"}, "not_let_in"),
        ({"ca": ""}, "certificate_unknown"),
        ({"folder": "Elsewhere"}, "mailbox_refuses"),
        ({"port": 1}, "ConnectionRefusedError"),
    ],
)
def test_a_mailbox_that_cannot_be_used_is_told_by_a_code(
    gateway: Gateway, mail: Mail, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(Unreachable, match=why):
        look(gateway, mail, **changes)


def test_cut_off_before_any_command_nothing_is_lost_or_taken_twice(gateway: Gateway, mail: Mail) -> None:
    for steps in count():
        mail.arrives(a_message(("form.json", a_file(f"Child {steps}"))))
        left = steps

        def before(command: str) -> None:
            nonlocal left
            left -= 1
            if left == -1:
                raise ConnectionError

        mail.before = before
        try:
            first = look(gateway, mail)
        except Unreachable:
            first = Counter()
        mail.before = lambda command: None
        look(gateway, mail)
        assert submissions(gateway) == entries(gateway)["pickup.taken"] == steps + 1
        assert (mail.held("INBOX"), len(mail.held("Done"))) == ([], 2 * (steps + 1))
        if first == {"done": 1} and left >= 0:
            break
    assert steps >= 8

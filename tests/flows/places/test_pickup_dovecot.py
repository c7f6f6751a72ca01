"""The mailbox pickup against Dovecot, where it is installed: nothing of the server is ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from gateway.flows.gateway import Gateway
from gateway.flows.places.place import Unreachable
from tests.adapters.test_mail import PDF
from tests.flows.dovecot import Mailbox, dovecot, usable
from tests.flows.dropping import a_file, submissions
from tests.flows.imap import Mail
from tests.flows.places.test_pickup_mailbox import a_message, kept, look, report_in
from tests.running import Door, on_sqlite

pytestmark = [
    on_sqlite,
    pytest.mark.skipif(not usable(), reason="needs Dovecot 2.3: apt-get install dovecot-imapd"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Mailbox]:
    with dovecot() as mailbox:
        yield mailbox


@pytest.fixture
def mail(server: Mailbox) -> Iterator[Mail]:
    """The mailbox, emptied afterwards."""
    yield cast("Mail", server)
    server.clear()


def test_a_form_becomes_a_referral_and_the_message_is_moved(gateway: Gateway, mail: Mail) -> None:
    mail.arrives(a_message(("form.json", a_file())))
    assert look(gateway, mail) == {"done": 1}
    assert (mail.held("INBOX"), len(mail.held("Done"))) == ([], 2)
    (line,) = report_in(mail, "Done")
    assert (line["position"], line["state"]) == ("enclosure 1", "accepted")
    assert submissions(gateway) == 1


def test_the_same_form_twice_is_one_submission(gateway: Gateway, mail: Mail) -> None:
    for _ in range(2):
        mail.arrives(a_message(("form.json", a_file())))
    assert look(gateway, mail) == {"done": 2}
    assert submissions(gateway) == 1


def test_what_was_fetched_is_not_fetched_again(gateway: Gateway, mail: Mail) -> None:
    mail.arrives(a_message(("form.json", a_file())))
    look(gateway, mail)
    assert look(gateway, mail) == {}


def test_settled_54_an_unknown_sender_is_quarantined_unopened(gateway: Gateway, mail: Mail) -> None:
    mail.arrives(a_message(("form.json", a_file()), sender="someone@elsewhere.example"))
    assert look(gateway, mail) == {"quarantine": 1}
    (line,) = report_in(mail, "Quarantine")
    assert "an address that is registered" in line["expected"]
    assert submissions(gateway) == 0


def test_settled_48_a_signed_form_is_laid_beside_the_referral_it_names(
    gateway: Gateway, door: Door, mail: Mail
) -> None:
    reference = door.accepted()
    mail.arrives(a_message(("signed.pdf", PDF), subject=f"Signed: {reference}"))
    assert look(gateway, mail) == {"done": 1}
    assert report_in(mail, "Done")[0]["reference"] == reference
    assert kept(gateway) == [PDF]


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"user": "somebody-else"}, {"ca": ""}])
def test_a_server_that_does_not_let_us_in_or_is_not_known_is_told_as_unreachable(
    gateway: Gateway, mail: Mail, changes: dict[str, Any]
) -> None:
    with pytest.raises(Unreachable):
        look(gateway, mail, **changes)

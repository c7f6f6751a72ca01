"""A hub that takes secure e-mail: one message to its mailbox, with a page to read and the same as JSON to import.

Subject, headers and the words of the message hold our reference and nothing of a person: they are copied, indexed and
forwarded by whoever runs a mailbox. So may be the address of the page where the message is answered: it holds our ids
only. The council names the domain it has confirmed to be secure; a message to any other is not written. What the mail
server says when it has taken a message is all that there is to acknowledge it.

RFC 5322 and MIME (RFC 2045, 2183); RFC 3834 for what a machine sends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final

from adapters.formats.arranging import Page, arranged
from adapters.formats.reading import as_html
from contracts.hub import NO_OPTIONS, Carriage, HubAnswer, HubMail, WriteOptions

NAME = "secure_mail"
CARRIED: Carriage = "smtp"
SCHEMES: tuple[str, ...] = ("mailto",)
SIGNS = False
NEEDS: tuple[str, ...] = ("secure_domain",)
"""The recipient's domain, as the council confirmed that it is a secure one."""
_CALLED: Final[Mapping[str, str]] = {
    "notice": "Early Help notice",
    "envelope": "Early Help referral waiting",
    "alike": "Early Help, two requests that may belong together",
}
MAY: tuple[str, ...] = ("questions_to",)
"""Whom the hub may ring about a message itself, as people say it: a role and a number."""


def write(
    payload: bytes, delivery_id: str, now: int, secrets: Sequence[str], options: WriteOptions = NO_OPTIONS
) -> HubMail:
    """The message for one attempt; every attempt has the same Message-ID.

    Raises ValueError for an address outside the confirmed domain, without a sender, or for bytes that are no message.
    """
    recipient = options.address.removeprefix("mailto:")
    if recipient.rpartition("@")[2].lower() != str(options.settings.get("secure_domain", "")).lower() or not recipient:
        raise ValueError("a mailbox outside the domain that the council confirmed to be secure")
    if not options.sender:
        raise ValueError("no address to send from")
    page = arranged(payload, options.form, options.emergency)
    message = EmailMessage(policy=SMTP.clone(max_line_length=78))
    message["From"] = Address("Early Help Gateway", addr_spec=options.sender)
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = _subject(page, json.loads(payload))
    message["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    message["Message-ID"] = f"<{delivery_id}@{options.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_words(page, delivery_id, options), cte="quoted-printable")
    _attach(message, as_html(page).encode(), ("text", "html"), f"early-help-{page.reference}.html")
    _attach(message, payload, ("application", "json"), f"early-help-{page.reference}.json")
    return HubMail(options.sender, recipient, message.as_bytes())


def acknowledged(answer: HubAnswer, delivery_id: str) -> bool:
    """True if the mail server took the message: 250 after its last line. No word from the hub itself ever comes."""
    return answer.status == 250


def _subject(page: Page, whole: dict[str, Any]) -> str:
    """What a mailbox shows of it. Words of ours and the reference only."""
    kind = _CALLED.get(str(whole.get("kind", "")), "Early Help request")
    urgent = [banner.partition(".")[0] for banner in page.banners]
    return ": ".join((*urgent, f"{kind} {page.reference}"))


def _words(page: Page, delivery_id: str, options: WriteOptions) -> str:
    ring = str(options.settings.get("questions_to", ""))
    lines = (
        *page.banners,
        f"To {options.hub_title or 'the hub'}, from the Early Help Gateway, "
        f"which {options.council_title or 'the council'} uses.",
        f"Our reference is {page.reference}. Please quote it. This message is {delivery_id}.",
        "The first attachment is a page to read: open it in a browser, or print it. It is complete, and in the order "
        "of the council's own form. The second holds the same for your case system.",
        f"About this message, ring {ring}." if ring else "",
        "About the family, ring whoever the page names as the sender. Do not answer this e-mail: nobody reads the "
        "mailbox it came from.",
        _answering(options),
        options.emergency,
    )
    return "\n\n".join(filter(None, lines)) + "\n"


def _answering(options: WriteOptions) -> str:
    if not options.answer_at:
        return "Say what became of it where the council told you to, with the number of this message."
    return (
        "Say what became of it on this page. It needs no password, is about this message only, and stops working after "
        f"fourteen days, or an hour after somebody has said what was decided:\n{options.answer_at}"
    )


def _attach(message: EmailMessage, content: bytes, kind: tuple[str, str], name: str) -> None:
    parameters = {"charset": "utf-8"} if kind[0] == "text" else {}
    message.add_attachment(content, maintype=kind[0], subtype=kind[1], filename=name, params=parameters)

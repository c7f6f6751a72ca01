"""Messages taken apart: who sent them, what is enclosed, and what is refused without being opened."""

from __future__ import annotations

import io
import time
import zipfile
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.formats.mail import LOGO, PARTS, proven, read_message
from contracts.errors import UnreadablePayload

PDF = b"%PDF-1.7 invented"
PNG = b"\x89PNG\r\n\x1a\n"


def a_message(statement: str = "", **headers: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    given = {"from": "Sam Okoro <Office@Invented-Primary.example>", "subject": "A form", **headers}
    if statement:
        message["Authentication-Results"] = statement
    for name, value in given.items():
        message[name] = value
    message.set_content("Please find the form enclosed.\n")
    return message


def enclosing(name: str, content: bytes, kind: str = "application/octet-stream", **how: str) -> EmailMessage:
    message = a_message()
    main, sub = kind.split("/")
    message.add_attachment(content, maintype=main, subtype=sub, filename=name, **how)
    return message


def packed(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"<xml/>")
    return file.getvalue()


def test_a_message_says_who_sent_it_and_what_about() -> None:
    message = read_message(a_message().as_bytes())
    assert (message.sender, message.subject) == ("office@invented-primary.example", "A form")
    assert message.words.strip() == "Please find the form enclosed."


@pytest.mark.parametrize("name", ["form.json", "Pupils.CSV", "form.xlsx", "export.zip", "ctf.xml"])
def test_what_a_source_could_have_written_is_a_form(name: str) -> None:
    (form,) = read_message(enclosing(name, b"1,2\n").as_bytes()).forms
    assert (form.name, form.content, form.position) == (name, b"1,2\n", "enclosure 1")


@pytest.mark.parametrize("kind", ["text/csv", "text/plain", "application/json"])
def test_a_form_is_known_by_its_name_whatever_its_type_says(kind: str) -> None:
    assert len(read_message(enclosing("form.csv", b"1,2\n", kind).as_bytes()).forms) == 1


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(PDF, "application/pdf"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (PNG, "image/png"), (b"II*\x00", "image/tiff")],
)
def test_a_document_is_known_by_its_first_bytes(content: bytes, media_type: str) -> None:
    (document,) = read_message(enclosing("signed.csv", content).as_bytes()).documents
    assert document.media_type == media_type


@pytest.mark.parametrize("name", ["signed.docx", "IMG_0001.HEIC"])
def test_a_letter_and_a_photograph_of_a_telephone_are_documents_by_their_names(name: str) -> None:
    assert len(read_message(enclosing(name, b"PK\x03\x04").as_bytes()).documents) == 1


def test_a_logo_within_the_text_is_passed_over_and_a_photograph_is_not() -> None:
    for size, found in ((LOGO - 1, 0), (LOGO, 1)):
        message = enclosing("image001.png", PNG.ljust(size, b"\0"), "image/png", disposition="inline")
        assert len(read_message(message.as_bytes()).documents) == found


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("form.xlsm", packed("xl/workbook.xml")),
        ("form.xlsx", packed("xl/workbook.xml", "xl/vbaProject.bin")),
        ("form.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more"),
    ],
)
def test_macros_are_refused(name: str, content: bytes) -> None:
    message = read_message(enclosing(name, content).as_bytes())
    assert [fault.expected for fault in message.refused] == ["a file without macros"]
    assert (message.forms, message.documents) == ((), ())


def test_a_message_in_the_message_stays_closed() -> None:
    outer = a_message()
    outer.add_attachment(enclosing("form.json", b"{}"))
    message = read_message(outer.as_bytes())
    assert (message.forms, len(message.refused)) == ((), 1)


def test_html_is_not_read() -> None:
    message = a_message()
    message.add_alternative("<p>zqhtmlzq</p>", subtype="html")
    assert "zqhtmlzq" not in read_message(message.as_bytes()).words


def test_a_program_is_refused_and_named_by_its_place() -> None:
    (fault,) = read_message(enclosing("Maya Fernsby.exe", b"MZ").as_bytes()).refused
    assert fault.position == "enclosure 1"
    assert "Maya" not in f"{fault}"


@pytest.mark.parametrize("sender", ["", "a@x.example, b@y.example", "not an address"])
def test_a_message_is_from_one_address(sender: str) -> None:
    content = a_message().as_bytes().replace(b"Sam Okoro <Office@Invented-Primary.example>", sender.encode())
    with pytest.raises(UnreadablePayload, match="one address it is from"):
        read_message(content)


def test_two_from_headers_are_refused() -> None:
    with pytest.raises(UnreadablePayload, match="one address it is from"):
        read_message(b"From: a@x.example\r\n" + a_message().as_bytes())


def test_too_many_parts_are_refused_before_any_is_read() -> None:
    with pytest.raises(UnreadablePayload, match=f"at most {PARTS} parts"):
        read_message(a_message().as_bytes() + b"\r\nContent-Type: text/plain" * PARTS)


def test_parts_deep_in_one_another_are_refused() -> None:
    message = a_message()
    for _ in range(12):
        outer = EmailMessage(policy=SMTP)
        outer["from"] = "a@x.example"
        outer.make_mixed()
        outer.attach(message)
        del message["from"]
        message = outer
    with pytest.raises(UnreadablePayload, match="deep"):
        read_message(message.as_bytes())


HEAD = b"From: a@x.example\r\n"


@pytest.mark.parametrize(
    "content",
    [
        HEAD + b"Content-Type: text/plain" + b";" * 60_000,
        HEAD + b"Content-Type: text/plain\r\n " + b";\r " * 20_000,
        HEAD + b'Content-Disposition: attachment; filename="' + b"a " * 30_000 + b'"',
        b"From: " + b"a." * 30_000 + b"@x.example",
        b"From: " + b"(" * 60_000,
        HEAD + b"X: " + b"a" * 70_000,
        HEAD + b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\n" * 100_000,
        HEAD + b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\r" * 100_000,
    ],
    ids=["semicolons", "folded", "name", "dots", "comments", "head", "empty parts", "empty parts of bare CR"],
)
def test_what_would_take_minutes_to_parse_is_refused_at_once(content: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(UnreadablePayload):
        read_message(content + b"\r\n\r\nwords")
    assert time.monotonic() - began < 2


MX = "mx.council.example"
PASSED = f"{MX}; spf=pass smtp.mailfrom=x.example; dmarc=pass (p=reject; dis=none) header.from=invented-primary.example"


@pytest.mark.parametrize(
    ("statement", "believed"),
    [
        (PASSED, True),
        (PASSED.replace(MX, f"{MX} 1"), True),
        (PASSED.replace(MX, MX.upper()), True),
        ("", False),
        (f"{MX}; none", False),
        (PASSED.replace("dmarc=pass", "dmarc=fail"), False),
        (PASSED.replace("dmarc=pass", "dmarc=none"), False),
        (PASSED.replace(MX, "mx.elsewhere.example"), False),
        (PASSED.replace(" header.from=invented-primary.example", ""), False),
        (PASSED.replace("invented-primary", "elsewhere"), False),
        (f'{MX}; dmarc=fail reason="; dmarc=pass header.from=invented-primary.example"', False),
        (f"{MX}; dmarc=fail (x; dmarc=pass header.from=invented-primary.example)", False),
        (f"{PASSED}; dmarc=fail header.from=invented-primary.example", False),
    ],
)
def test_rfc_8601_a_sender_is_believed_only_on_the_word_of_the_councils_own_server(
    statement: str, believed: bool
) -> None:
    assert proven(read_message(a_message(statement).as_bytes()), MX) is believed


@pytest.mark.parametrize("noise", ['"' + '\\"' * 15_000, "(\\" * 15_000, "a " * 15_000])
def test_a_statement_of_no_ordinary_length_proves_nothing_and_takes_no_time(noise: str) -> None:
    content = f"Authentication-Results: {MX} {noise}\r\n".encode() + a_message(PASSED).as_bytes()
    message, began = read_message(content), time.process_time()
    assert not proven(message, MX)
    assert time.process_time() - began < 0.5


def test_only_the_last_statement_of_the_server_counts() -> None:
    content = a_message(PASSED).as_bytes()
    failed = PASSED.replace("dmarc=pass", "dmarc=fail").encode()
    assert not proven(read_message(b"Authentication-Results: " + failed + b"\r\n" + content), MX)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 600))
def test_whatever_a_message_holds_it_is_read_or_refused(noise: bytes, place: int) -> None:
    content = enclosing("form.json", b"{}").as_bytes()
    with suppress(UnreadablePayload):
        assert read_message(content[:place] + noise + content[place:]).sender

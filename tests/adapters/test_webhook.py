"""The webhook hub: what is signed, and what counts as an acknowledgement (P14)."""

from __future__ import annotations

import time
from base64 import b64decode, b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.hubs import webhook
from contracts.hub import HubAnswer, WriteOptions
from contracts.verify_evidence import signed as ed25519_holds

NEW, OLD = "whsec_" + "bmV3" * 8, "whsec_" + "b2xk" * 8
BODY = '{"people": [{"surname": "Fernsby", "first_name": "Zoë"}]}'.encode()


def answered(status: int, body: bytes) -> HubAnswer:
    return HubAnswer(status, {}, body)


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_every_secret_of_a_change_over_verifies(secret: str) -> None:
    message = webhook.write(BODY, "d-1", int(time.time()), (NEW, OLD))
    Webhook(secret).verify(message.body, dict(message.headers))


def test_a_secret_that_signed_nothing_does_not_verify() -> None:
    message = webhook.write(BODY, "d-1", int(time.time()), (NEW,))
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(OLD).verify(message.body, dict(message.headers))


def test_one_changed_byte_does_not_verify() -> None:
    message = webhook.write(BODY, "d-1", int(time.time()), (NEW,))
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(NEW).verify(message.body.replace(b"Fernsby", b"Fernsbx"), dict(message.headers))


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the Standard Webhooks specification."""
    message = webhook.write(
        b'{"test": 2432232314}',
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",),
    )
    assert message.headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


# Ed25519 --------------------------------------------------------------------------------------------------------------

SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
"""The first key of RFC 8032, 7.1."""


def key_of_ours(raw: bytes) -> str:
    return f"whsk_{b64encode(raw).decode()}"


@pytest.mark.parametrize("raw", [SEED, SEED + PUBLIC], ids=["the private half", "both halves"])
def test_a_key_of_ours_signs_so_that_the_public_half_alone_proves_it(raw: bytes) -> None:
    """Checked by the verifier that shares no code with the gateway."""
    headers = webhook.write(BODY, "d-1", 1_793_620_800, (key_of_ours(raw),)).headers
    version, _, signature = headers["webhook-signature"].partition(",")
    assert version == "v1a"
    assert ed25519_holds(PUBLIC, b"d-1.1793620800." + BODY, b64decode(signature))
    assert not ed25519_holds(PUBLIC, b"d-2.1793620800." + BODY, b64decode(signature))


def test_a_hub_may_change_over_from_a_shared_secret_to_a_key_of_ours() -> None:
    message = webhook.write(BODY, "d-1", int(time.time()), (key_of_ours(SEED), OLD))
    Webhook(OLD).verify(message.body, dict(message.headers))
    assert [one.partition(",")[0] for one in message.headers["webhook-signature"].split(" ")] == ["v1a", "v1"]


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsk_",
        "a password",
        NEW.removeprefix("whsec_"),
        f"whsec_{b64encode(bytes(23)).decode()}",
        f"whsec_{b64encode(bytes(65)).decode()}",
        f"whsec_{'bmV3' * 8}é",
        f"whpk_{b64encode(PUBLIC).decode()}",
        key_of_ours(SEED[:31]),
        key_of_ours(SEED + SEED),
        f"whsec_{key_of_ours(SEED)}",
    ],
)
def test_s5_what_is_empty_short_or_of_another_kind_never_signs(secret: str) -> None:
    assert not webhook.may_sign(secret)
    with pytest.raises(ValueError, match=r"a secret is|do not belong|base64|padding|ASCII") as refused:
        webhook.write(BODY, "d-1", 0, (NEW, secret))
    assert len(secret) < 8 or secret[8:] not in str(refused.value)


@settings(max_examples=30)
@given(secret=st.text(max_size=120))
def test_no_text_at_all_breaks_the_looking_at_a_secret(secret: str) -> None:
    assert webhook.may_sign(secret) in (True, False)


def test_the_message_is_posted_as_it_is_with_its_id_and_time() -> None:
    message = webhook.write(BODY, "d-1", 1_793_620_800, (NEW,))
    assert (message.method, message.path, message.body) == ("POST", "", BODY)
    assert message.headers["content-type"] == "application/json"
    assert message.headers["webhook-id"] == "d-1"
    assert message.headers["webhook-timestamp"] == "1793620800"


@pytest.mark.parametrize(("name", "secrets"), [("d-1", ()), ("d.1", (NEW,))])
def test_what_cannot_be_signed_safely_is_not_written(name: str, secrets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="secret"):
        webhook.write(BODY, name, 0, secrets)


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b'{"id": "d-1"}'), (202, b'{"id":"d-1","case":"7"}'), (409, b'{"id": "d-1", "code": "duplicate"}')],
)
def test_an_answer_that_names_the_message_acknowledges_it(status: int, body: bytes) -> None:
    assert webhook.acknowledged(answered(status, body), "d-1")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>Welcome</html>"),
        (200, b'{"id": "d-2"}'),
        (200, b'{"id": "d-1"'),
        (200, b'"d-1"'),
        (200, b'["d-1"]'),
        (200, b'{"id": 1}'),
        (200, b"\xff\xfe"),
        (200, b"[" * 60_000),
        (409, b'{"id": "d-1"}'),
        (409, b'{"id": "d-2", "code": "duplicate"}'),
        (302, b'{"id": "d-1"}'),
        (503, b'{"id": "d-1"}'),
    ],
)
def test_p14_anything_else_acknowledges_nothing(status: int, body: bytes) -> None:
    assert not webhook.acknowledged(answered(status, body), "d-1")


@settings(max_examples=50)
@given(body=st.binary())
def test_no_bytes_can_break_the_reading_of_an_acknowledgement(body: bytes) -> None:
    assert webhook.acknowledged(answered(200, body), "d-1") is False


# Being asked (P13) ----------------------------------------------------------------------------------------------------


def test_p13_a_question_is_signed_and_names_the_delivery_alone() -> None:
    asking = webhook.question("d-1", int(time.time()), (NEW,), WriteOptions(settings={"ask": "/taken/{id}"}))
    Webhook(NEW).verify(b"", dict(asking.headers), json_parse=False)
    assert (asking.method, asking.path, asking.body) == ("GET", "/taken/d-1", b"")


@pytest.mark.parametrize(
    ("status", "body", "has_it"),
    [
        (200, b'{"id": "d-1"}', True),
        (404, b'{"id": "d-1"}', False),
        (404, b"", None),
        (404, b'{"id": "d-2"}', None),
        (200, b"<html>Welcome</html>", None),
        (202, b'{"id": "d-1"}', None),
        (503, b'{"id": "d-1"}', None),
    ],
)
def test_p13_only_an_answer_that_names_the_delivery_is_one(status: int, body: bytes, has_it: bool | None) -> None:
    assert webhook.has_it(answered(status, body), "d-1") is has_it


@pytest.mark.parametrize(
    ("path", "wrong"),
    [("/{id}", 0), ("/taken/{id}/state", 0), ("{id}", 1), ("/taken", 1), ("/a?b={id}", 1), ("/../{id}", 0)],
)
def test_a_path_to_ask_at_names_the_id(path: str, wrong: int) -> None:
    assert len(list(webhook.amiss({"ask": path}))) == wrong

"""Checkpoints are signed notes, and only a pinned key's signature counts."""

from __future__ import annotations

import re
from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.evidence import Entry
from gateway.record.note import (
    LOG,
    BadNote,
    Key,
    Signature,
    checkpoint_body,
    cosignature_line,
    open_checkpoint,
    open_note,
    read_checkpoint,
    sign_checkpoint,
    signature_line,
)
from gateway.record.tree import EMPTY_ROOT, root

ORIGIN = "gateway.example/t/0001/decisions"
LOG_VKEY = "gateway.example/t/0001/decisions+899b9a4b+AUU9zP+mY6t/L1ps4JaouUzW37dk+JKds+jmmAzGFdTD"
WITNESS_VKEY = "witness.example/w1+649a492a+BB3gSum5wGmX9zxyflinPpljj3VSavYkhwruZcbAoHb+"
WITNESSED = 1_795_357_020
BODY = f"{ORIGIN}\n5\nEmQXhmpZ68YOMAfbld7Di/FIwmOnFw3N81cIupKq754=\n"
LOG_LINE = f"— {ORIGIN} iZuaS/SCBo6ZhWwqUNo3c9U+ng/3KdUgJmrtOSq38+qEabA6YIjyt62mWE65V1E5IrcPvph8iaxPUaglPVu5QTwu2wc=\n"
WITNESS_LINE = (
    "— witness.example/w1 "
    "ZJpJKgAAAABrAvlcoTnd1mdXfRQ5zzuOUk3JyBNS5Vx3sZeq8Ru474qxGLMrY47pNtyZe2FBQ8uPgtW0paLI29SHQPblQvTpHky2BQ==\n"
)
NOTE = f"{BODY}\n{LOG_LINE}{WITNESS_LINE}"

# The examples printed in the C2SP signed-note specification and in the documentation of Go's note package.
C2SP_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
GO_SEED = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_BODY = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_the_c2sp_example_opens_with_its_vkey() -> None:
    body, signed = open_note(C2SP_NOTE, [Key.parse(C2SP_VKEY)])
    assert (body, [one.key.vkey for one in signed]) == ("This is an example message.\n", [C2SP_VKEY])


def test_the_go_example_is_signed_byte_for_byte() -> None:
    private = Ed25519PrivateKey.from_private_bytes(b64decode(GO_SEED)[1:])
    key = Key("PeterNeumann", LOG, private.public_key().public_bytes_raw())
    assert (key.vkey, signature_line(key, private.sign, GO_BODY)) == (GO_VKEY, GO_LINE)


def test_the_published_keys_have_their_published_vkeys(log_key, witness_key) -> None:
    assert (log_key[0].vkey, witness_key[0].vkey) == (LOG_VKEY, WITNESS_VKEY)
    assert (Key.parse(LOG_VKEY), Key.parse(WITNESS_VKEY)) == (log_key[0], witness_key[0])


def test_the_published_checkpoint_is_signed_byte_for_byte(log_key, vector: list[Entry]) -> None:
    checkpoint = sign_checkpoint(*log_key, 5, root(entry.leaf for entry in vector))
    assert checkpoint.note == f"{BODY}\n{LOG_LINE}"


def test_the_published_cosignature_is_made_byte_for_byte(witness_key) -> None:
    assert cosignature_line(*witness_key, BODY, WITNESSED) == WITNESS_LINE


def test_a_note_says_which_pinned_keys_signed_and_when(log_key, witness_key) -> None:
    assert open_note(NOTE, [log_key[0], witness_key[0]]) == (
        BODY,
        (Signature(log_key[0]), Signature(witness_key[0], WITNESSED)),
    )


def test_a_signature_of_an_unknown_key_is_ignored(log_key) -> None:
    assert open_note(NOTE, [log_key[0]])[1] == (Signature(log_key[0]),)


def test_a_key_of_the_same_name_but_another_id_is_unknown(other_key) -> None:
    with pytest.raises(BadNote, match="no pinned key"):
        open_note(NOTE, [other_key[0]])


def test_a_witness_alone_does_not_vouch_for_a_checkpoint(log_key, witness_key) -> None:
    with pytest.raises(BadNote, match="own key"):
        open_checkpoint(f"{BODY}\n{WITNESS_LINE}", log_key[0], ORIGIN, [witness_key[0]])


def test_a_false_cosignature_spoils_the_note(log_key, witness_key) -> None:
    later = cosignature_line(witness_key[0], witness_key[1], BODY.replace("\n5\n", "\n6\n"), WITNESSED)
    with pytest.raises(BadNote, match=r"witness\.example/w1 does not hold"):
        open_checkpoint(f"{BODY}\n{LOG_LINE}{later}", log_key[0], ORIGIN, [witness_key[0]])


def test_a_checkpoint_of_another_record_is_refused(log_key) -> None:
    with pytest.raises(BadNote, match="another record"):
        open_checkpoint(NOTE, log_key[0], "gateway.example/t/0002/decisions")


def test_every_one_letter_edit_of_a_checkpoint_is_refused(log_key, witness_key) -> None:
    data = NOTE.encode()
    believed = []
    for place in range(len(data)):
        note = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        try:
            opened = open_checkpoint(note.decode(errors="replace"), log_key[0], ORIGIN, [witness_key[0]])
        except BadNote:
            continue
        believed.append((place, opened.size, opened.root))
    # A witness line whose name or key id is changed is an unknown key's, and says nothing.
    name = data.index(b"witness.example")
    assert {place for place, _, _ in believed} <= set(range(name, name + len("witness.example/w1 ZJpJKg")))
    assert {said[1:] for said in believed} <= {(5, read_checkpoint(NOTE).root)}


@pytest.mark.parametrize(
    "note",
    [
        "",
        BODY,
        f"{BODY}\n",
        f"{BODY}\n{LOG_LINE}"[:-1],
        f"{BODY}\n{LOG_LINE}\r\n",
        f"{BODY}\n{LOG_LINE}text\n",
        f"{BODY}\n— {ORIGIN} AAA\n",
        f"{BODY}\n{LOG_LINE * 65}",
    ],
)
def test_a_note_of_the_wrong_form_is_refused(note: str, log_key) -> None:
    with pytest.raises(BadNote):
        open_note(note, [log_key[0]])


def test_a_note_with_control_characters_is_refused_even_when_signed(log_key) -> None:
    body = "text\r\n"
    with pytest.raises(BadNote):
        open_note(f"{body}\n{signature_line(*log_key, body)}", [log_key[0]])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (f"{ORIGIN}\n05\n{'A' * 43}=\n", "three lines"),
        (f"{ORIGIN}\n-5\n{'A' * 43}=\n", "three lines"),
        (f"\n5\n{'A' * 43}=\n", "three lines"),
        (f"{ORIGIN}\n5\n", "three lines"),
        (f"{ORIGIN}\n5\n{'A' * 42}B=\n", "base64"),
        (f"{ORIGIN}\n5\nAAAA\n", "32 bytes"),
    ],
)
def test_a_checkpoint_of_the_wrong_form_is_refused_even_when_signed(body: str, words: str, log_key) -> None:
    with pytest.raises(BadNote, match=words):
        open_checkpoint(f"{body}\n{signature_line(*log_key, body)}", log_key[0], ORIGIN)


def test_extension_lines_are_signed_and_passed_over(log_key) -> None:
    body = checkpoint_body(ORIGIN, 0, EMPTY_ROOT) + "something else\n"
    opened = open_checkpoint(f"{body}\n{signature_line(*log_key, body)}", log_key[0], ORIGIN)
    assert (opened.size, opened.root) == (0, EMPTY_ROOT)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        LOG_VKEY.replace("899b9a4b", "899b9a4c"),
        LOG_VKEY.replace("0001", "0002"),
        LOG_VKEY[:-4],
        LOG_VKEY.replace("+AU", "+Ak"),
        re.sub("^gateway", "gate way", LOG_VKEY),
    ],
)
def test_a_mistyped_vkey_is_refused(vkey: str) -> None:
    with pytest.raises(BadNote, match="vkey"):
        Key.parse(vkey)

"""Checks an evidence bundle or a sharing receipt on any machine with Python 3.9 or later, and nothing else installed.

It is one file, imports nothing of the gateway and nothing from outside Python's own library, so that whoever doubts the
gateway can read all of it and need not run the gateway to check it. It was written from the published formats:

* RFC 6962 and 9162: the tree, and the proof that an entry stands in it
* c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof: who signed the tree, and who else saw it
* RFC 8032: Ed25519, checked here in plain integers

    python verify_evidence.py EVIDENCE --key KEY [--witness KEY]... [--show]

EVIDENCE is a bundle (JSON Lines) or the zip that holds one as `entries.jsonl`, with the words of each policy beside it
as `policies/<sha256>.txt`. KEY is the public key of the council's record. Ask the council for it in a way that you
trust: never believe a key because it came with the evidence. The zip of a sharing receipt also holds the page,
`receipt.html`, and `receipt.sig`, in which the record's key signed the page together with its entries.

Exit codes: 0 verified, 1 not verified, 2 misused.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

FORMAT = "early-help-gateway/evidence/v1"
RECEIPT = "early-help-gateway/receipt/v1"
LOG, WITNESS = 1, 4

# Ed25519, RFC 8032 section 5.1: points are (X, Y, Z, T) with x = X/Z, y = Y/Z and x*y = T/Z.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


class NotVerified(Exception):
    """The evidence must not be believed. Its text says why."""


class Key(NamedTuple):
    """A public key that may sign: its name, LOG or WITNESS, and 32 bytes."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]


class Checked(NamedTuple):
    """One entry that holds: its number, its leaf as JSON, and name of a section → its value, or why there is none."""

    at: int
    leaf: dict[str, Any]
    sections: dict[str, Any]


GONE = "gone: its content was disposed of, its seal stays"
NOT_SHOWN = "there, and not shown here"


def add(one: Point, two: Point) -> Point:
    """The sum of two points."""
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c = 2 * one[3] * two[3] * D % P
    d = 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number: int, point: Point) -> Point:
    """A point added to itself so often."""
    result: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def point_in(data: bytes) -> Point:
    """The point that 32 bytes stand for."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        raise NotVerified("a key or signature is no point of the curve")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        raise NotVerified("a key or signature is no point of the curve")
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


Y_OF_BASE = 4 * pow(5, P - 2, P) % P
BASE = point_in(Y_OF_BASE.to_bytes(32, "little"))


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this key signed this message (RFC 8032, 5.1.7)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    try:
        key, r = point_in(public), point_in(signature[:32])
    except NotVerified:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(h, key))
    return all((left[axis] * right[2] - right[axis] * left[2]) % P == 0 for axis in (0, 1))


# Signed notes, checkpoints and proofs


def from_base64(text: str) -> bytes:
    """Bytes from base64 in its one spelling: any other could hide a change."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotVerified("something that should be base64 is not") from None
    if base64.b64encode(data).decode() != text:
        raise NotVerified("something is base64, and not in its usual spelling")
    return data


def key_in(text: str) -> Key:
    """A key from its published text: name+id+base64."""
    name, _, rest = text.strip().partition("+")
    identifier, _, material = rest.partition("+")
    data = from_base64(material)
    if len(data) != 33 or data[0] not in (LOG, WITNESS):
        raise NotVerified("a key is name+id+base64 of 33 bytes, in one piece")
    key = Key(name, data[0], data[1:])
    if key.key_id.hex() != identifier:
        raise NotVerified("the id in the key does not belong to its name and bytes: it was mistyped")
    return key


def open_checkpoint(note: str, key: Key, witnesses: Iterable[Key]) -> tuple[int, bytes, list[str]]:
    """Size and root of the tree that `key` signed, and which witnesses signed it too, in words."""
    text, blank, tail = note.rpartition("\n\n")
    body, lines = text + "\n", tail.split("\n")
    parts = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/=]+)\n", body)
    if not blank or lines.pop() != "" or parts is None or any(c < " " and c != "\n" for c in note):
        raise NotVerified("the checkpoint is not three lines, a blank line and signatures")
    if parts[1] != key.name:
        raise NotVerified("the checkpoint belongs to another record: " + parts[1])
    known = {(one.name, one.key_id): one for one in (key, *witnesses)}
    held = [signer(line, body, known) for line in lines]
    if key not in [one for one, _ in held]:
        raise NotVerified("the key you gave did not sign the checkpoint")
    for one in known.values():
        if one not in [found for found, _ in held]:
            raise NotVerified(f"the witness {one.name} did not sign the checkpoint, or its signature was taken away")
    root = from_base64(parts[3])
    if len(root) != 32:
        raise NotVerified("the root of a checkpoint is 32 bytes")
    return int(parts[2]), root, [words for one, words in held if one != key]


def signer(line: str, body: str, known: dict[tuple[str, bytes], Key]) -> tuple[Key | None, str]:
    """Whose signature of a checkpoint this is, and how to say so. One of a known key must hold."""
    found = re.fullmatch("\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)", line)
    if found is None:
        raise NotVerified("a signature of the checkpoint cannot be read")
    data = from_base64(found[2])
    one = known.get((found[1], data[:4]))
    if one is None:
        return None, found[1] + ", whose key you did not give: not checked"
    if one.kind == LOG:
        message, signature, words = body, data[4:], one.name
    else:
        at, signature = int.from_bytes(data[4:12], "big"), data[12:]
        message, words = f"cosignature/v1\ntime {at}\n{body}", f"{one.name}, which saw it at POSIX second {at}"
    if not signed(one.public, message.encode(), signature):
        raise NotVerified(f"the signature of {one.name} on the checkpoint does not hold")
    return one, words


def proof_in(text: str) -> tuple[int, list[bytes], str]:
    """Index, hashes and checkpoint of a proof."""
    parts = re.fullmatch(
        r"c2sp\.org/tlog-proof@v1\nindex (0|[1-9][0-9]{0,18})\n((?:[A-Za-z0-9+/=]+\n)*)\n(.+)", text, re.DOTALL
    )
    if parts is None:
        raise NotVerified("the proof cannot be read")
    hashes = [from_base64(line) for line in parts[2].splitlines()]
    if any(len(one) != 32 for one in hashes):
        raise NotVerified("a hash of the proof is not 32 bytes")
    return int(parts[1]), hashes, parts[3]


def includes(leaf: bytes, index: int, size: int, hashes: list[bytes], root: bytes) -> bool:
    """Whether this leaf is entry `index` of the tree of `size` entries with this root (RFC 9162, 2.1.3.2)."""
    if index >= size:
        return False
    place, last = index, size - 1
    digest = hashlib.sha256(b"\x00" + leaf).digest()
    for one in hashes:
        if last == 0:
            return False
        if place & 1 or place == last:
            digest = hashlib.sha256(b"\x01" + one + digest).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            digest = hashlib.sha256(b"\x01" + digest + one).digest()
        place, last = place >> 1, last >> 1
    return last == 0 and digest == root


# Entries and their sections


def strict_json(text: str) -> Any:
    """JSON in which no name stands twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise NotVerified("a name stands twice in one JSON object")
        return found

    try:
        return json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise NotVerified("a line is not JSON") from None


def canonical(value: Any) -> str:
    """JSON in its one spelling."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def section_digest(name: str, salt: bytes, value: str) -> str:
    """What the leaf says of a section: a salted SHA-256, as base64url without padding."""
    data = b"ehg/section/v1\x00" + name.encode() + b"\x00" + salt + value.encode()
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def checked(line: str, key: Key, witnesses: list[Key], opened: dict[str, Any]) -> Checked:
    """One line of a bundle. `opened` remembers the one checkpoint that all lines share."""
    document = strict_json(line)
    if not isinstance(document, dict) or sorted(document) != ["leaf", "proof", "sections"]:
        raise NotVerified("evidence of an entry holds leaf, proof and sections")
    if canonical(document) != line:
        raise NotVerified("a line is not in its one spelling: it was changed")
    index, hashes, note = proof_in(document["proof"])
    if opened.setdefault("note", note) != note:
        raise NotVerified("two entries are proven against different checkpoints")
    if "tree" not in opened:
        opened["tree"] = open_checkpoint(note, key, witnesses)
    size, root, _ = opened["tree"]
    leaf = strict_json(document["leaf"])
    if not isinstance(leaf, dict) or canonical(leaf) != document["leaf"] or not isinstance(leaf.get("sections"), dict):
        raise NotVerified("entry " + str(index) + " cannot be read")
    if not includes(document["leaf"].encode(), index, size, hashes, root):
        raise NotVerified("entry " + str(index) + " is not in the record as it is here: it was changed")
    sections = dict.fromkeys(leaf["sections"], NOT_SHOWN)
    for name, part in (document["sections"] or {}).items():
        if name not in sections:
            raise NotVerified("entry " + str(index) + ": the section " + name + " was never sealed with it")
        sections[name] = GONE if part is None else value_of(index, name, part, leaf["sections"][name])
    return Checked(index, leaf, sections)


def value_of(index: int, name: str, part: Any, digest: str) -> Any:
    """The value of an opened section, if it is the one that was sealed."""
    if not isinstance(part, dict) or sorted(part) != ["salt", "value"] or not isinstance(part["value"], str):
        raise NotVerified("entry " + str(index) + ": the section " + name + " cannot be read")
    salt = from_base64(part["salt"])
    if len(salt) != 32 or section_digest(name, salt, part["value"]) != digest:
        raise NotVerified("entry " + str(index) + ": the section " + name + " was changed after it was sealed")
    return strict_json(part["value"])


def verify(
    lines: Iterable[str],
    policies: dict[str, str],
    key: Key,
    witnesses: list[Key],
    checkpoint: str | None = None,
) -> Iterator[Checked]:
    """Every entry of a bundle that holds, until one does not.

    policies    SHA-256 → text, for each policy whose words came along
    checkpoint  the one that came along beside the entries; None where none did
    """
    rows, last, count = iter(lines), -1, 0
    opened: dict[str, Any] = {}
    first = next(rows, "")
    head = strict_json(first)
    if not isinstance(head, dict) or head.get("bundle") != FORMAT or canonical(head) != first:
        raise NotVerified("a bundle begins with a header that says " + FORMAT)
    if head["origin"] != key.name or key_in(head["vkey"]) != key:
        raise NotVerified("the bundle says that another key signed it: " + str(head["vkey"]))
    about = str(head.get("referral", ""))
    check_words(policies)
    for line in rows:
        entry = checked(line, key, witnesses, opened)
        if about and entry.sections.get("about") != {"referral": about}:
            raise NotVerified("entry " + str(entry.at) + " is not about " + about + ", as the bundle says that it is")
        if entry.at <= last:
            raise NotVerified("entry " + str(entry.at) + " stands twice or out of order")
        last, count = entry.at, count + 1
        yield entry
    if count != head["entries"]:
        raise NotVerified(f"the bundle says that it holds {head['entries']} entries; {count} were read")
    if checkpoint is not None and opened and checkpoint != opened["note"]:
        raise NotVerified("checkpoint.txt is not the checkpoint against which the entries are proven")
    for name in opened["tree"][2] if opened else []:
        say(f"The checkpoint was also signed by {name}.")


def check_words(policies: dict[str, str]) -> None:
    """Whether the words of each policy are those that it is named by."""
    for digest, text in policies.items():
        if hashlib.sha256(text.encode()).hexdigest() != digest:
            raise NotVerified("the words of policy " + digest + " are not those that were sealed")


def read(path: str) -> tuple[list[str], dict[str, str], str | None]:
    """The lines of a bundle, and the words of the policies and the checkpoint that came with it."""
    checkpoint = None
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            data = archive.read("entries.jsonl")
            policies = {
                found[1]: archive.read(name).decode()
                for name in archive.namelist()
                if (found := re.fullmatch(r"policies/([0-9a-f]{64})\.txt", name))
            }
            if "checkpoint.txt" in archive.namelist():
                checkpoint = archive.read("checkpoint.txt").decode()
    else:
        with open(path, "rb") as file:
            data, policies = file.read(), {}
    text = data.decode()
    if not text.endswith("\n"):
        raise NotVerified("the last line is cut off")
    return text[:-1].split("\n"), policies, checkpoint


def check_page(path: str, key: Key) -> bool:
    """Whether a page came along. If one did, the record's key signed it with the entries that are beside it."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(set(names)) != len(names):
            raise NotVerified("a file stands twice in the zip")
        if "receipt.html" not in names and "receipt.sig" not in names:
            return False
        page, entries, note = (archive.read(name) for name in ("receipt.html", "entries.jsonl", "receipt.sig"))
    digests = [hashlib.sha256(one).hexdigest() for one in (page, entries)]
    body = f"{RECEIPT}\n{key.name}\nreceipt.html {digests[0]}\nentries.jsonl {digests[1]}\n"
    text, _, line = note.decode().rpartition("\n\n")
    if text + "\n" != body or not line.endswith("\n"):
        raise NotVerified("the page is not the one that was signed with these entries")
    if signer(line[:-1], body, {(key.name, key.key_id): key})[0] != key:
        raise NotVerified("the key you gave did not sign the page")
    return True


def tell(entry: Checked, policies: dict[str, str], show: bool) -> None:
    """One entry in words."""
    say(f"entry {entry.at:,}  {entry.leaf.get('ts')}  {entry.leaf.get('type')}")
    for name, value in sorted(entry.sections.items()):
        if value in (GONE, NOT_SHOWN):
            say(f"    {name}: {value}")
        elif show:
            say(f"    {name}: {canonical(value)}")
    policy = entry.sections.get("policy")
    if isinstance(policy, dict) and policies:
        words = "here" if policy.get("sha256") in policies else "not here"
        say(f"    decided by policy {policy.get('sha256')}, whose words are {words}")


def say(line: str) -> None:
    """One line for whoever asked."""
    sys.stdout.write(line + "\n")


def main() -> int:
    """Check one file, and say what was found."""
    parser = argparse.ArgumentParser(description="Checks evidence of the Early Help Gateway with a public key alone.")
    parser.add_argument("evidence")
    parser.add_argument("--key", required=True, help="the public key of the council's record")
    parser.add_argument("--witness", action="append", default=[], help="the public key of a witness that must hold")
    parser.add_argument("--show", action="store_true", help="print what each opened section says")
    asked = parser.parse_args()
    count = 0
    try:
        key, witnesses = key_in(asked.key), [key_in(one) for one in asked.witness]
        lines, policies, checkpoint = read(asked.evidence)
        for entry in verify(lines, policies, key, witnesses, checkpoint):
            tell(entry, policies, asked.show)
            count += 1
        if check_page(asked.evidence, key):
            say("The page receipt.html was signed together with these entries.")
    except NotVerified as fault:
        say(f"NOT verified: {fault}.")
        return 1
    except (KeyError, UnicodeDecodeError, TypeError, AttributeError, ValueError, zipfile.BadZipFile):
        say("NOT verified: this is no evidence, or it was changed beyond reading.")
        return 1
    except OSError as fault:
        say(f"The file cannot be read: {fault.strerror}.")
        return 2
    say(f"{count:,} entries are in the record of {key.name} as they are here.")
    say("VERIFIED. Nothing was changed since it was sealed. This does not say that the sharing was right.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Puts words forward: files that somebody changed, the files on this machine, or the words of an earlier version.

Whoever puts words forward never approves them (governance 6.3). To roll back is to put earlier words forward again,
under a new version and from a day to come; what loosens nothing by that may start at once.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from sqlalchemy import Update, bindparam, select, update

from adapters.formats.zip import is_zip, members
from contracts.adapter import Fault
from contracts.errors import ConfigError, NoSuchAnswer, NotFound
from gateway.config.policy import Policy
from gateway.config.policytext import files, joined, read_policy, redated
from gateway.flows.acting import Acting
from gateway.flows.decisions.said import ENGINE
from gateway.flows.gateway import Gateway
from gateway.flows.inforce import InForce
from gateway.flows.policy.policies import Done, check
from gateway.record.entries import make_entry
from gateway.store import content
from gateway.store.chance import new_id
from gateway.store.sealer import record_entry
from gateway.store.tables import POLICY, PROPOSAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

REASON: Final = 10
"""Characters of a reason at least."""
_VERSION: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_MARK: Final = re.compile(r"^--- ", re.MULTILINE)

_ONE: Final = select(PROPOSAL).where(
    PROPOSAL.c.council == bindparam("council"), PROPOSAL.c.digest == bindparam("digest")
)
_PUBLISHED: Final = select(POLICY.c.digest, POLICY.c.text).where(POLICY.c.council == bindparam("council"))


async def propose(gateway: Gateway, person: Acting, text: str, why: str) -> Done:
    """Put these words forward. Repeating it changes nothing.

    Raises NotYourRole; ConfigError with each fault's file, line and column; NoSuchAnswer without a reason, for words
    that were published before, and for a version that others have.
    """
    person.must_be_let("policy.propose")
    if len(why) < REASON:
        raise NoSuchAnswer("Say in a sentence what this changes, and why. The record keeps that.")
    policy, council = await asyncio.to_thread(check, text), person.council.name

    def work(tx: Tx) -> None:
        _must_be_new(tx, council, policy)
        before = tx.execute(_ONE, {"council": council, "digest": policy.digest}).first()
        if before is not None and before.ended_at is None:
            return
        row = {
            "text": policy.text,
            "by": person.name,
            "said": content.put(tx, council, "said", why.encode()),
            "entry": _entry(gateway, tx, person, policy, "proposed", {"why": why}),
            "at": tx.now,
            "ended_at": None,
        }
        if before is None:
            tx.insert(PROPOSAL, {"council": council, "digest": policy.digest, **row})
        else:
            content.erase(tx, council, [before.said])
            tx.execute(_change(council, policy.digest).values(**row))

    await gateway.writer.submit(Write(work))
    return Done(policy.digest, f"{policy.id} {policy.version} is put forward. It decides nothing yet.")


async def put_aside(gateway: Gateway, person: Acting, digest: str) -> None:
    """Take words off the list of those put forward. They can be put forward again. Raises NotYourRole, NotFound."""
    person.must_be_let("policy.propose")
    council = person.council.name

    def work(tx: Tx) -> None:
        row = tx.execute(_ONE, {"council": council, "digest": digest}).first()
        if row is None or row.ended_at is not None:
            raise NotFound("Nobody put such words forward here.")
        sections = {"actors": _actors(person), "policy": {"sha256": digest}, "set_aside": person.said}
        record_entry(tx, make_entry(new_id(), council, "policy.set_aside", tx.now, sections, gateway.salt))
        tx.execute(_change(council, digest).values(ended_at=tx.now))

    await gateway.writer.submit(Write(work))


def on_disk(gateway: Gateway, council: str) -> Policy | None:
    """The policy as the files on this machine have it; None where it is the one in force."""
    rules = gateway.rules
    filed = (rules.filed(council) if isinstance(rules, InForce) else rules[council]).policy
    return None if filed.digest == gateway.policy(council).digest else filed


def changed(gateway: Gateway, council: str, given: Iterable[tuple[str, bytes]]) -> str:
    """The words in force with these files in place of theirs: YAML files by name, or one zip of a folder of mappings.

    What a zip has besides `sharing/` and the council's own `rules.yaml` is passed over. Raises ConfigError.
    """
    parts = files(gateway.policy(council).text)
    taken = dict[str, str]()
    for name, body in given:
        if is_zip(io.BytesIO(body)):
            taken |= _unpacked(council, body)
        else:
            taken[PurePosixPath(name.replace("\\", "/")).name] = _text(PurePosixPath(name).name, body)
    if not taken:
        raise _unusable("policy.yaml or another file of a policy", "Choose the files that you changed.")
    strange = [name for name in taken if not name.endswith(".yaml")]
    if strange:
        raise _unusable("YAML files, or one zip of a folder of mappings", "Choose the .yaml files that you changed.")
    text = read_policy(joined(parts | taken))[0].text
    if idle := sorted(taken.keys() - files(text).keys()):
        raise _unusable("files that a policy has", f"Nothing names {idle[0]}. Name it in policy.yaml, or leave it out.")
    return text


def again(gateway: Gateway, text: str, version: str, starts: datetime) -> str:
    """The same words under a new version and from another day. Raises NoSuchAnswer."""
    if not _VERSION.fullmatch(version):
        raise NoSuchAnswer("Write the new version as three numbers, such as 1.2.0.")
    if starts.timestamp() * 1_000 <= gateway.now():
        raise NoSuchAnswer("Choose a day to come: nothing is decided again for days that are over.")
    return redated(text, version, starts)


def _unpacked(council: str, body: bytes) -> Mapping[str, str]:
    """The files of a policy in a zip: those in a folder `sharing`, and the council's own rules."""
    found = dict[str, str]()
    for name, part in members(io.BytesIO(body)):
        place = PurePosixPath(name)
        if place.suffix != ".yaml":
            continue
        own = place.name == "rules.yaml" and place.parent.name == council
        alone = len(place.parts) == 1
        if place.parent.name == "sharing" or own or alone:
            found[place.name] = _text(place.name, part)
    return found


def _text(name: str, body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise _unusable("a file in UTF-8", "Save it as UTF-8, and choose it again.") from None
    if _MARK.search(text):
        raise _unusable("a file without a line that begins with `--- `", "Take that line away.")
    return text


def _unusable(expected: str, remedy: str) -> ConfigError:
    return ConfigError("These files cannot be used", (Fault("the files", "", expected, remedy),))


def _must_be_new(tx: Tx, council: str, policy: Policy) -> None:
    """Raises NoSuchAnswer for words, and for a version, that were published before."""
    for row in tx.execute(_PUBLISHED, {"council": council}):
        if row.digest == policy.digest:
            raise NoSuchAnswer("These words were published before. To use them again, give them a new version and day.")
        if version_in(row.text) == policy.version:
            raise NoSuchAnswer(f"There is a version {policy.version} already. Give these words another in policy.yaml.")


def version_in(text: str) -> str:
    """The version that a policy's text names, "" for none."""
    found = re.search(r"^version: *([0-9.]+)", files(text).get("policy.yaml", ""), re.MULTILINE)
    return found.group(1) if found else ""


def _entry(gateway: Gateway, tx: Tx, person: Acting, policy: Policy, kind: str, said: Mapping[str, object]) -> str:
    sections = {
        "actors": _actors(person),
        "policy": {"id": policy.id, "version": policy.version, "sha256": policy.digest},
        kind: {**person.said, **said},
    }
    entry = make_entry(new_id(), person.council.name, f"policy.{kind}", tx.now, sections, gateway.salt)
    record_entry(tx, entry)
    return entry.rid


def _actors(person: Acting) -> dict[str, object]:
    return {"engine": ENGINE, "by": person.name}


def _change(council: str, digest: str) -> Update:
    return update(PROPOSAL).where(PROPOSAL.c.council == council, PROPOSAL.c.digest == digest)

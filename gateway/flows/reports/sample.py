"""The assurance sample of one quarter: drawn from the record itself, so that anybody who has it can draw it again.

The population is every decision that was made in the quarter, tests left out, also those that were made again since.
It is gone through twice, and only what is drawn is held. Limit: when a checkpoint was stored is covered by no seal, so
whoever runs the store could hold one back; a witness, or the paper slips, shows which was the first.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from contracts.decision import Outcome
from contracts.errors import NotSentYet
from gateway.flows.oversight import asked
from gateway.flows.oversight.sharinglog import is_sealed
from gateway.flows.reports.definition import Asking
from gateway.flows.reports.disclosure import SEALED
from gateway.flows.reports.lines import Row, Sheet
from gateway.path.sampling import STRATA, TRIMMED, WHOLE, Lot, draw, mark, seed_of, twice
from gateway.path.telling import in_london
from gateway.store import log
from gateway.store.reported import checkpoint_after, entries, late_contacts, plain_decisions

NAME: Final = "assurance-sample"
SHEETS: Final = (
    Sheet(
        "Drawn decisions",
        ("Number", "Why it is in the sample", "When", "Reference", "From", "To", "Decision", "Reviewers"),
    ),
    Sheet("How it was drawn", ("What", "Value")),
)
CHECKLIST: Final = (
    ("basis", "Is the lawful basis right?"),
    ("necessary", "Was it necessary?"),
    ("told", "Was the family told, or is it right that they were not?"),
    ("scope", "Is it within what was agreed?"),
    ("third_party", "Is what is said of others needed?"),
    ("protection", "Were the protection flags respected?"),
    ("reason", "Is the reason that a person gave good?"),
    ("withheld", "Was the right part kept back?"),
    ("timely", "Was it in time?"),
    ("source", "Do the recorded facts match what the sender wrote?"),
)
"""Code and question (governance 2.4)."""
_SENDS: Final = {str(Outcome.SHARE_MINIMISED): TRIMMED[0], str(Outcome.SHARE): WHOLE}
SEED: Final = "Seed"
_GLASS: Final = "glass.broken"


def name_of(asking: Asking) -> str:
    """The name under which this period's sample is drawn: nobody can draw it under another."""
    return f"{NAME}/{asking.council.name}/{asking.question.first}/{asking.question.last}"


def sample(asking: Asking) -> Iterator[Row]:
    """What is drawn, then how. Raises NotSentYet while no checkpoint closes the quarter."""
    which, council = asking.question.which, asking.council
    head = checkpoint_after(asking.connection, council.name, which.until)
    if head is None:
        raise NotSentYet("No checkpoint was signed since this quarter closed. Ask again in a minute.")
    seed = seed_of(bytes(head.root), name_of(asking))
    counts = Counter(lot.urn for lot in lots(asking))
    drawn = draw(seed, lots(asking), counts)
    doubled = twice(seed, drawn)
    for place, lot in enumerate(drawn, 1):
        yield _row(asking, place, lot, 2 if lot.decision in doubled else 1, seed)
    yield from (Row((what, value), 1) for what, value in _how(asking, head, seed, counts, drawn))


def lots(asking: Asking) -> Iterator[Lot]:
    """Every decision that may be drawn, in its stratum, in the order of the log."""
    which, council = asking.question.which, asking.council.name
    late = late_contacts(asking.connection, council, which.since)
    broken = {row["referral"] for row, _ in entries(asking.connection, council, (_GLASS,), which.since, which.until)}
    for row in plain_decisions(asking.connection, council, which):
        stratum = _stratum(row, late, broken)
        if stratum:
            yield Lot(stratum, row["hub"], row["id"])


def _stratum(row: dict[str, Any], late: frozenset[str], broken: set[str]) -> str:
    """The first that fits; "" for what nobody draws: a request that went back, or waits."""
    facts = json.loads(row["facts"])
    tests = {
        "recorded": facts.get("human") == "recorded",
        "decided": row["by"] != "machine",
        "glass": row["referral"] in broken,
        "refused": row["outcome"] == Outcome.REFUSE,
        "do_not_inform": facts.get("protect") == "do_not_inform",
        "sealed": facts.get("protect") == "sealed",
        "late_contact": row["outcome"] == Outcome.DIVERT and row["referral"] in late,
    }
    return next((name for name, fits in tests.items() if fits), _SENDS.get(row["outcome"], ""))


def _row(asking: Asking, place: int, lot: Lot, reviewers: int, seed: bytes) -> Row:
    row, council = log.one(asking.connection, asking.council.name, lot.decision), asking.council
    assert row is not None, "a decision that was just read is there"
    why = STRATA[lot.stratum]
    if is_sealed(row):
        cells = (place, why, in_london(row["at"]), SEALED, "", "", asked.OUTCOMES[row["outcome"]], reviewers)
        return Row(cells, sealed=mark(seed, lot.decision))
    sender, hub = council.senders.get(row["sender"]), council.hubs.get(row["hub"])
    cells = (
        place,
        why,
        in_london(row["at"]),
        row["referral"][:8],
        sender.title if sender else row["sender"],
        hub.title if hub else "Nobody",
        asked.OUTCOMES[row["outcome"]],
        reviewers,
    )
    return Row(cells, decision=row["id"], referral=row["referral"])


def _how(
    asking: Asking, head: Any, seed: bytes, counts: Counter[tuple[str, str]], drawn: list[Lot]
) -> Iterator[tuple[str, str | int]]:
    yield "Drawn under the name", name_of(asking)
    yield "Checkpoint: entries", head.size
    yield "Checkpoint: root hash", bytes(head.root).hex()
    yield "Checkpoint: stored", in_london(head.at)
    yield SEED, seed.hex()
    many = Counter(lot.urn for lot in drawn)
    hubs = asking.council.hubs
    for urn in sorted(counts):
        where = f" ({hubs[urn[1]].title if urn[1] in hubs else urn[1]})" if urn[1] else ""
        yield f"{STRATA[urn[0]]}{where}", f"{many[urn]} of {counts[urn]}"

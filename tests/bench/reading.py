"""P14 to P17: what reading costs beside the bare parser of each format, and whether memory grows with the file.

Each side is a process of its own that reads one file of many records and says how long that took and how much memory it
ever held. Ours reads, maps and writes canonical JSON Lines; `alone` is our reading without the mapping; the floor only
parses, and keeps nothing.
"""

from __future__ import annotations

import csv
import io
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, Final

import ijson.backends.yajl2_c as ijson  # type: ignore[import-untyped]
import orjson
from lxml import etree

from adapters import SOURCES
from contracts.adapter import SourceRecord
from gateway.config.codes import load_codes
from gateway.config.mappings import FormMapping, load_mapping
from gateway.path.mapping import compile_mapping, to_enrichment, to_referral
from tests.bench.goals import GOALS, Measured, pairs
from tests.bench.processes import ROOT
from tests.bench.stand import Stand

FEW: Final = 10_000
"""Rows of the small file that the memory of the large one is held against."""

_MAPPINGS: Final = ROOT / "mappings"
_FORM: Final = {
    "Timestamp": "03/11/2026 13:05:59",
    "Is a child suffering, or likely to suffer, significant harm?": "No",
    "Your name": "Winifred Sallow",
    "Your role": "Lead practitioner",
    "Your agency": "Invented Academy",
    "Your work email": "w.sallow@invented-academy.example",
    "Name of the child": "Casper Nightingale {n}",
    "Date of birth of the child": "04/12/2011",
    "Cluster": "East",
    "Which criterion of the panel does the case meet?": "No improvement",
    "Why should the panel see this case?": "Three reviews of the plan, and less of school than before.",
    "Which service is the case open to?": "Early Help",
    "Which needs does the family have?": "Poor attendance, Parental mental health",
    "What did the family say?": "Agreed",
}
_PUPIL: Final = (
    "<Pupil><UPN>N810999925001</UPN><Surname>Pennyworth{n}</Surname><Forename>Osian</Forename><DOB>2015-03-14</DOB>"
    "<Sex>M</Sex><Address><BS7666Address><PAON>4</PAON><Street>Invented Row</Street></BS7666Address><PostCode>ZZ99 3VZ"
    "</PostCode></Address><Contacts><Contact><Surname>Pennyworth</Surname><Forename>Bron</Forename><Relationship>PAM"
    "</Relationship></Contact></Contacts></Pupil>\n"
)
_STUDENT: Final = {
    "id": "A{n}", "upi": "U{n}", "mis_id": "{n}", "legal_surname": "Pennyworth{n}", "legal_forename": "Osian",
    "surname": "Pennyworth", "forename": "Osian", "gender": "MALE", "date_of_birth": {"date": "2015-03-14 00:00:00"},
    "education_details": {"data": {"upn": "N810999925001", "current_nc_year": "5", "admission_number": "{n}"}},
    "contacts": {"data": [{"id": "C1", "forename": "Bron", "surname": "Pennyworth"}]},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """One format: the mapping that reads it, how its file begins and ends, and one record of it."""

    mapping: str
    head: str
    record: str
    tail: str
    between: str = ""


def _row(cells: list[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()


KINDS: Final = {
    "csv": Kind("google_forms/leicester_masp_referral", _row([*_FORM]), _row([*_FORM.values()]), ""),
    "xml": Kind(
        "ctf/pupil",
        '<?xml version="1.0"?>\n<CTfile><Header><CTFversion>25.0</CTFversion></Header><CTFpupilData>\n',
        _PUPIL,
        "</CTFpupilData></CTfile>\n",
    ),
    "json": Kind("mis_json/wonde", '{"data": [', json.dumps(_STUDENT), "]}\n", ",\n"),
}


def measure(stand: Stand) -> list[Measured]:
    """Both sides of each format in turn, then the memory of a small and a large file."""
    rows, rounds = stand.scale.rows, min(3, stand.scale.rounds)
    lines, growth = [], list[float]()
    for goal, kind in (("P14", "xml"), ("P15", "json"), ("P16", "csv")):
        file = write(stand.folder / f"{kind}.file", kind, rows)
        found: dict[str, list[float]] = {"ours": [], "alone": [], "floor": []}
        for turn in range(rounds):
            stand.say(f"reading {rows:,} records of {kind}, round {turn + 1}")
            for side, seconds in found.items():
                seconds.append(run(kind, side, file)["seconds"])
        file.unlink()
        lines += _lines(goal, found, rows)
        stand.say(f"holding {stand.scale.many:,} records of {kind}")
        growth.append(_grown(stand, kind))
    most = f"{max(growth):,.0f} MiB"
    note = f"From {FEW:,} to {stand.scale.many:,} records; xml, json, csv: " + ", ".join(
        f"{one:,.0f}" for one in growth
    )
    return [*lines, Measured(GOALS["P17"], most, "64 MiB", (max(growth) / 64,), f"{note} MiB.")]


def _lines(goal: str, found: dict[str, list[float]], rows: int) -> list[Measured]:
    speeds = {side: f"{rows / median(seconds):,.0f}/s" for side, seconds in found.items()}
    return [
        Measured(GOALS[name], speeds[side], speeds["floor"], pairs(found["floor"], found[side]), note)
        for name, side, note in ((goal, "ours", f"{rows:,} records."), (f"{goal} alone", "alone", ""))
    ]


def _grown(stand: Stand, kind: str) -> float:
    held = []
    for rows in (FEW, stand.scale.many):
        file = write(stand.folder / f"{kind}.file", kind, rows)
        held.append(run(kind, "ours", file)["mebibytes"])
        file.unlink()
    return max(0.0, held[1] - held[0])


def write(file: Path, kind: str, rows: int) -> Path:
    """A file of that many records, each of another child."""
    one = KINDS[kind]
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write(one.head)
        for number in range(rows):
            out.write((one.between if number else "") + one.record.replace("{n}", str(number)))
        out.write(one.tail)
    return file


def run(kind: str, side: str, file: Path) -> dict[str, float]:
    """One side in a process of its own: seconds, records, and the most MiB that it held."""
    command = [sys.executable, "-m", "tests.bench.reading", kind, side, str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3_600, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def ours(kind: str, file: Path, out: Callable[[str], Any]) -> int:
    """Read, map and write every record as the product does. How many there were."""
    mapping = _mapping(kind)
    compiled, count = compile_mapping(mapping), 0
    for item in _items(mapping, file):
        count += 1
        if mapping.match:
            out(orjson.dumps(to_enrichment(compiled, item, "hull")[0]).decode() + "\n")
        elif (referral := to_referral(compiled, item, mapping.council)[0]) is not None:
            out(referral.model_dump_json(exclude_defaults=True) + "\n")
    return count


def alone(kind: str, file: Path, out: Callable[[str], Any]) -> int:
    """Read every record and map none. How many there were."""
    return sum(1 for _ in _items(_mapping(kind), file))


@cache
def _mapping(kind: str) -> FormMapping:
    lists = load_codes(_MAPPINGS / "codes")
    return load_mapping(_MAPPINGS / "sources" / f"{KINDS[kind].mapping}.yaml", lists)[0]


def _items(mapping: FormMapping, file: Path) -> Iterator[SourceRecord]:
    with file.open("rb") as content:
        found = SOURCES[mapping.adapter].read(content, mapping.options)
        yield from (item for item in found if isinstance(item, SourceRecord))


def floor(kind: str, file: Path, out: Callable[[str], Any]) -> int:
    """Parse every record and keep nothing. How many there were."""
    return sum(1 for _ in _PARSERS[kind](file))


def _csv(file: Path) -> Iterator[object]:
    with file.open(encoding="utf-8", newline="") as content:
        yield from csv.DictReader(content)


def _xml(file: Path) -> Iterator[object]:
    for _, element in etree.iterparse(str(file), tag="Pupil"):
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _json(file: Path) -> Iterator[object]:
    with file.open("rb") as content:
        yield from ijson.items(content, "data.item")


_PARSERS: Final[dict[str, Callable[[Path], Iterator[object]]]] = {"csv": _csv, "xml": _xml, "json": _json}


def main(kind: str, side: str, file: str) -> None:
    """One side, and what it took, as JSON on standard output."""
    work = {"ours": ours, "alone": alone, "floor": floor}[side]
    _mapping(kind)  # loaded once for any number of records, so not counted
    with open("/dev/null", "w", encoding="utf-8") as out:
        began = time.perf_counter()
        count = work(kind, Path(file), out.write)
        seconds = time.perf_counter() - began
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "records": count, "mebibytes": held}))


if __name__ == "__main__":
    main(*sys.argv[1:])

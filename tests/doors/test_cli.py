"""The command line in this process: what it prints, where, and with which exit code."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sqlalchemy import func, select

from gateway.config.catalogue import Catalogue
from gateway.flows.mapping.samples import ANY_COUNCIL
from gateway.main import build
from gateway.record.note import Key
from gateway.settings import demo_settings
from gateway.store.sqlite import driver
from gateway.store.tables import ENTRY
from gateway.store.writer import Write
from tests.adapters.conftest import pack
from tests.doors.conftest import Run, have_read
from tests.flows.bundles import bundle
from tests.running import ROOT, SAMPLES, a_hull_referral, as_bytes, until

SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "contracts" / "schemas" / "referral.json").read_bytes()))


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, catalogue: Catalogue) -> Path:
    """An empty folder to work in, and the catalogue that is loaded already."""
    monkeypatch.chdir(tmp_path)
    have_read(monkeypatch, catalogue, "converting", "exporting", "files", "receiving", "serving", "record")
    return tmp_path


# check and schemas ---------------------------------------------------------------------------------------------------


def test_check_of_the_shipped_mappings_finds_nothing(run: Run) -> None:
    code, out, err = run("check", "--mappings", ROOT / "mappings")
    assert (code, out, "Nothing wrong" in err) == (0, "", True)
    assert any(line.startswith("Kent: no postcodes are entered.") for line in err.splitlines())


def test_check_names_file_line_column_and_the_nearest_right_name(run: Run, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    file = tmp_path / "mappings" / "sources" / "govuk_forms" / "tower_hamlets_enquiry.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines) if "to: referrer.agency" in line)
    column = lines[number].index("referrer.agency") + 1
    lines[number] = lines[number].replace("referrer.agency", "referrer.agncy")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, _, err = run("check", "--mappings", tmp_path / "mappings")
    (told,) = [line for line in err.splitlines() if "tower_hamlets_enquiry.yaml" in line]
    assert code == 2
    assert f"tower_hamlets_enquiry.yaml:{number + 1}:{column}:" in told
    assert "agency" in told.partition("expected")[2]


def test_check_of_a_folder_without_mappings_is_misuse(run: Run, tmp_path: Path) -> None:
    code, _, err = run("check", "--mappings", tmp_path / "nothing")
    assert (code, err.strip() != "") == (2, True)


def test_the_published_schemas_are_current(run: Run) -> None:
    assert run("schemas", "--check", "--folder", ROOT / "contracts" / "schemas")[0] == 0


def test_a_schema_that_is_not_current_is_named(run: Run, tmp_path: Path) -> None:
    code, _, err = run("schemas", "--check", "--folder", tmp_path)
    assert (code, "openapi.json" in err) == (2, True)


# convert -------------------------------------------------------------------------------------------------------------


def samples() -> list[Path]:
    """Samples that ask one of the five councils for help; those that only enrich a request convert to nothing."""
    found = [path for path in sorted(SAMPLES.glob("*/samples/*")) if not path.name.endswith(".jsonl")]
    return [path for path in found if first_expected(path).get("council") not in (None, ANY_COUNCIL)]


def council_of(sample: Path) -> str:
    """The council that the referral expected of a sample is for."""
    return str(first_expected(sample)["council"])


def first_expected(sample: Path) -> Any:
    return json.loads(sample.with_suffix(".expected.jsonl").read_text(encoding="utf-8").partition("\n")[0])


@pytest.mark.parametrize("sample", samples(), ids=lambda path: f"{path.parents[1].name}/{path.stem}")
def test_convert_prints_json_lines_that_the_published_schema_allows(run: Run, sample: Path) -> None:
    source = sample.parents[1].name
    code, out, err = run("convert", "--source", source, "--council", council_of(sample), sample)
    documents = [json.loads(line) for line in out.splitlines()]
    assert documents
    for document in documents:
        SCHEMA.validate(document)
    assert code == (1 if "rejected." in err else 0)
    assert err.count("100% accounted for") == len(documents)


@pytest.mark.parametrize("sample", samples(), ids=lambda path: f"{path.parents[1].name}/{path.stem}")
def test_the_ledger_of_each_sample_sums_to_all_its_leaves(run: Run, sample: Path) -> None:
    source = sample.parents[1].name
    _, _, err = run("convert", "--source", source, "--council", council_of(sample), sample)
    for leaves, sums in re.findall(r"(\d+) leaves, 100% accounted for: (.*)\.", err):
        assert sum(int(part.split()[0]) for part in sums.split(", ")) == int(leaves)


def test_convert_exits_1_when_a_record_was_rejected_and_prints_the_others(run: Run, tmp_path: Path) -> None:
    sheet = "upn,reason,agreement,referrer_name\nA1,Help.,given,Sam Okoro\nA2,Help.,given,Sam Okoro\n"
    (tmp_path / "x.zip").write_bytes(
        pack({"referral.csv": sheet, "pupils.csv": "UPN,Forename,Surname,DOB\nA1,Maya,Fernsby,14/03/2017\n"})
    )
    code, out, err = run("convert", "--source", "school", "--council", "hull", tmp_path / "x.zip")
    assert (code, len(out.splitlines()), "1 rejected." in err) == (1, 1, True)


def test_convert_of_an_unreadable_file_exits_1_and_goes_on_with_the_next(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_bytes(b"{")
    good = SAMPLES / "govuk_forms" / "samples" / "agreed.json"
    code, out, err = run(
        "convert", "--source", "govuk_forms", "--council", "tower_hamlets", tmp_path / "broken.json", good
    )
    assert (code, len(out.splitlines())) == (1, 1)
    assert "line 1, column" in err


MISUSE = {
    "an unknown source": ("convert", "--source", "nothing", "--council", "hull"),
    "an unknown council": ("convert", "--source", "school", "--council", "nowhere"),
    "a source of another council": ("convert", "--source", "moj_forms", "--council", "hull"),
    "an unknown sender": ("receive", "--source", "school", "--council", "hull", "--sender", "nobody"),
    "an unknown council to receive for": ("receive", "--source", "school", "--council", "x", "--sender", "nobody"),
    "an unknown source to receive": ("receive", "--source", "x", "--council", "hull", "--sender", "invented_academy"),
}


@pytest.mark.parametrize("words", MISUSE.values(), ids=list(MISUSE))
def test_misuse_exits_2_and_says_what_there_is(run: Run, words: tuple[str, ...]) -> None:
    code, out, err = run(*words, SAMPLES / "school" / "samples" / "hull_four_pupils")
    assert (code, out, err.strip() != "") == (2, "", True)


def test_a_file_that_is_not_there_exits_2(run: Run) -> None:
    assert run("convert", "--source", "school", "--council", "hull", "nothing.zip")[0] == 2


def test_a_misspelt_setting_exits_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_MAPINGS", "x")
    code, _, err = run("convert", "--source", "school", "--council", "hull", SAMPLES)
    assert (code, "Did you mean GATEWAY_MAPPINGS?" in err) == (2, True)


# preview -------------------------------------------------------------------------------------------------------------


def test_preview_prints_the_decision_and_sends_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_bytes(as_bytes(a_hull_referral()))
    code, out, _ = run("preview", tmp_path / "one.json", "--sender", "invented_academy", "--json")
    told = json.loads(out)
    assert (code, told["say"]) == (0, "Nothing has been sent.")
    assert told["records"][0]["decisions"][0]["outcome"] == "share"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.json"]


def test_preview_says_in_words_what_would_happen(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_bytes(as_bytes(a_hull_referral()))
    code, out, _ = run("preview", tmp_path / "one.json", "--sender", "invented_academy")
    first, *rest = out.splitlines()
    assert (code, first.partition(". ")[0]) == (0, "Nothing has been sent")
    assert {"THE CHILD", "Why", "What would go", "Details for the file"} <= {line.split(", FOR")[0] for line in rest}


def test_a_preview_without_a_sender_is_decided_as_if_one_had_sent_it_who_may(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_bytes(as_bytes(a_hull_referral()))
    _, out, _ = run("preview", tmp_path / "one.json")
    assert out.startswith("Nothing has been sent. This is what would happen if it came from Invented Academy, Hull.")
    assert "THE CHILD, FOR PARENTING SUPPORT" in out.splitlines()


def test_preview_takes_one_referral_on_each_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "two.jsonl").write_bytes(as_bytes(a_hull_referral()) + b"\n" + as_bytes(a_hull_referral()) + b"\n")
    code, out, _ = run("preview", tmp_path / "two.jsonl")
    assert (code, out.count("Nothing has been sent.")) == (0, 2)


def test_preview_for_a_sender_that_does_not_exist_is_misuse(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_bytes(as_bytes(a_hull_referral()))
    code, out, err = run("preview", tmp_path / "one.json", "--sender", "invented_acadmy")
    assert (code, out, "invented_academy" in err) == (2, "", True)


def test_preview_of_what_is_no_referral_exits_1_and_names_the_place(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_bytes(as_bytes(a_hull_referral(harm={"level": "bad"})))
    code, _, err = run("preview", tmp_path / "one.json")
    assert (code, "/harm/level" in err) == (1, True)


# policy --------------------------------------------------------------------------------------------------------------


def test_policy_show_prints_the_tables_in_words_and_the_promises_that_every_policy_keeps(run: Run) -> None:
    code, out, err = run("policy", "show", "--council", "hull", "--proposal", ROOT / "mappings")
    assert code == 0, err
    assert "G-502: path is early help or update, and agreement is refused" in out
    assert "a no is a no: Where the family refused" in out


# receive and record, on a store of our own ---------------------------------------------------------------------------


@pytest.fixture
def kept(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A demonstration's store with one batch in it, and no gateway running."""
    monkeypatch.setenv("GATEWAY_SEAL_EVERY", "0.01")
    sample = SAMPLES / "school" / "samples" / "hull_four_pupils"
    words = ("--source", "school", "--council", "hull", "--sender", "invented_academy", "--demo")
    code, _, err = run("receive", *words, sample)
    assert code == 0, err
    return tmp_path / "data" / "demo" / "gateway.db"


def test_receive_without_a_running_gateway_takes_the_store_for_that_moment(run: Run, kept: Path) -> None:
    assert kept.exists()


def test_receive_of_the_same_file_again_is_safe(run: Run, kept: Path) -> None:
    sample = SAMPLES / "school" / "samples" / "hull_four_pupils"
    words = ("--source", "school", "--council", "hull", "--sender", "invented_academy", "--demo")
    first, second = run("receive", *words, sample), run("receive", *words, sample)
    assert first == second


def test_receive_says_how_old_the_data_is(run: Run, kept: Path) -> None:
    sample = SAMPLES / "liquidlogic" / "samples" / "kent_step_downs"
    words = ("--source", "liquidlogic", "--council", "kent", "--sender", "social_work", "--demo")
    _, _, err = run("receive", *words, sample)
    assert "Data as of 20 October 2026, nightly export." in err


@pytest.fixture
def eleven(tmp_path: Path) -> Path:
    """An export of one child more than may come without a person's word."""
    file = tmp_path / "eleven.json"
    file.write_bytes(bundle(*range(1, 12)))
    return file


TO_LEICESTER = ("--source", "liquidlogic", "--council", "leicester", "--sender", "social_care", "--demo")


def test_settled_55_receive_of_eleven_children_says_how_to_confirm_each(run: Run, eleven: Path) -> None:
    code, _, err = run("receive", *TO_LEICESTER, eleven)
    assert (code, err.count(": not confirmed."), "--confirmed-by" in err, "Fernsby" in err) == (1, 11, True, False)


def test_settled_55_receive_takes_the_records_that_are_confirmed(run: Run, eleven: Path) -> None:
    places = [line.split(": ")[1] for line in run("receive", *TO_LEICESTER, eleven)[2].splitlines()[1:12]]
    named = ("--confirmed-by", "Sam Okoro", "--confirm", places[0], "--confirm", places[3])
    code, _, err = run("receive", *TO_LEICESTER, *named, eleven)
    assert (code, err.count("Nobody has confirmed this child"), "9 not accepted." in err) == (1, 9, True)


def test_receive_without_a_terminal_cannot_ask(run: Run, eleven: Path) -> None:
    code, _, err = run("receive", *TO_LEICESTER, "--confirmed-by", "Sam Okoro", eleven)
    assert (code, "there is no terminal to ask at" in err) == (1, True)


def test_a_position_that_needs_no_confirmation_is_said(run: Run, eleven: Path) -> None:
    named = ("--confirmed-by", "Sam Okoro", "--confirm", "row 99")
    code, _, err = run("receive", *TO_LEICESTER, *named, eleven)
    assert (code, "row 99: no record there" in err, "nobody was confirmed" in err) == (1, True, True)


def test_to_confirm_needs_a_name(run: Run, eleven: Path) -> None:
    assert run("receive", *TO_LEICESTER, "--confirm", "row 1", eleven)[0] == 2


def test_settled_58_export_writes_the_lists_of_annex_a(run: Run, kept: Path, tmp_path: Path) -> None:
    words = ("--council", "hull", "--from", "2020-01-01", "--until", "2040-01-01", "--by", "Sam Okoro", "--demo")
    code, _, err = run("export", "annex-a", *words, "--to", tmp_path / "out")
    assert code == 0, err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["List 1.csv", "List 2.csv", "List 3.csv"]


def test_an_export_of_days_that_end_before_they_begin_is_refused(run: Run, tmp_path: Path) -> None:
    words = ("--council", "hull", "--from", "2026-01-02", "--until", "2026-01-01", "--by", "Sam Okoro", "--demo")
    assert run("export", "annex-a", *words, "--to", tmp_path / "out")[0] == 2


def test_receive_of_what_cannot_be_read_exits_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK")
    words = ("--source", "school", "--council", "hull", "--sender", "invented_academy", "--demo")
    code, _, err = run("receive", *words, tmp_path / "broken.zip")
    assert (code, "1 not accepted." in err) == (1, True)


def test_settled_26_a_file_over_the_limit_is_refused_before_it_is_read(run: Run, tmp_path: Path) -> None:
    with open(tmp_path / "vast.csv", "wb") as file:
        file.truncate(1 << 40)  # more than any machine that runs this could hold
    code, _, err = run("receive", *TO_LEICESTER, tmp_path / "vast.csv")
    assert (code, "Too large. At most 20,971,520 bytes" in err, "gateway receive" in err) == (1, True, False)


def test_the_tables_of_a_folder_are_counted_before_they_are_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    for name in "ab":
        with open(tmp_path / "tables" / f"{name}.csv", "wb") as file:
            file.truncate(11_000_000)
    code, _, err = run("receive", *TO_LEICESTER, tmp_path / "tables")
    assert (code, "Too large" in err) == (1, True)


def test_a_folder_within_a_folder_of_tables_is_refused_and_the_next_file_goes_on(
    run: Run, eleven: Path, tmp_path: Path
) -> None:
    (tmp_path / "tables" / "old").mkdir(parents=True)
    code, _, err = run("receive", *TO_LEICESTER, tmp_path / "tables", eleven)
    assert (code, "expected a folder of tables only" in err, "2 not accepted." in err) == (1, True, True)


def settle_seals(store: Path, catalogue: Any) -> None:
    """Open the store until its sealer has sealed everything."""
    with build(demo_settings(store.parent), catalogue) as gateway:
        waiting = select(func.count()).where(ENTRY.c.idx.is_(None))
        sealed = lambda: gateway.writer.run(Write(lambda tx: tx.execute(waiting).scalar() == 0))  # noqa: E731
        asyncio.run(until(sealed))


def test_record_verify_of_the_store_says_verified(run: Run, kept: Path, catalogue: Any) -> None:
    settle_seals(kept, catalogue)
    code, _, err = run("record", "verify", "--demo")
    assert (code, err.splitlines()[-1]) == (0, "record verified")


def test_record_verify_names_the_entry_that_was_tampered_with(run: Run, kept: Path, catalogue: Any) -> None:
    settle_seals(kept, catalogue)
    with driver().connect(kept) as raw:
        raw.execute(
            "UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), 'decision', 'decisian') AS BLOB) WHERE idx = 1"
        )
    raw.close()
    code, _, err = run("record", "verify", "--demo")
    assert (code, "record verified" in err) == (1, False)
    assert "entry 1" in err.lower() or "index 1" in err.lower()


def test_record_export_is_verified_elsewhere_with_only_the_public_key(
    run: Run, kept: Path, catalogue: Any, tmp_path: Path
) -> None:
    settle_seals(kept, catalogue)
    bundle = tmp_path / "hull.jsonl"
    assert run("record", "export", "--council", "hull", "--to", bundle, "--demo")[0] == 0
    key = run("record", "key", "--council", "hull", "--demo")[1].strip()
    shutil.rmtree(kept.parent)
    code, _, err = run("record", "verify", "--bundle", bundle, "--key", key)
    assert (code, err.splitlines()[-1]) == (0, "bundle verified")
    assert bundle.stat().st_mode & 0o077 == 0


def test_an_evidence_zip_is_verified_by_the_file_that_comes_in_it_with_the_words_of_its_policy(
    run: Run, kept: Path, catalogue: Any, tmp_path: Path
) -> None:
    settle_seals(kept, catalogue)
    evidence = tmp_path / "hull.zip"
    assert run("record", "export", "--council", "hull", "--to", evidence, "--demo")[0] == 0
    key = run("record", "key", "--council", "hull", "--demo")[1].strip()
    shutil.rmtree(kept.parent)
    alone = tmp_path / "elsewhere"
    with zipfile.ZipFile(evidence) as archive:
        archive.extract("verify_evidence.py", alone)
        (policy,) = (name for name in archive.namelist() if name.startswith("policies/"))
        assert "id: G-502" in archive.read(policy).decode()
        assert key in archive.read("HOW-TO-CHECK.txt").decode()
    command = [sys.executable, "-I", "-S", alone / "verify_evidence.py", evidence, "--key", key]
    done = subprocess.run(command, cwd=alone, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"decided by policy {policy[9:-4]}, whose words are here" in done.stdout


def test_a_bundle_with_one_changed_byte_is_not_verified(run: Run, kept: Path, catalogue: Any, tmp_path: Path) -> None:
    settle_seals(kept, catalogue)
    bundle = tmp_path / "hull.jsonl"
    run("record", "export", "--council", "hull", "--to", bundle, "--demo")
    key = run("record", "key", "--council", "hull", "--demo")[1].strip()
    bundle.write_bytes(bundle.read_bytes().replace(b"invented_academy", b"invented_acadamy", 1))
    assert run("record", "verify", "--bundle", bundle, "--key", key)[0] == 1


def test_record_key_prints_a_key_for_each_council(run: Run, kept: Path) -> None:
    keys = [Key.parse(line) for line in run("record", "key", "--demo")[1].splitlines()]
    councils = sorted(folder.name for folder in (ROOT / "mappings" / "councils").iterdir())
    assert [key.name.rpartition("/")[2] for key in keys] == councils


def test_a_key_of_no_council_verifies_nothing(run: Run, kept: Path) -> None:
    key = run("record", "key", "--council", "hull", "--demo")[1].strip()
    code, _, err = run("record", "verify", "--demo", "--council", "leicester", "--key", key)
    assert (code, "record verified" in err) == (2, False)


def test_an_export_of_a_referral_nobody_knows_says_so(run: Run, kept: Path, tmp_path: Path) -> None:
    code, _, err = run(
        "record", "export", "--council", "hull", "--to", tmp_path / "x", "--referral", "a" * 26, "--demo"
    )
    assert (code, "No sealed entry" in err) == (1, True)


def test_record_verify_without_a_store_is_told_in_words(run: Run) -> None:
    code, _, err = run("record", "verify", "--demo")
    assert (code, err.strip() != "") == (2, True)


@pytest.mark.parametrize(
    "verb",
    [
        "run",
        "serve",
        "work",
        "demo",
        "check",
        "schemas",
        "convert",
        "preview",
        "receive",
        "record",
        "export",
        "db",
        "keys",
    ],
)
def test_every_verb_has_help(run: Run, verb: str) -> None:
    code, out, _ = run(verb, "--help")
    assert (code, "Usage" in out) == (0, True)


def test_a_fault_of_our_own_is_told_without_its_text(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(root: Path) -> None:
        raise RuntimeError("Quillfeather")

    monkeypatch.setattr("gateway.doors.cli.converting.load_checked", broken)
    code, _, err = run("convert", "--source", "school", "--council", "hull", SAMPLES)
    assert (code, "Quillfeather" in err, "RuntimeError in test_cli.py:broken" in err) == (3, False, True)


def test_convert_loads_neither_door_nor_store() -> None:
    """Most of its memory was what it never used: the web framework, the database, the HTTP client."""
    program = (
        "import sys; from gateway.doors.cli import main; sys.argv = ['gateway', *sys.argv[1:]]\n"
        "try: main()\n"
        "except SystemExit as ended: code = ended.code\n"
        "heavy = ('sqlalchemy', 'fastapi', 'starlette', 'uvicorn', 'aiohttp', 'httpx2', 'boto3', 'asyncssh')\n"
        "print(code or 0, [name for name in heavy if name in sys.modules])"
    )
    words = ("convert", "--source", "google_forms", "--council", "leicester")
    sample = SAMPLES / "google_forms" / "samples" / "referrals.csv"
    command = [sys.executable, "-c", program, *words, str(sample)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"

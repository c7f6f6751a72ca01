"""`gateway policy`: read the sharing tables in words, try a proposal on what came before, approve it, publish it."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from contracts.council import Council as CouncilSettings
from contracts.errors import ConfigError, NotFound
from gateway.config.catalogue import Catalogue
from gateway.config.policy import Policy, in_words
from gateway.config.policytext import read_policy
from gateway.config.tables import load_policy
from gateway.config.yamlfile import told as told_fault
from gateway.doors.cli.reaching import reach
from gateway.doors.cli.telling import say
from gateway.doors.policy import PATH, act
from gateway.flows.acting import acting
from gateway.flows.policy.changefile import changes
from gateway.flows.policy.policies import words_in_force, words_of
from gateway.flows.policy.rehearse import Days, rehearsed, said_of
from gateway.main import load_checked
from gateway.path import proving
from gateway.path.calendar import LONDON
from gateway.path.invariants import INVARIANTS
from gateway.path.loosening import loosened
from gateway.path.rehearsing import Rehearsal
from gateway.path.versus import versus
from gateway.settings import Settings, demo_settings, load_settings
from gateway.store.engine import Opened, open_engine

Council = Annotated[str, typer.Option(help="Whose policy.")]
Proposal = Annotated[Path, typer.Option(help="The folder of mappings that holds the proposal.")]
By = Annotated[str, typer.Option(help="Who you are: the name in the council's people.yaml.")]
Role = Annotated[str, typer.Option(help="The duty role you act in.")]
Demo = Annotated[bool, typer.Option("--demo", help="The demonstration's store, as `make run` makes it.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    policy = typer.Typer(
        no_args_is_help=True, help="The sharing tables: read, check, compare, rehearse, approve, publish."
    )
    for verb in (show, check, compare, propose, rehearse, approve, publish, file):
        policy.command()(verb)
    app.add_typer(policy, name="policy")


def show(
    council: Council,
    sha256: Annotated[str, typer.Option(help="An earlier policy, as a decision names it.")] = "",
    proposal: Annotated[Path | None, typer.Option(help="A folder of mappings, instead of what is in force.")] = None,
    demo: Demo = False,
) -> None:
    """Print the tables in words: those in force, those of an earlier decision, or those of a proposal."""
    settings = _settings(demo)
    if proposal is not None:
        policy = _proposed(proposal, council)
    elif sha256:
        with _reading(settings).read(council) as connection:
            text = words_of(connection, council, sha256)
        if not text:
            raise NotFound("No policy of that SHA-256 was ever published here.")
        policy, _ = read_policy(text)
    else:
        policy = _in_force(settings, load_checked(settings.mappings), council)
    sys.stdout.write(f"{policy.title} {policy.id} {policy.version}, SHA-256 {policy.digest}\n")
    if policy.review_by:
        sys.stdout.write(f"To be reviewed by {policy.review_by.isoformat()}.\n")
    for table in policy.tables:
        sys.stdout.write("\n" + "\n".join(in_words(table)) + "\n")
    answers = "".join(f"{answer.code}: {answer.title}. {answer.say}\n" for answer in policy.answers.values())
    sys.stdout.write(f"\nWhat a person may answer to a hold or a task\n{answers}")
    if not sha256:
        promises = "".join(f"{one.name}: {one.say}\n" for one in INVARIANTS)
        sys.stdout.write(f"\nPromises that every policy keeps, proved before it may be used\n{promises}")


def check(council: Council, proposal: Proposal, demo: Demo = False) -> None:
    """Prove a proposal: no gap, no row that can never decide, every promise kept. Say what it loosens."""
    settings = _settings(demo)
    policy = _proposed(proposal, council)
    faults = proving.faults(policy)
    for fault in faults:
        say(told_fault(fault))
    if faults:
        say(f"{len(faults)} to put right.")
        raise typer.Exit(2)
    looser = loosened(_in_force(settings, load_checked(settings.mappings), council), policy)
    for sentence in policy.overdue(datetime.now(LONDON).date()):
        say(f"Overdue: {sentence}")
    bare = sum(not rule.cites for table in policy.tables for rule in table.rules)
    if bare:
        say(f"{bare} rules do not say what they rest on (`cites`).")
    say(f"Nothing wrong in {policy.id} {policy.version}, SHA-256 {policy.digest}.")
    for sentence in looser:
        say(f"It loosens: {sentence}")
    if not looser:
        say("It loosens nothing, so it may start at once with one approval.")


def compare(council: Council, proposal: Proposal, demo: Demo = False) -> None:
    """Lay a proposal beside what is in force, row by row: new, gone, looser, tighter, or only in other words."""
    settings = _settings(demo)
    now, policy = _in_force(settings, load_checked(settings.mappings), council), _proposed(proposal, council)
    sys.stdout.writelines(f"{line}\n" for line in changes(now, policy, versus(now, policy)))


def propose(
    council: Council,
    proposal: Proposal,
    by: By,
    role: Role,
    why: Annotated[str, typer.Option(help="What it changes, and why: whoever approves it reads this.")],
    demo: Demo = False,
) -> None:
    """Put a proposal forward, so that others find it on the page of rules. Who does never approves it."""
    settings = _settings(demo)
    catalogue, policy = load_checked(settings.mappings), _proposed(proposal, council)
    told = _act(settings, catalogue, council, "propose", policy, by, role, {"why": why})
    say(f"{told['say']} SHA-256 {told['sha256']}")


def rehearse(
    council: Council,
    proposal: Proposal,
    by: By,
    role: Role,
    purpose: Annotated[str, typer.Option(help="Why you look at what was decided: it goes into the record.")],
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; 90 days ago if left out.")
    ] = None,
    demo: Demo = False,
) -> None:
    """Decide what came before under the proposal: whom it would have treated differently. Nothing is sent."""
    settings = _settings(demo)
    catalogue = load_checked(settings.mappings)
    person = acting(_council(catalogue, council), by, role)
    person.must_be_let("policy.rehearse")
    policy = _proposed(proposal, council)
    first = since.replace(tzinfo=LONDON) if since else datetime.now(LONDON) - timedelta(days=90)
    days = Days(int(first.timestamp() * 1_000), time.time_ns() // 1_000_000 + 1)
    done = _replayed(settings, council, _in_force(settings, catalogue, council), policy, days)
    _act(settings, catalogue, council, "rehearsed", policy, by, role, {"said": said_of(done, purpose, days)})
    _tell(policy, done)


def approve(council: Council, proposal: Proposal, by: By, role: Role, demo: Demo = False) -> None:
    """Approve a proposal's words: an entry of the record that names their SHA-256."""
    settings = _settings(demo)
    told = _act(settings, load_checked(settings.mappings), council, "approve", _proposed(proposal, council), by, role)
    say(f"{told['say']} SHA-256 {told['sha256']}")


def publish(
    council: Council,
    proposal: Proposal,
    by: By,
    role: Role,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Start now instead of on its own day: only for what loosens nothing.")
    ] = False,
    demo: Demo = False,
) -> None:
    """Put a proposal in force from its own day, once it is rehearsed and approved by two people in two roles."""
    settings = _settings(demo)
    catalogue, policy = load_checked(settings.mappings), _proposed(proposal, council)
    told = _act(settings, catalogue, council, "publish", policy, by, role, {"at_once": at_once})
    say(told["say"])


def file(
    council: Council,
    sha256: Annotated[str, typer.Option(help="The version, by the SHA-256 of its words.")],
    by: By,
    role: Role,
    demo: Demo = False,
) -> None:
    """Print the change file of a version: what changed, why, how it was tried, who approved it."""
    settings = _settings(demo)
    catalogue = load_checked(settings.mappings)
    _council(catalogue, council)
    asked = {"act": "file", "council": council, "by": by, "role": role, "sha256": sha256}
    sys.stdout.write(str(reach(settings, catalogue, PATH, asked, act)["text"]))


def _replayed(settings: Settings, council: str, now: Policy, proposal: Policy, days: Days) -> Rehearsal:
    """The rehearsal, with a bar on a terminal."""
    store = _reading(settings)
    try:
        with Progress(
            TextColumn("{task.completed:,} of {task.total:,} decisions"),
            BarColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        ) as bar:
            task = bar.add_task("", total=0)
            told = lambda at, of: bar.update(task, completed=at, total=of)  # noqa: E731
            return rehearsed(store, council, now, proposal, days, told)
    finally:
        store.close()


def _act(
    settings: Settings,
    catalogue: Catalogue,
    council: str,
    what: str,
    policy: Policy,
    by: str,
    role: str,
    more: dict[str, object] | None = None,
) -> dict[str, str]:
    asked = {"act": what, "council": council, "by": by, "role": role, "text": policy.text} | (more or {})
    return reach(settings, catalogue, PATH, asked, act)


def _settings(demo: bool) -> Settings:
    return demo_settings() if demo else load_settings()


def _council(catalogue: Catalogue, council: str) -> CouncilSettings:
    if council not in catalogue.councils:
        raise ConfigError(f"There is no council {council}. There are: {', '.join(catalogue.councils)}.")
    return catalogue.councils[council]


def _proposed(folder: Path, council: str) -> Policy:
    """A proposal as its files have it. Raises ConfigError, with file, line and column."""
    own = folder / "councils" / council
    if not own.is_dir():
        raise ConfigError(f"{folder} has no councils/{council}. Name a folder of mappings: a copy of yours, changed.")
    return load_policy(folder / "sharing", own / "rules.yaml")


def _in_force(settings: Settings, catalogue: Catalogue, council: str) -> Policy:
    """What decides now: as published, or as the files have it where nothing is."""
    _council(catalogue, council)
    if settings.store.startswith("sqlite") and not Path(settings.store.removeprefix("sqlite:///")).exists():
        return catalogue.policies[council]
    store = _reading(settings)
    try:
        with store.read(council) as connection:
            text = words_in_force(connection, council, time.time_ns() // 1_000_000)
    finally:
        store.close()
    return read_policy(text)[0] if text else catalogue.policies[council]


def _reading(settings: Settings) -> Opened:
    return open_engine(
        settings.store, demo=settings.demo, reader_url=settings.reader_store, read_only=True, keys=settings.keys
    )


def _tell(policy: Policy, done: Rehearsal) -> None:
    say(f"{policy.id} {policy.version} on {done.replayed:,} decisions: {done.differing:,} would have been different.")
    if done.cannot:
        say(f"{done.cannot:,} cannot be told: they do not hold every fact that it asks.")
    for (was, would), many in sorted(done.counts.items()):
        mark = "" if was is would else "  ← different"
        sys.stdout.write(f"{many:>8,}  {was.replace('_', ' '):<16} → {would.replace('_', ' '):<16}{mark}\n")
    for one in done.changed:
        asks = f" ({', '.join(one.asks)})" if one.asks else ""
        sys.stdout.write(
            f"{one.referral}  {one.was.replace('_', ' ')} → {one.would_be.replace('_', ' ')} "
            f"by {', '.join(one.rules)}: {one.say}{asks}\n"
        )
    if done.more:
        sys.stdout.write(f"and {done.more:,} more\n")
    say("Nothing was sent, and nothing was decided again.")

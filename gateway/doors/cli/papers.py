"""`gateway paper`: the papers a council needs, filled in from its configuration."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from typing import Annotated

import typer

from contracts.errors import NotFound, StoreRefused
from gateway.config.policytext import read_policy
from gateway.config.yamlfile import unknown
from gateway.doors.cli.telling import say
from gateway.doors.papers import PAPERS, write
from gateway.flows.data_protection import papers
from gateway.flows.policy.policies import words_in_force
from gateway.main import load_checked
from gateway.path.calendar import LONDON
from gateway.settings import Settings, demo_settings, load_settings
from gateway.store.engine import open_engine


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command()(paper)


def paper(
    name: Annotated[str, typer.Argument(help=f"Which one: {', '.join(PAPERS)}.")],
    council: Annotated[str, typer.Argument(help="The council whose configuration fills it in.")],
    demo: Annotated[bool, typer.Option("--demo", help="The demonstration's store, as `make run` makes it.")] = False,
) -> None:
    """Print a paper as Markdown. What only the council can know stays a gap: [the council writes: …]."""
    if name not in PAPERS:
        raise NotFound(f"There is no paper of that name. {unknown(name, PAPERS)}")
    settings = demo_settings() if demo else load_settings()
    catalogue = load_checked(settings.mappings)
    if council not in catalogue.councils:
        raise NotFound(f"There is no council of that name. {unknown(council, catalogue.councils)}")
    words = _words(settings, council)
    policy = read_policy(words)[0] if words else catalogue.policies[council]
    matter = papers.about(catalogue, council, policy, bool(words), settings)
    sys.stdout.write(write(name, papers.facts(matter, datetime.now(LONDON).date())))


def _words(settings: Settings, council: str) -> str:
    """The policy in force; "" where none is published, or there is no store yet that could say so."""
    try:
        store = open_engine(settings.store, demo=settings.demo, reader_url=settings.reader_store, read_only=True)
    except StoreRefused as error:
        say(f"{error} The policy of the files stands in the paper, as not published.")
        return ""
    try:
        with store.read(council) as connection:
            return words_in_force(connection, council, time.time_ns() // 1_000_000)
    finally:
        store.close()

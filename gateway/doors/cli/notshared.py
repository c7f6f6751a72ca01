"""`gateway record not-shared`: the decisions not to share, listed, counted, and written for a spreadsheet."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from contracts.errors import ConfigError
from gateway.config.catalogue import load_catalogue
from gateway.doors.cli.receipts import Council, Demo, for_us, reading
from gateway.doors.cli.telling import say
from gateway.flows.oversight.not_shared import NotShared, as_csv, counted, not_shared
from gateway.path.answered import REFUSALS
from gateway.settings import demo_settings, load_settings


def list_not_shared(
    council: Council,
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    until: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day.")],
    csv: Annotated[Path | None, typer.Option(help="Write the list as CSV into this file instead.")] = None,
    demo: Demo = False,
) -> None:
    """Decisions not to share: when, why, by whom, and when each is looked at again. It names no family."""
    settings = demo_settings() if demo else load_settings()
    catalogue = load_catalogue(settings.mappings)
    if council not in catalogue.councils:
        raise ConfigError(f"There is no council {council}. There are: {', '.join(catalogue.councils)}.")
    says = {rule.id: rule.hit.say for table in catalogue.policies[council].tables for rule in table.rules}
    says |= {hit.rule: hit.say for hit in REFUSALS.values()}
    store = reading(settings)
    try:
        with store.read(council) as connection:
            found = not_shared(connection, council, says, since.date(), until.date())
    finally:
        store.close()
    if csv is not None:
        with open(csv, "wb", opener=for_us) as file:
            file.write(as_csv(found))
        say(f"{csv} is written: {len(found):,} decisions not to share.")
        return
    for one in found:
        sys.stdout.write(_line(one))
    for rules, reason, count in counted(found):
        say(f"{count:>6,}  {rules}: {reason}")
    say(f"{len(found):,} decisions not to share, {sum(one.stands for one in found):,} of which stand.")


def _line(one: NotShared) -> str:
    review = f"looked at again on {one.review:%-d %B %Y}" if one.review else "no day set for a review"
    stands = "" if one.stands else ", no longer stands"
    return f"{one.on:%-d %B %Y}  {one.referral}  {', '.join(one.rules)}  by {one.by}, {review}{stands}\n"

"""Asks the desk, as one person in one role: through the gateway that owns the store or, with none running, in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from gateway.doors.cli.files import Council, Demo, rules_of
from gateway.doors.cli.reaching import reaching
from gateway.doors.people import PATH, at_desk
from gateway.main import load_checked
from gateway.settings import demo_settings, load_settings

By = Annotated[str, typer.Option(help="Who you are: the name you are listed with in the council's people.yaml.")]
Role = Annotated[str, typer.Option(help="The duty role you act in, such as hub_duty.")]

__all__ = ["Ask", "By", "Council", "Demo", "Role", "ask", "asking"]


Ask = Callable[[str, Mapping[str, str]], Any]
"""Asks the desk one verb, with what is given beside who asks."""


def ask(verb: str, demo: bool, asked: Mapping[str, str]) -> Any:
    """What the desk answers. Raises what the desk raises."""
    with asking(demo, asked) as one:
        return one(verb, {})


@contextmanager
def asking(demo: bool, who: Mapping[str, str]) -> Iterator[Ask]:
    """The same for several verbs: what one of them begins goes on while the next ones are asked."""
    settings = demo_settings() if demo else load_settings()
    catalogue = load_checked(settings.mappings)
    rules_of(catalogue, who["council"])
    with reaching(settings, catalogue) as reach:
        yield lambda verb, asked: reach(f"{PATH}{verb}", {**who, **asked}, at_desk(verb))["told"]

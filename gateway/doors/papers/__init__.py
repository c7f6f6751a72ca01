"""The papers that come with the gateway, filled in from a council's configuration; what only it can know is a gap."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

PAPERS: Final[Mapping[str, tuple[str, str]]] = {
    "dpia": ("Data protection impact assessment", "Before the first real family: Article 35 asks for it here."),
    "ropa": ("Rows for the record of processing", "For the council’s register under Article 30."),
    "sharing-schedule": ("Schedule to a sharing agreement", "What each hub may have, group by group."),
    "privacy-notice": ("Privacy notice", "For parents and carers, to be given before anything is sent."),
    "privacy-notice-child": ("Privacy notice for children", "The same for a child or young person."),
    "article-28": ("Note on Article 28 terms", "What the contract with whoever runs the gateway must say."),
    "policy-document": ("Appropriate policy document", "For health and other special category information."),
    "joint-controllers": ("Note for joint controllers", "Where councils share a hub, or a panel decides together."),
    "caf": ("Security: Cyber Assessment Framework", "What stands behind each principle, and what the council shows."),
    "cloud": ("Security: cloud principles", "For the contract with the host, one principle at a time."),
    "dspt": ("NHS Data Security and Protection Toolkit", "Where NHS bodies send requests, or run a hub."),
    "atrs": ("Algorithmic transparency record", "What the rules do by machine, and what people do."),
}
"""Name of a paper → its title, and what it is for."""

GAP: Final = "[the council writes: "
"""How every gap begins; each ends with a closing bracket."""


def write(name: str, facts: Mapping[str, Any]) -> str:
    """One paper as Markdown. `facts` are those of `flows.data_protection.papers`."""
    title, say = PAPERS[name]
    return _papers().get_template(f"{name}.md").render({**facts, "title": title, "for_what": say})


@cache
def _papers() -> Environment:
    # What comes of it is Markdown. Whoever shows that as HTML lets no HTML through.
    env = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701
    )
    env.filters |= {"gap": gap, "day": day, "cell": cell}
    return env


def gap(value: object, what: str) -> str:
    """The value; where there is none, a marked gap that says what the council writes there."""
    return str(value) if value else f"{GAP}{what}]"


def day(value: date) -> str:
    """23 November 2026."""
    return f"{value:%-d %B %Y}"


def cell(value: object) -> str:
    """Text in a cell of a table, on one line."""
    return " ".join(str(value).split()).replace("|", "\\|")

"""How pages are written: GOV.UK's components without its crown and its typeface, and our own few filters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader
from markupsafe import Markup

from adapters.formats.arranging import Page as Arranged
from adapters.formats.arranging import arranged
from contracts.form import Form
from gateway.path.calendar import LONDON
from gateway.path.telling import lower_first

HERE: Final = Path(__file__).resolve().parent
GOVUK: Final = "govuk-6.6.0"
"""The stylesheet and script that come with the components; the name changes with the version, so browsers may keep
them."""

ELSEWHERE: Final = {"task:review_break_glass": "/break-glass/used/", "task:look_at_readers": "/readers?task="}
"""Kind of a task that has a page of its own → how that page's address begins; its id follows."""


@cache
def look() -> Environment:
    """The environment of every template, made once."""
    components = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    env = Environment(
        loader=ChoiceLoader([FileSystemLoader(HERE / "templates"), components]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "when": when,
        "day": day,
        "words": words,
        "many": many,
        "ref": ref,
        "lower_first": lower_first,
        "upper_first": upper_first,
        "coded": coded,
    }
    env.globals |= {"govuk": GOVUK, "elsewhere": ELSEWHERE, "own_form": own_form}
    return env


def write(template: str, values: dict[str, Any]) -> bytes:
    """One page."""
    return look().get_template(template).render(values).encode()


def own_form(referral: Mapping[str, Any], form: Form) -> Arranged:
    """What a sender wrote, in the order and words of a council's own form, safety first (settled 56)."""
    return arranged(orjson.dumps({"referral": referral}), form)


def when(ms: int | None) -> str:
    """22 November 2026, 2:16pm; nothing for no time. Europe/London."""
    if ms is None:
        return ""
    at = datetime.fromtimestamp(ms / 1000, LONDON)
    return f"{at:%-d %B %Y}, {at.hour % 12 or 12}:{at:%M}{'am' if at.hour < 12 else 'pm'}"


def day(value: date | int | str | None) -> str:
    """22 November 2026. Takes a date, one spelt 2026-11-22, or ms UTC."""
    if value is None:
        return ""
    value = date.fromisoformat(value) if isinstance(value, str) else value
    value = datetime.fromtimestamp(value / 1000, LONDON).date() if isinstance(value, int) else value
    return f"{value:%-d %B %Y}"


def words(code: str) -> str:
    """A code that has no words of its own, readable: `share_minimised` is `share minimised`."""
    return code.replace("_", " ").replace(".", ", ")


def many(count: int, one: str, more: str = "") -> str:
    """1 hold, 2 holds."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def upper_first(text: str) -> str:
    """Words at the beginning of a line."""
    return text[:1].upper() + text[1:]


def ref(name: str) -> str:
    """The beginning of a reference: enough to say on the telephone, and to find it by."""
    return name[:8]


def coded(text: str) -> Markup:
    """A sentence of ours, whose settings stand between `` ` ``, as the page shows it."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))

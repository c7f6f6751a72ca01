"""Bars drawn as SVG by the server, to stand beside a table that has the same numbers: no script, no inline style.

Sizes are in em and per cent, so that a drawing fits a phone and grows with the browser's own text size.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

NOT_SHOWN: Final = "small number, not shown"
"""What stands where a number is suppressed. Its bar has no length, so that none can be read off it."""

_LINE: Final = 1.4
_BAR: Final = 1.0
_GAP: Final = 0.7
_CHARACTERS: Final = 34
"""Of a label on one line: what the narrowest phone has room for. SVG does not break lines by itself."""


def bars(title: str, rows: Sequence[tuple[str, float | None]]) -> Markup:
    """A horizontal bar for each row, the longest as wide as the page, each with its label and its number as text.

    title  what is counted; read out, and part of the drawing's ids
    rows   label and value, not below 0; None is a suppressed number. No rows give an empty Markup
    Raises ValueError for a value below 0.
    """
    if not rows:
        return Markup("")
    known = [value for _, value in rows if value is not None]
    if any(value < 0 for value in known):
        raise ValueError("a bar cannot be shorter than nothing")
    most, top, drawn = max(known, default=0), 0.0, Markup("")
    for label, value in rows:
        row, height = _row(label, value, most, top)
        drawn += row
        top += height
    name = "bars-" + hashlib.sha256(repr((title, list(rows))).encode()).hexdigest()[:12]
    return Markup(
        '<svg class="bars" role="img" aria-labelledby="{name}-title" aria-describedby="{name}-desc" '
        'width="100%" height="{height:.1f}em" focusable="false"><title id="{name}-title">{title}</title>'
        '<desc id="{name}-desc">{desc}</desc>{drawn}</svg>'
    ).format(name=name, height=top, title=title, desc=_described(rows), drawn=drawn)


def written(value: float | None) -> str:
    """A number as it stands in a drawing: 1,234 or 12.5; words for one that is suppressed."""
    if value is None:
        return NOT_SHOWN
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def _row(label: str, value: float | None, most: float, top: float) -> tuple[Markup, float]:
    """One row drawn from `top` downwards, and how high it is, in em."""
    lines = textwrap.wrap(f"{label}: {written(value)}", _CHARACTERS) or [""]
    text = Markup("").join(
        Markup('<text x="0" y="{:.2f}em">{}</text>').format(top + _LINE * place - 0.35, line)
        for place, line in enumerate(lines, 1)
    )
    under = top + _LINE * len(lines)
    long = 100 * value / most if value and most else 0
    # A bar of nothing is a line at the left edge: "none" is not the same as "not shown".
    shape = Markup("") if value is None else _bar(under, long)
    return text + shape, _LINE * len(lines) + _BAR + _GAP


def _bar(top: float, long: float) -> Markup:
    width = f"{long:.2f}%" if long else "2"
    return Markup('<rect class="{}" x="0" y="{:.2f}em" width="{}" height="{}em"></rect>').format(
        "bar" if long else "bar-none", top, width, _BAR
    )


def _described(rows: Sequence[tuple[str, float | None]]) -> str:
    told = "; ".join(f"{label}: {written(value)}" for label, value in rows)
    return f"{told}. The table beside it has the same numbers."

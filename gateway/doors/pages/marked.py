"""Markdown of ours as a page shows it: GOV.UK's classes, and no HTML that was written into it."""

from __future__ import annotations

import re
from itertools import count
from typing import Final

from markdown_it import MarkdownIt
from markupsafe import Markup

from gateway.doors.papers import GAP

_CLASSES: Final = {
    "paragraph_open": "govuk-body",
    "bullet_list_open": "govuk-list govuk-list--bullet",
    "ordered_list_open": "govuk-list govuk-list--number",
    "table_open": "govuk-table",
    "thead_open": "govuk-table__head",
    "tbody_open": "govuk-table__body",
    "tr_open": "govuk-table__row",
    "th_open": "govuk-table__header",
    "td_open": "govuk-table__cell",
    "hr": "govuk-section-break govuk-section-break--visible",
}
_HEADINGS: Final = {"h1": "govuk-heading-xl", "h2": "govuk-heading-m", "h3": "govuk-heading-s"}
_GAP: Final = re.compile(re.escape(GAP) + r"[^\]]*\]")
_TABLE: Final = re.compile(r"(<table.*?</table>)", re.DOTALL)

_READER: Final = MarkdownIt("commonmark", {"html": False}).enable("table")


def marked(text: str) -> Markup:
    """The page's own part of it. Gaps that a council fills in are marked."""
    tokens = _READER.parse(text)
    for token in tokens:
        named = _CLASSES.get(token.type) or (_HEADINGS.get(token.tag) if token.type == "heading_open" else None)
        if named:
            token.attrSet("class", named)
        if token.type == "th_open":
            token.attrSet("scope", "col")
        for inner in token.children or ():
            if inner.type == "link_open":
                inner.attrSet("class", "govuk-link")
    html = str(_READER.renderer.render(tokens, _READER.options, {}))
    number = count(1)
    wide = _TABLE.sub(lambda table: _wide(next(number), table.group()), html)
    return Markup(_GAP.sub(lambda gap: f'<mark class="gap">{gap.group()}</mark>', wide))  # noqa: S704 - no HTML gets in


def _wide(number: int, table: str) -> str:
    """A table that is moved sideways by itself where the page is narrow. Each has a name of its own."""
    return f'<div class="wide" tabindex="0" role="region" aria-label="Table {number}">{table}</div>'

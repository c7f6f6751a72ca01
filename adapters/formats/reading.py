"""A message as a person reads it: plain text, or one HTML page that needs nothing but itself and prints well.

The page runs no script and fetches nothing: its own policy forbids both. All that came from outside is escaped.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Final

from adapters.formats.arranging import Answer, Block, Page

_STYLE: Final = """
body{color:#0b0c0c;font:16px/1.4 arial,sans-serif;margin:1.5em auto;max-width:52em;padding:0 1em}
h1{font-size:1.7em;margin:.2em 0}h2{border-bottom:2px solid #0b0c0c;font-size:1.25em;margin:1.4em 0 .4em}
h3{font-size:1.05em;margin:1em 0 .2em}dl{margin:0}dt{font-weight:bold;margin-top:.5em}
dd{margin:0 0 .1em;overflow-wrap:anywhere;white-space:pre-wrap}dd+dd{border-top:1px dotted #b1b4b6}
.banner{border:5px solid #0b0c0c;font-size:1.2em;font-weight:bold;margin:.6em 0;padding:.5em}
.part{color:#484949}.ends{border-top:2px solid #0b0c0c;font-weight:bold;margin-top:1.5em;padding-top:.6em}
@media print{body{font-size:11pt;margin:0;max-width:none}h2,h3,dt{break-after:avoid}dd{orphans:3;widows:3}}
"""
_ONLY_ITSELF: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; "
    f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
)
_SAYS: Final = "Arrived from the Early Help Gateway. Nothing here says that anybody has read it."


def as_text(page: Page) -> str:
    """The page as plain text. What was sent is always set in, so that none of it can pass for a heading of ours."""
    lines = [page.title, f"Reference: {page.reference}", *page.banners, ""]
    for chapter in page.chapters:
        lines += [chapter.title.upper(), ""]
        for block in chapter.blocks:
            lines += _text_of(block)
    return "\n".join((*lines, *filter(None, (page.ends, _SAYS)), ""))


def as_html(page: Page) -> str:
    """The page as one HTML document, UTF-8."""
    parts = [
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_ONLY_ITSELF)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>Early Help request {escape(page.reference)}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>{escape(page.title)}</h1><p>Reference: {escape(page.reference)}</p>",
        *(f'<p class="banner">{escape(banner)}</p>' for banner in page.banners),
    ]
    for chapter in page.chapters:
        parts.append(f"<section><h2>{escape(chapter.title)}</h2>")
        parts += map(_html_of, chapter.blocks)
        parts.append("</section>")
    ends = f'<p class="ends">{escape(page.ends)}</p>' if page.ends else ""
    return "".join((*parts, ends, f"<p>{escape(_SAYS)}</p></main></body></html>"))


def _text_of(block: Block) -> list[str]:
    lines = [f"  {_one_line(block.title)}"] if block.title else []
    for answer in block.answers:
        lines.append(f"  {_one_line(answer.label)}:")
        for place, group in enumerate(answer.groups):
            lines += ["    -"] if place else []
            for line in group:
                first, *more = line.text.split("\n")
                lines.append(f"    {line.label}: {first}" if line.label else f"    {first}")
                lines += [f"      {one}" for one in more]
    return [*lines, ""]


def _html_of(block: Block) -> str:
    title = f'<h3 dir="auto">{escape(block.title)}</h3>' if block.title else ""
    return f"{title}<dl>{''.join(map(_answer_of, block.answers))}</dl>"


def _answer_of(answer: Answer) -> str:
    said = ("\n".join(_value_of(line.label, line.text) for line in group) for group in answer.groups)
    return f'<dt dir="auto">{escape(answer.label)}</dt>' + "".join(f"<dd>{one}</dd>" for one in said)


def _value_of(label: str, text: str) -> str:
    before = f'<span class="part">{escape(label)}:</span> ' if label else ""
    return f"{before}<bdi>{escape(text)}</bdi>"


def _one_line(text: str) -> str:
    return " ".join(text.split())

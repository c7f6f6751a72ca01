"""Prints a sharing receipt as one page of HTML: without scripts, without anything to load, one side of A4."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from gateway.record.receipt import WENT, Receipt

_FOR: Final = {
    "full": "For the sender and the council’s information governance lead. Do not pass it to the recipient.",
    "recipient": "For the recipient.",
}


def page(receipt: Receipt) -> bytes:
    """The page, in UTF-8."""
    rows = "\n".join(_row(heading, lines) for heading, lines in receipt.rows)
    details = "\n".join(f"<tr><th>{escape(name)}</th><td>{escape(said)}</td></tr>" for name, said in receipt.details)
    written = _PAGE.format(
        style=_STYLE,
        title=escape(receipt.title),
        whom=escape(_FOR[receipt.form]),
        rows=rows,
        unaltered=escape(receipt.unaltered),
        state=escape(receipt.state),
        details=details,
        emergency=escape(receipt.emergency),
    )
    return written.encode()


def _row(heading: str, lines: Iterable[str]) -> str:
    said = list(lines)
    if heading == WENT and len(said) > 1:
        listed = "".join(f"<li>{escape(line)}</li>" for line in said[1:])
        inner = f"<p>{escape(said[0])}</p><ul>{listed}</ul>"
    else:
        inner = "".join(f"<p>{escape(line)}</p>" for line in said)
    return f"<div><dt>{escape(heading)}</dt><dd>{inner}</dd></div>"


_STYLE: Final = """
@page { size: A4; margin: 10mm 15mm }
* { box-sizing: border-box }
body { color: #0b0c0c; background: #fff; font: 10pt/1.3 Arial, Helvetica, sans-serif; margin: 0 auto;
  max-width: 180mm; padding: 8mm 0 }
h1 { font-size: 17pt; line-height: 1.15; margin: 0 0 1.5mm }
h2 { font-size: 11pt; margin: 3.5mm 0 1mm }
p { margin: 0 0 1mm }
.whom { color: #484949; margin-bottom: 3mm }
.unaltered { border-left: 2.5mm solid #b1b4b6; font-size: 11pt; font-weight: bold; padding: 1mm 0 1.5mm 4mm;
  margin: 0 0 4mm }
.unaltered p { margin: 0 } .unaltered .state { font-size: 10pt; font-weight: normal; margin-top: .5mm }
dl { margin: 0; border-top: 1px solid #b1b4b6 }
dl div { border-bottom: 1px solid #b1b4b6; display: grid; grid-template-columns: 44mm 1fr; padding: 1.5mm 0;
  break-inside: avoid }
dt { font-weight: bold; padding-right: 4mm } dd { margin: 0 } dd p:last-child { margin: 0 }
ul { columns: 2; column-gap: 7mm; margin: 0; padding-left: 4mm; font-size: 8.5pt } li { break-inside: avoid }
table { border-collapse: collapse; font-size: 8.5pt; width: 100% }
th { font-weight: normal; text-align: left; width: 44mm; padding: .4mm 4mm .4mm 0; vertical-align: top; color: #484949 }
td { padding: .4mm 0; font-family: "DejaVu Sans Mono", Consolas, monospace; font-size: 7.5pt; word-break: break-all }
.small { font-size: 8.5pt; color: #484949; margin-top: 1.5mm }
.emergency { border-top: 1px solid #b1b4b6; font-weight: bold; margin-top: 2.5mm; padding-top: 1.5mm }
@media print { body { padding: 0; font-size: 9pt } ul { font-size: 8pt } dl div { padding: 1.1mm 0 } }
@media screen and (max-width: 190mm) { body { padding: 5mm } dl div { display: block } ul { columns: 1 } }
"""

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p class="whom">{whom}</p>
<div class="unaltered"><p>{unaltered}</p><p class="state">{state}</p></div>
<dl>
{rows}
</dl>
<h2>Details for checking</h2>
<table>
{details}
</table>
<p class="small">The proof is beside this page, in entries.jsonl. HOW-TO-CHECK.txt says how to check both on any
computer, without the gateway.</p>
<p class="emergency">{emergency}</p>
</main>
</body>
</html>
"""

"""Excel workbooks written by hand, part by part, so that a test can write what no ordinary program would."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from xml.sax.saxutils import escape, quoteattr

from adapters.formats.workbook import column_name

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
Cell = str | int | float | bool | date | None
Parts = dict[str, str | bytes]


class Raw(str):
    """A cell as XML, after its place: `t="e"><v>#N/A</v>`."""


def a_workbook(*sheets: Sequence[Sequence[Cell]], hidden: Sequence[int] = (), merged: str = "") -> bytes:
    """A workbook of these sheets."""
    return packed(parts_of(*sheets, hidden=hidden, merged=merged))


def parts_of(*sheets: Sequence[Sequence[Cell]], hidden: Sequence[int] = (), merged: str = "") -> Parts:
    """The parts of such a workbook, to be changed before they are packed."""
    parts: Parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relations(("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": workbook(len(sheets), hidden),
        "xl/_rels/workbook.xml.rels": relations(
            ("styles", "styles", "styles.xml"),
            *((f"s{number}", "worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)),
        ),
        "xl/styles.xml": (
            f'<styleSheet xmlns="{MAIN}"><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/>'
            '<xf numFmtId="22"/></cellXfs></styleSheet>'
        ),
    }
    for number, rows in enumerate(sheets, start=1):
        parts[f"xl/worksheets/sheet{number}.xml"] = worksheet(rows, merged)
    return parts


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """The parts as a zip, the same bytes each time."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, body)
    return file.getvalue()


def worksheet(rows: Sequence[Sequence[Cell]], merged: str = "") -> str:
    """The XML of one sheet. None is no cell; merged is a range such as A1:C1."""
    body = "".join(
        f'<row r="{number}">'
        + "".join(_cell(f"{column_name(place)}{number}", cell) for place, cell in enumerate(row, 1) if cell is not None)
        + "</row>"
        for number, row in enumerate(rows, start=1)
    )
    ranges = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData>{ranges}</worksheet>'


def workbook(sheets: int, hidden: Sequence[int] = ()) -> str:
    """The XML that lists the sheets; those numbered in `hidden` are."""
    rows = "".join(
        f'<sheet name={quoteattr(f"Sheet {number}")} sheetId="{number}" r:id="s{number}"'
        + (' state="hidden"/>' if number in hidden else "/>")
        for number in range(1, sheets + 1)
    )
    return f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>{rows}</sheets></workbook>'


def relations(*rows: tuple[str, str, str]) -> str:
    """The XML that says which part is which."""
    body = "".join(f'<Relationship Id="{name}" Type="{DOCUMENT}/{kind}" Target="{to}"/>' for name, kind, to in rows)
    return f'<Relationships xmlns="{PACKAGE}">{body}</Relationships>'


def _cell(place: str, cell: Cell) -> str:
    if isinstance(cell, Raw):
        return f'<c r="{place}" {cell}</c>'
    if isinstance(cell, bool):
        return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, datetime):
        days = (cell - datetime.fromisoformat("1899-12-30")).total_seconds() / 86400
        return f'<c r="{place}" s="2"><v>{days!r}</v></c>'
    if isinstance(cell, date):
        return f'<c r="{place}" s="1"><v>{(cell - date(1899, 12, 30)).days}</v></c>'
    if isinstance(cell, int | float):
        return f'<c r="{place}"><v>{cell!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(str(cell))}</t></is></c>'

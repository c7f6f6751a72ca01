"""What each form tool puts before and after the questions of a form when it exports a table.

The shapes of Drupal Webform, Gravity Forms, Microsoft Forms and Google Forms are their documented public ones. No
export of Granicus, Jadu or Netcall could be seen: their tables are what a form's author makes them, so nothing is known
here beforehand, their columns are named by the mapping (`columns`), and they are unverified. `other` is any other tool,
or a table that somebody made by hand: the mapping says as much of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Tool:
    """One form tool.

    columns    heading → our name for what the tool says itself; those at the front may be left out by whoever exports
    anywhere   headings that mean the same wherever they stand; all others count only at the front, since a form may
               ask a question of that name
    known_by   headings that every export has, and that tell it from another tool's
    separator  what stands between several chosen options; "" where the mapping must say
    per_form   whether its ids begin again with each form
    whole      whether every row, the last one too, ends with a line break: a file that does not was cut short
    """

    columns: Mapping[str, str]
    known_by: tuple[str, ...]
    anywhere: tuple[str, ...] = ()
    separator: str = ""
    per_form: bool = False
    whole: bool = False


_UNSEEN: Final = Tool({}, ())

TOOLS: Final[Mapping[str, Tool]] = {
    "drupal_webform": Tool(
        {
            "Serial number": "serial",
            "Submission ID": "id",
            "Submission URI": "uri",
            "Created": "created_at",
            "Completed": "completed_at",
            "Changed": "changed_at",
            "Is draft": "draft",
            "Current page": "page",
            "Remote IP address": "ip_address",
            "Submitted by: ID": "by_id",
            "Submitted by: Title": "by",
            "Submitted by: URL": "by_url",
            "Language": "language",
            "Submitted to: Entity type": "page_type",
            "Submitted to: Entity ID": "page_id",
            "Submitted to: Entity title": "page_title",
            "Submitted to: Entity URL": "page_url",
            "Locked": "locked",
            "Sticky": "sticky",
            "Notes": "notes",
        },
        known_by=("Submission ID",),
        whole=True,
    ),
    "gravity_forms": Tool(
        {
            "Entry Id": "id",
            "Entry Date": "submitted_at",
            "User IP": "ip_address",
            "Created By (User Id)": "by_id",
            "Source Url": "page_url",
        },
        known_by=("Entry Id",),
        anywhere=("Entry Id", "Entry Date", "User IP", "Created By (User Id)", "Source Url"),
    ),
    "microsoft_forms": Tool(
        {
            "ID": "id",
            "Start time": "started_at",
            "Completion time": "submitted_at",
            "Email": "account",
            "Name": "account_name",
            "Last modified time": "changed_at",
        },
        known_by=("ID", "Start time", "Completion time"),
        separator=";",
        per_form=True,
    ),
    "google_forms": Tool({"Timestamp": "submitted_at"}, known_by=("Timestamp",), separator=", "),
    "granicus": _UNSEEN,
    "jadu": _UNSEEN,
    "netcall": _UNSEEN,
    "other": _UNSEEN,
}
"""What a mapping's `tool` may name."""


def recognised(header: Sequence[str]) -> str:
    """The tool whose own headings are all there, the first of them in front; "" for none."""
    present = {_folded(column) for column in header}
    first = _folded(header[0])
    for name, tool in TOOLS.items():
        own = {_folded(column) for column in tool.columns}
        if tool.known_by and first in own and present.issuperset(map(_folded, tool.known_by)):
            return name
    return ""


def own_columns(tool: Tool, header: Sequence[str], added: Mapping[str, str]) -> dict[str, str]:
    """Column → our name, for the columns that hold what the tool says of a submission and no answer.

    `added` are the mapping's own, wherever they stand.
    """
    known = {_folded(column): name for column, name in tool.columns.items()}
    fixed = {_folded(column): known[_folded(column)] for column in tool.anywhere}
    fixed |= {_folded(column): name for column, name in added.items()}
    found: dict[str, str] = {}
    in_front = True
    for column in header:
        name = fixed.get(_folded(column)) or (known.get(_folded(column)) if in_front else None)
        if name is None or name in found.values():
            in_front = False
        else:
            found[column] = name
    return found


def _folded(heading: str) -> str:
    return " ".join(heading.split()).casefold()

"""How one export is laid out: which of its columns the tool wrote, which are questions, and how their cells read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast

from adapters.formats.batch import refusal
from adapters.formats.keeping import names_an_address
from adapters.sources.tabular_form.tools import TOOLS, Tool, own_columns, recognised
from contracts.adapter import Fault, Plain, ReadOptions
from contracts.errors import ConfigError

Times = Literal["iso", "day_first", "month_first"]

_LOCAL: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: -|,)? (\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Layout:
    """One export.

    own        column → our name, of what the tool says; questions: every other column
    key        the column with the tool's own id; draft: the one that says whether a row is a draft; "" for none
    form       id of the form it is of
    missing    columns by which it would be known, and which it does not have
    lists      question → the options that hold the separator themselves
    """

    tool: Tool
    form: str
    own: Mapping[str, str]
    key: str
    draft: str
    questions: tuple[str, ...]
    missing: tuple[str, ...]
    lists: Mapping[str, tuple[str, ...]]
    separator: str
    times: Times

    def answers(self, cells: Mapping[str, str]) -> dict[str, Plain]:
        """Question → its answer: text, None for nothing, or a list where several options may be chosen."""
        answers: dict[str, Plain] = {question: cells[question] or None for question in self.questions}
        for question, whole in self.lists.items():
            if question in answers:
                answers[question] = cast("list[Plain]", _chosen(cells[question], self.separator, whole))
        return answers

    def time(self, name: str, cell: str) -> str:
        """A time of the tool as ISO 8601; what does not read so, and everything else, as it is."""
        parts = _LOCAL.fullmatch(cell) if name.endswith("_at") and self.times != "iso" else None
        if parts is None:
            return cell
        first, second, year, hour, minute, seconds = (int(part or 0) for part in parts.groups())
        day, month = (first, second) if self.times == "day_first" else (second, first)
        written = f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{seconds:02}"
        try:
            datetime.fromisoformat(written)
        except ValueError:
            return cell
        return written


def laid_out(header: Sequence[str], options: ReadOptions) -> Layout:
    """How this export is laid out.

    Raises UnreadablePayload for no known tool and for two forms at once, ConfigError for settings that do not fit.
    """
    settings = options.settings
    named = settings.get("tool")
    name = named if isinstance(named, str) else recognised(header)
    if not name:
        remedy = "Export the submissions from the form tool as they are, with its own columns in front."
        raise refusal("row 1", "the columns of a form tool that is known here", remedy)
    if name not in TOOLS:
        raise _unset("tool", f"one of {', '.join(TOOLS)}")
    tool = TOOLS[name]
    own = own_columns(tool, header, {column: str(text) for column, text in _named(settings.get("columns")).items()})
    form, missing = _form(header, options)
    times = settings.get("times", "iso")
    if times not in ("iso", "day_first", "month_first"):
        raise _unset("times", "iso, day_first or month_first")
    lists = {question: _texts(whole) for question, whole in _named(settings.get("lists")).items()}
    separator = settings.get("separator") or tool.separator
    if lists and not (isinstance(separator, str) and separator):
        raise _unset("separator", "what stands between several chosen options")
    return Layout(
        tool=tool,
        form=form,
        own={column: text for column, text in own.items() if not names_an_address(text)},
        key=_column(own, "id"),
        draft=_column(own, "draft"),
        questions=tuple(column for column in header if column not in own and not names_an_address(column)),
        missing=(*(column for column in tool.known_by if column not in header), *missing),
        lists=lists,
        separator=str(separator),
        times=times,
    )


def _column(own: Mapping[str, str], name: str) -> str:
    return next((column for column, text in own.items() if text == name), "")


def _form(header: Sequence[str], options: ReadOptions) -> tuple[str, tuple[str, ...]]:
    """The form this is an export of, or the columns one of which would make it so.

    Any of a form's questions will do, and the form with most of them is the one: a question may be reworded.
    """
    known = {form: _texts(questions) for form, questions in _named(options.settings.get("forms")).items()}
    if not known:
        return options.form, ()
    wanted = {options.form: known[options.form]} if options.form in known else known
    there = {form: sum(text in header for text in texts) for form, texts in wanted.items()}
    most = max(there.values())
    fitting = [form for form, count in there.items() if count == most]
    if not most:
        return "", tuple(texts[0] for texts in wanted.values() if texts)
    if len(fitting) > 1:
        remedy = "It has questions of several. Name more of each form's own questions in the mapping."
        raise refusal("row 1", "the questions of one form", remedy)
    return fitting[0], ()


def _chosen(cell: str, separator: str, whole: Sequence[str]) -> list[str]:
    """The options in a cell, in order. One that holds the separator itself is looked for first, the longest before."""
    chosen: list[str] = []
    rest = cell.strip()
    while rest:
        option = next((text for text in sorted(whole, key=len, reverse=True) if _begins(rest, text, separator)), None)
        if option is None:
            option, _, rest = rest.partition(separator)
        else:
            rest = rest[len(option) + len(separator) :]
        if option.strip():
            chosen.append(option.strip())
    return chosen


def _begins(rest: str, option: str, separator: str) -> bool:
    return rest == option or rest.startswith(option + separator)


def _named(setting: Plain) -> Mapping[str, Plain]:
    return setting if isinstance(setting, Mapping) else {}


def _texts(setting: Plain) -> tuple[str, ...]:
    return tuple(map(str, setting)) if isinstance(setting, Sequence) and not isinstance(setting, str) else ()


def _unset(setting: str, expected: str) -> ConfigError:
    remedy = f"Write `{setting}` in the settings of the mapping."
    return ConfigError(f"The mapping has no {setting} that fits.", (Fault("", "", expected, remedy),))

"""Reads the code lists of `mappings/codes/`: our code, and the ways sources write it.

A list matches whole values, whatever their case, spacing, and shape of apostrophe or dash. A list of statistics, where
councils write one thing in hundreds of ways, may also name words to look for (`gateway.config.spelling`); none that
decides about sharing does. What neither finds has no code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import Field

from contracts.adapter import Fault
from contracts.errors import ConfigError
from contracts.model import Code
from gateway.config.spelling import Speller, phrase, speller
from gateway.config.yamlfile import Loaded, Part, load, refuse

_SHAPES: Final = str.maketrans({"’": "'", "‘": "'", "–": "-", "—": "-", "‑": "-"})


class CodeRow(Part):
    """One code: its label, and other ways of writing it that mean exactly this.

    words  phrases that mean this code wherever they stand in an answer
    broad  phrases that mean it where no answer's words say more
    group  codes of one group do not contradict each other: the last said counts
    """

    code: Code
    label: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    broad: tuple[str, ...] = ()
    group: str = ""


class CodeFile(Part):
    """One list. `source` says whose list it is, `version` which issue of it, `other` what the bare word “other” is.

    broad_yields  whether a broad word gives way to the words of another code (“LA services: housing”), or contradicts
                  them, so that a person must look (“White: Kosovan”)
    """

    list_: str = Field(alias="list", pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    version: str
    source: str
    other: str = ""
    broad_yields: bool = False
    codes: tuple[CodeRow, ...]


@dataclass(frozen=True, slots=True)
class CodeList:
    """One code list, ready to look things up in.

    labels     label of each code, in the order of the file
    spellings  code of each code, label and alias: as it is listed, which is quickest, and normalised
    """

    name: str
    title: str
    version: str
    source: str
    digest: str
    labels: Mapping[str, str] = field(repr=False)
    spellings: Mapping[str, str] = field(repr=False)
    speller: Speller | None = field(repr=False, default=None)

    def code_of(self, text: str) -> str | None:
        """The code that `text` stands for, or None when the list does not have it."""
        code = self.spellings.get(text) or self.spellings.get(normalised(text))
        return code if code is not None or self.speller is None else self.speller.read(text)


def normalised(text: str) -> str:
    """`text` as lists compare it: "  Mother’s  Partner" is "mother's partner"."""
    return " ".join(text.translate(_SHAPES).split()).casefold()


def load_codes(folder: Path) -> Mapping[str, CodeList]:
    """Every list of `folder` by its name. Raises ConfigError with all faults of all files."""
    lists: dict[str, CodeList] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            loaded = load(path, CodeFile)
        except ConfigError as error:
            faults += error.faults
            continue
        faults += _faults(loaded)
        lists[path.stem] = _code_list(loaded)
    refuse(faults)
    return lists


def _code_list(loaded: Loaded[CodeFile]) -> CodeList:
    model = loaded.model
    spellings: dict[str, str] = {}
    for row in model.codes:
        for text in (*row.aliases, row.label, row.code):
            spellings[text] = spellings[normalised(text)] = row.code
    labels = {row.code: row.label for row in model.codes}
    head = (model.list_, model.title, model.version, model.source, loaded.digest)
    return CodeList(*head, labels, spellings, _speller(model, spellings))


def _speller(model: CodeFile, spellings: Mapping[str, str]) -> Speller | None:
    """How to read what is not listed whole; None for a list that names no words."""
    broad = [(phrase, row.code) for row in model.codes for phrase in row.broad]
    broad += [(row.label, row.code) for row in model.codes if row.code == model.other]
    if not broad and not any(row.words for row in model.codes):
        return None
    words = [(phrase, row.code) for row in model.codes for phrase in (*row.words, *row.aliases)]
    words += [(row.label, row.code) for row in model.codes if row.code != model.other]
    whole = {normalised(text): code for text, code in spellings.items()}
    return speller(
        whole, words, broad, {row.code: row.group or row.code for row in model.codes}, model.other, model.broad_yields
    )


def _faults(loaded: Loaded[CodeFile]) -> Iterator[Fault]:
    model = loaded.model
    if model.list_ != loaded.path.stem:
        remedy = f"Name the file {model.list_}.yaml, or the list `{loaded.path.stem}`."
        yield loaded.fault("list", expected="the name of the file", remedy=remedy)
    codes: set[str] = set()
    owners: dict[str, str] = {}
    for number, row in enumerate(model.codes):
        if row.code in codes:
            yield loaded.fault("codes", number, "code", expected="each code once", remedy="Join the two entries.")
        codes.add(row.code)
        places: list[tuple[str, tuple[str | int, ...]]] = [(row.code, ("code",)), (row.label, ("label",))]
        places += [(alias, ("aliases", index)) for index, alias in enumerate(row.aliases)]
        for text, keys in places:
            owner = owners.setdefault(normalised(text), row.code)
            if owner != row.code:
                remedy = f"`{text}` already stands for `{owner}`. Take it away from one of them."
                yield loaded.fault("codes", number, *keys, expected="text that stands for one code", remedy=remedy)
    yield from _shared_phrases(loaded)


def _shared_phrases(loaded: Loaded[CodeFile]) -> Iterator[Fault]:
    """Phrases that would mean two codes, once filling words and their spelling are put aside."""
    owners: dict[tuple[str, ...], str] = {}
    for number, row in enumerate(loaded.model.codes):
        for key, texts in (("words", row.words), ("broad", row.broad)):
            for index, text in enumerate(texts):
                owner = owners.setdefault(phrase(text), row.code)
                if owner != row.code:
                    remedy = f"`{text}` already means `{owner}`. Take it away from one of them."
                    yield loaded.fault("codes", number, key, index, expected="words that mean one code", remedy=remedy)

"""The `match:` of a mapping that enriches: where its records say whose they are, in place of what a request asks.

A record that names a child by surname, forename and date of birth can be found by a request. One that has only numbers,
or the key of another table, is joined to the record that was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field

from contracts.adapter import Fault
from gateway.config.yamlfile import Loaded, Part

Pointer = Annotated[str, Field(pattern="^/")]

NOT_ITS_OWN: Final = frozenset(
    {
        "purpose", "anonymous", "corrects", "policy_version", "referrer", "harm", "reason", "agreements", "informed",
        "notices", "sharing_limits", "override", "basis", "statutory_duties", "requested_services", "source",
        "provenance",
    }
)  # fmt: skip
"""What only the person who asks can say: an export never says why, nor what a family agreed to (settled 55)."""


class MatchPart(Part):
    """One pointer for each thing that tells a child, or several where any of them may."""

    upn: Pointer | tuple[Pointer, ...] = ()
    admission_number: Pointer | tuple[Pointer, ...] = ()
    surname: Pointer | tuple[Pointer, ...] = ()
    forename: Pointer | tuple[Pointer, ...] = ()
    date_of_birth: Pointer | tuple[Pointer, ...] = ()
    key: Pointer | tuple[Pointer, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """Pointers into an enrichment record.

    key  what the source's own tables call the child, to join them by; means nothing outside the source
    """

    upn: tuple[str, ...] = ()
    admission_number: tuple[str, ...] = ()
    surname: tuple[str, ...] = ()
    forename: tuple[str, ...] = ()
    date_of_birth: tuple[str, ...] = ()
    key: tuple[str, ...] = ()

    @property
    def names(self) -> bool:
        """Whether a record names its child, so that a request can find it."""
        return bool(self.surname and self.forename and self.date_of_birth)


def match_of(part: MatchPart) -> Match:
    """The pointers, each as a tuple."""
    return Match(**{name: (value,) if isinstance(value, str) else value for name, value in dict(part).items()})


def match_faults(loaded: Loaded[Any], match: Match, filled: Iterable[str]) -> Iterator[Fault]:
    """What is wrong with the header of a mapping that enriches. `filled` are the first names of what its rows fill."""
    if not (match.names or match.upn or match.admission_number or match.key):
        expected = "`upn`, `admission_number` or `key`, or `surname`, `forename` and `date_of_birth`"
        yield loaded.fault("match", expected=expected, remedy="Say where a record names the child it is about.")
    if any((match.surname, match.forename, match.date_of_birth)) and not match.names:
        expected = "`surname`, `forename` and `date_of_birth` together"
        yield loaded.fault("match", expected=expected, remedy="A name is no match without its date of birth.")
    if strange := sorted(NOT_ITS_OWN.intersection(filled)):
        remedy = f"Take away what fills {', '.join(f'`{name}`' for name in strange)}: only who asks can say that."
        yield loaded.fault("fields", expected="rows for what an export can know", remedy=remedy)

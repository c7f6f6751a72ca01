"""What a column takes, the same on both stores: SQLite alone would keep NUL, '7' as a number and 7 as text (F13)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import NoneType
from typing import Any, Final

from sqlalchemy import BigInteger, Dialect, LargeBinary
from sqlalchemy import Integer as SmallNumber
from sqlalchemy import Text as AnyText
from sqlalchemy.types import TypeDecorator

from contracts.errors import GatewayError

_SMALL: Final = 2**31
_LARGE: Final = 2**63


class RowRefused(GatewayError):
    """A row that no store may keep. The detail names table, column and what it takes."""

    title = "The store refused a row"


def plain_text(value: object) -> str:
    """Text that both stores keep as it is. Raises RowRefused for NUL, half a surrogate pair and anything but text."""
    if type(value) is str and value.isascii() and "\0" not in value:
        return value
    if not isinstance(value, str):
        raise RowRefused("takes text")
    if "\0" in value:
        raise RowRefused("takes text without NUL")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise RowRefused("takes text without half a surrogate pair") from None
    return str.__str__(value)  # of a StrEnum, its value


def small_number(value: object) -> int:
    """A whole number of 32 bits. Raises RowRefused, for True and False too."""
    if type(value) is not int or not -_SMALL <= value < _SMALL:
        raise RowRefused("takes a whole number of 32 bits")
    return value


def large_number(value: object) -> int:
    """A whole number of 64 bits. Raises RowRefused, for True and False too."""
    if type(value) is not int or not -_LARGE <= value < _LARGE:
        raise RowRefused("takes a whole number of 64 bits")
    return value


def exact_bytes(value: object) -> bytes:
    """Bytes, and nothing that only looks like them. Raises RowRefused."""
    if type(value) is not bytes:
        raise RowRefused("takes bytes")
    return value


class _Checked(TypeDecorator[Any]):
    """A column type whose values pass one check on their way in."""

    check: Callable[[object], Any]

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """The value as the driver gets it."""
        return None if value is None else type(self).check(value)


class Text(_Checked):
    """Text."""

    impl = AnyText
    cache_ok = True
    check = staticmethod(plain_text)


class Integer(_Checked):
    """Whole numbers of 32 bits."""

    impl = SmallNumber
    cache_ok = True
    check = staticmethod(small_number)


class Int(_Checked):
    """Whole numbers of 64 bits. SQLite's own are: a BIGINT there would be no alias of its rowid."""

    impl = BigInteger().with_variant(SmallNumber, "sqlite")
    cache_ok = True
    check = staticmethod(large_number)


class Bytes(_Checked):
    """Bytes."""

    impl = LargeBinary
    cache_ok = True
    check = staticmethod(exact_bytes)


def check_of(kind: object) -> Callable[[object], Any]:
    """The check of a column's type."""
    if not isinstance(kind, _Checked):
        raise TypeError("every column of the store is Text, Integer, Int or Bytes")
    return type(kind).check


def check_of_value(kind: object) -> Callable[[object], Any]:
    """The check of what a statement is given. What is no column's, such as a limit, is any text or whole number."""
    return check_of(kind) if isinstance(kind, _Checked) else _any_value


def _any_value(value: object) -> str | int:
    return plain_text(value) if isinstance(value, str) else large_number(value)


Plainly = Callable[[Sequence[Any]], bool]
"""Whether values of certain types plainly fit their columns. One that does not must be asked about by itself."""

_PLAIN: Final[Mapping[Callable[[object], Any], type]] = {
    plain_text: str,
    small_number: int,
    large_number: int,
    exact_bytes: bytes,
}
"""Of which type nearly every value is, by its check."""


def plainly(columns: Sequence[tuple[Callable[[object], Any], bool]], kinds: Sequence[type]) -> Plainly:
    """Tells values of these types at a glance, for columns given as their check and whether they may be empty."""
    texts, small, large = list[int](), list[int](), list[int]()
    sorts: dict[Callable[[object], Any], list[int]] = {plain_text: texts, small_number: small, large_number: large}
    for place, ((check, nullable), kind) in enumerate(zip(columns, kinds, strict=True)):
        if kind is NoneType and nullable:
            continue
        if kind is not _PLAIN[check]:
            return lambda _: False
        if check in sorts:
            sorts[check].append(place)

    def fits(values: Sequence[Any]) -> bool:
        said = "".join([values[place] for place in texts])
        return (
            said.isascii()
            and "\0" not in said
            and _all_below(_SMALL, [values[place] for place in small])
            and _all_below(_LARGE, [values[place] for place in large])
        )

    return fits


def _all_below(limit: int, numbers: list[int]) -> bool:
    return not numbers or (min(numbers) >= -limit and max(numbers) < limit)

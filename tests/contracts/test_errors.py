"""The tree in the docstring is the tree of classes, and each error says who must act."""

from __future__ import annotations

import re

import pytest

from contracts import errors
from contracts.errors import GatewayError, SenderError


def classes(above: type[GatewayError]) -> set[tuple[str, str]]:
    """(class, class above it), for everything under `above` that the module itself defines."""
    below = [kind for kind in above.__subclasses__() if kind.__module__ == errors.__name__]
    return {(kind.__name__, above.__name__) for kind in below}.union(*(classes(kind) for kind in below))


def drawn() -> dict[str, tuple[str, str]]:
    """Class → the class above it and what stands beside it, as the docstring draws them."""
    tree: dict[str, tuple[str, str]] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"    ((?:[│├└─ ]{4})*)([A-Z]\w+)\s*(.*)$", line)
        if found:
            above[len(found[1]) // 4 :] = [found[2]]
            tree[found[2]] = (above[-2] if len(above) > 1 else "", found[3])
    return tree


def test_the_docstrings_tree_is_the_tree_of_classes() -> None:
    assert {(kind, above) for kind, (above, _) in drawn().items() if above} == classes(GatewayError)


@pytest.mark.parametrize("name", [name for name, (above, _) in drawn().items() if above == "SenderError"])
def test_the_docstring_gives_each_sender_errors_own_status(name: str) -> None:
    assert drawn()[name][1] == str(getattr(errors, name).status)


@pytest.mark.parametrize("name", sorted(name for name, above in classes(GatewayError) if above == "SenderError"))
def test_what_a_sender_puts_right_is_a_4xx(name: str) -> None:
    assert 400 <= getattr(errors, name).status < 500


@pytest.mark.parametrize("name", sorted(drawn()))
def test_each_error_explains_itself(name: str) -> None:
    kind: type[GatewayError] = getattr(errors, name)
    assert (kind.__doc__ or "").strip()
    assert kind.title != GatewayError.title or kind is GatewayError


def test_an_error_without_a_detail_says_its_title() -> None:
    assert SenderError().detail == SenderError.title

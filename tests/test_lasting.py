"""Garbage is looked for again once everything that stays is loaded."""

from __future__ import annotations

import gc

import pytest

from gateway.lasting import lasting


def test_nothing_is_collected_while_it_loads_and_everything_after() -> None:
    with lasting():
        assert not gc.isenabled()
        with lasting():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_could_not_be_loaded_leaves_it_on() -> None:
    with pytest.raises(LookupError), lasting():
        raise LookupError
    assert gc.isenabled()

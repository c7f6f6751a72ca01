"""Loads what stays for as long as the process does, without looking through it for garbage again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting() -> Iterator[None]:
    """No collection while modules, rules and mappings are loaded: it would find nothing, and is a fifth of the time.

    What is loaded and does not stay is found by the next collection, after it.
    """
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()

"""Loads everything under `mappings/`, and proves of each policy that it decides every case and keeps its promises."""

from __future__ import annotations

from pathlib import Path

from contracts.errors import ConfigError
from gateway.config.catalogue import Catalogue, load_catalogue
from gateway.lasting import lasting
from gateway.path import proving


def load_checked(root: Path) -> Catalogue:
    """The catalogue, with every policy proven to have no gap and to keep its promises. Raises ConfigError."""
    with lasting():
        catalogue = load_catalogue(root)
        found = [fault for policy in catalogue.policies.values() for fault in proving.faults(policy)]
    faults = tuple(dict.fromkeys(found))
    if faults:
        raise ConfigError("The sharing tables have a gap, a row that can never decide, or break a promise", faults)
    return catalogue

"""Loads everything under `mappings/`, and proves of each policy that it decides every case and keeps its promises."""

from __future__ import annotations

from pathlib import Path

from contracts.errors import ConfigError
from gateway.config.catalogue import Catalogue, load_catalogue
from gateway.path import proving


def load_checked(root: Path) -> Catalogue:
    """The catalogue, with every policy proven to have no gap and to keep its promises. Raises ConfigError."""
    catalogue = load_catalogue(root)
    faults = tuple(dict.fromkeys(fault for policy in catalogue.policies.values() for fault in proving.faults(policy)))
    if faults:
        raise ConfigError("The sharing tables have a gap, a row that can never decide, or break a promise", faults)
    return catalogue

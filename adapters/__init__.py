"""How the gateway speaks to each system: the sources it reads and the hubs it writes to, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.hubs import webhook
from adapters.sources import (
    early_help_extract,
    family_hubs,
    form_builder,
    govuk_forms,
    govuk_forms_csv,
    liquidlogic,
    mis_csv,
    moj_forms,
    mosaic_tables,
    multi_agency,
    ssd_tables,
)
from contracts.adapter import Enriching, Hub, Source

SOURCES: Final[Mapping[str, Source]] = {
    early_help_extract.NAME: early_help_extract,
    family_hubs.NAME: family_hubs,
    form_builder.NAME: form_builder,
    govuk_forms.NAME: govuk_forms,
    govuk_forms_csv.NAME: govuk_forms_csv,
    liquidlogic.NAME: liquidlogic,
    mis_csv.NAME: mis_csv,
    moj_forms.NAME: moj_forms,
    mosaic_tables.NAME: mosaic_tables,
    multi_agency.NAME: multi_agency,
    ssd_tables.NAME: ssd_tables,
}
"""Every source that can be read, by the name a mapping's header gives."""

HUBS: Final[Mapping[str, Hub]] = {
    webhook.NAME: webhook,
}
"""Every way of speaking to a hub, by the name a council's file gives."""


def enriching(name: str) -> Enriching | None:
    """The source of that name if its files only enrich a request; None if they ask for help themselves."""
    source = SOURCES[name]
    return source if isinstance(source, Enriching) else None

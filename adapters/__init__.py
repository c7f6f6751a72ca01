"""How the gateway speaks to each system: the sources it reads and the hubs it writes to, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.hubs import webhook
from adapters.sources import (
    family_hubs,
    form_builder,
    govuk_forms,
    govuk_forms_csv,
    liquidlogic,
    mis_csv,
    moj_forms,
    multi_agency,
)
from contracts.adapter import Enriching, Hub, Source

SOURCES: Final[Mapping[str, Source]] = {
    family_hubs.NAME: family_hubs,
    form_builder.NAME: form_builder,
    govuk_forms.NAME: govuk_forms,
    govuk_forms_csv.NAME: govuk_forms_csv,
    liquidlogic.NAME: liquidlogic,
    mis_csv.NAME: mis_csv,
    moj_forms.NAME: moj_forms,
    multi_agency.NAME: multi_agency,
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

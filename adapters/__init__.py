"""How the gateway speaks to each system: the sources it reads and the hubs it writes to, by name."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Final

from adapters.hubs import fhir_message, file_drop, pick_up, secure_mail, webhook
from adapters.sources import (
    covering_sheet,
    csc_api,
    ctf,
    early_help_extract,
    family_hubs,
    form_builder,
    govuk_forms,
    govuk_forms_csv,
    liquidlogic,
    mis_csv,
    mis_json,
    moj_forms,
    mosaic_tables,
    multi_agency,
    oneroster,
    ssd_tables,
    tabular_form,
)
from adapters.sources import fhir_message as fhir_source
from contracts.adapter import Enriching, Source
from contracts.hub import Askable, Hub

SOURCES: Final[Mapping[str, Source]] = {
    covering_sheet.NAME: covering_sheet,
    csc_api.NAME: csc_api,
    ctf.NAME: ctf,
    early_help_extract.NAME: early_help_extract,
    family_hubs.NAME: family_hubs,
    fhir_source.NAME: fhir_source,
    form_builder.NAME: form_builder,
    govuk_forms.NAME: govuk_forms,
    govuk_forms_csv.NAME: govuk_forms_csv,
    liquidlogic.NAME: liquidlogic,
    mis_csv.NAME: mis_csv,
    mis_json.NAME: mis_json,
    moj_forms.NAME: moj_forms,
    mosaic_tables.NAME: mosaic_tables,
    multi_agency.NAME: multi_agency,
    oneroster.NAME: oneroster,
    ssd_tables.NAME: ssd_tables,
    tabular_form.NAME: tabular_form,
}
"""Every source that can be read, by the name a mapping's header gives."""

HUBS: Final[Mapping[str, Hub]] = {
    file_drop.NAME: file_drop,
    fhir_message.NAME: fhir_message,
    secure_mail.NAME: secure_mail,
    pick_up.NAME: pick_up,
    webhook.NAME: webhook,
}
"""Every way of speaking to a hub, by the name a council's file gives."""


def can_be_asked(name: str, settings: Container[str]) -> bool:
    """Whether a hub that is spoken to in this way, with these settings, can be asked if it has a message (P13)."""
    hub = HUBS[name]
    return hub.CARRIED == "sftp" or (isinstance(hub, Askable) and hub.ASKED_BY in settings)


def enriching(name: str) -> Enriching | None:
    """The source of that name if its files only enrich a request; None if they ask for help themselves."""
    source = SOURCES[name]
    return source if isinstance(source, Enriching) else None

"""docs/metrics.md: every metric there is, each with its labels, and pages of the runbook that there are."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.flows.gateway import Gateway
from gateway.flows.measures import LABELS
from tests.running import catalogue, demo_urls, gateway, on_sqlite

__all__ = ["catalogue", "demo_urls", "gateway"]

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "metrics.md").read_text(encoding="utf-8")


@on_sqlite
def test_every_metric_there_is_stands_in_it_and_no_other(gateway: Gateway) -> None:
    gateway.measures.show(gateway)
    shown = {family.name: family.type for family in gateway.measures.registry.collect()}
    wanted = {f"{name}_total" if kind == "counter" else name for name, kind in shown.items()}
    ours = {name for name in wanted if name.startswith("gateway_")}
    assert set(re.findall(r"^\| `(gateway_\w+)` \|", PAGE, re.MULTILINE)) == ours


def test_it_names_no_label_that_there_is_not() -> None:
    rows = re.findall(r"^\| `gateway_\w+` \| ([a-z, ]*) ?\|", PAGE, re.MULTILINE)
    assert {label for row in rows for label in filter(None, row.strip().split(", "))} == LABELS


def test_every_page_that_it_leads_to_is_there() -> None:
    assert [page for page in re.findall(r"\((runbook/[a-z-]+\.md)\)", PAGE) if not (DOCS / page).is_file()] == []

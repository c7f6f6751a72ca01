"""What an analyst may add to a mapping and to code lists, from what a source sent lately: YAML to finish by hand."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from gateway.config.mappings import FormMapping
from gateway.flows.gateway import Gateway
from gateway.flows.operations.sourceledger import SourceLedger, mappings_of


def suggestion(one: SourceLedger, gateway: Gateway, council: str) -> str:
    """Rows for what nobody maps, and where answers are in no list. It holds no answer, and `gateway check` refuses it
    as it is: what becomes of a question is for a person to say."""
    return "\n".join(_suggested(one, mappings_of(gateway, one.name, council))) + "\n"


def _suggested(one: SourceLedger, mappings: tuple[FormMapping, ...]) -> Iterator[str]:
    forms = ", ".join(mapping.form for mapping in mappings) or "its mapping"
    yield f"# Made of the newest {one.records} requests of {one.name}. It holds no answer."
    yield f"# Rows to finish by hand, for mappings/sources/{one.name}: {forms}. Then run: gateway check"
    yield "# Give each a field (`to`), or move it to `ignore` with the reason."
    yield "fields:"
    for place in sorted(one.unmapped.values(), key=lambda each: -each.many):
        near = f"; it may be {place.near}, reworded" if place.near else ""
        yield f"# {orjson.dumps(place.asked or place.pointer).decode()}: in {place.many} requests{near}"
        yield f"- {{to: , from: {orjson.dumps(place.pointer).decode()}}}"
    if one.codes:
        yield ""
        yield "# Answers in no list. Add each spelling, as the source writes it, to `aliases` of its code."
        for (pointer, expected), many in one.codes.most_common():
            yield f"# {many} answers at {pointer}: expected {expected}"

"""Writes the JSON Schemas that `contracts/schemas/` publishes from the models: `python -m gateway.config.published`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from contracts.alike import AlikeBody
from contracts.envelope import EnvelopeBody
from contracts.notice import NoticeBody
from contracts.payload import PayloadBody
from contracts.referral import Referral

FOLDER: Final = Path(__file__).parents[2] / "contracts" / "schemas"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> Mapping[str, bytes]:
    """File name → its bytes: always the same for the same models."""
    return {
        "referral.json": _written(_referral()),
        "payload.json": _written(_payload()),
        "alike.json": _written({"$schema": _DIALECT} | AlikeBody.model_json_schema()),
        "envelope.json": _written({"$schema": _DIALECT} | EnvelopeBody.model_json_schema()),
        "notice.json": _written({"$schema": _DIALECT} | NoticeBody.model_json_schema()),
    }


def write(folder: Path = FOLDER) -> None:
    """Bring the published schemas up to date with the models."""
    for name, content in schemas().items():
        (folder / name).write_bytes(content)


def _referral() -> dict[str, Any]:
    return {"$schema": _DIALECT} | Referral.model_json_schema()


def _payload() -> dict[str, Any]:
    """The body's schema. A copy may lack any part of a referral, and may give a sibling's age for a date of birth."""
    schema = PayloadBody.model_json_schema()
    own = {"Safety", "About", "DueDate", "HowToAnswer"}
    for name, part in schema["$defs"].items():
        if name not in own:
            part.pop("required", None)
    age = {
        "type": "integer",
        "minimum": 0,
        "description": "a sibling's age in years where the date of birth is not sent",
    }
    schema["$defs"]["Person"]["properties"]["age"] = age
    return {"$schema": _DIALECT} | schema


def _written(schema: Mapping[str, Any]) -> bytes:
    return (json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


if __name__ == "__main__":
    write()

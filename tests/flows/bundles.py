"""Exports of a case system with as many invented children as a test asks for."""

from __future__ import annotations

import json
from typing import Any

from tests.running import JSON, LEICESTER, Door


def bundle(*children: int, reason: str = "Late most mornings.") -> bytes:
    """A Liquidlogic bundle in which each of these numbers is one child's step-down to Leicester's Early Help."""
    tables: dict[str, list[dict[str, Any]]] = {
        "DIM_PERSON": [
            {
                "DIM_PERSON_ID": number,
                "FORENAME": f"Child{number}",
                "SURNAME": "Fernsby",
                "BIRTH_DTTM": "2014-03-02 00:00:00.000",
            }
            for number in children
        ],
        "FACT_EHM_CONTACT": [
            {"FACT_EHM_CONTACT_ID": 7000 + number, "DIM_PERSON_ID": number, "CONTACT_DTTM": "2026-10-13 09:00:00.000"}
            for number in children
        ],
        "FACT_FORMS": [
            {
                "FACT_FORM_ID": 400 + number,
                "DIM_PERSON_ID": number,
                "DIM_LOOKUP_FORM_TYPE_ID_CODE": "EH_STEPDOWN",
                "FACT_EHM_CONTACT_ID": 7000 + number,
            }
            for number in children
        ],
        "FACT_FORM_ANSWERS": [
            {
                "FACT_FORM_ANSWER_ID": 900 + number,
                "FACT_FORM_ID": 400 + number,
                "DIM_ASSESSMENT_QUESTION_ID_DESC": "What is going on?",
                "ANSWER": reason,
            }
            for number in children
        ],
    }
    return json.dumps(tables).encode()


def submit(door: Door, content: bytes, once: str = "first", **headers: str) -> Any:
    """Send such an export as Leicester's case system."""
    return door.submit("liquidlogic", content, kind=JSON, once=once, key=LEICESTER, headers=headers)

"""Describes the doors of the way back, with an example for each: a part of the document that `openapi` makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pydantic import BaseModel

from contracts.errors import (
    GatewayError,
    InvalidMessage,
    KeyUsedForOtherContent,
    NoIdempotencyKey,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    NotSentYet,
    StoreUnavailable,
    TooLarge,
    TooSlow,
    UnreadablePayload,
    WrongMediaType,
)
from contracts.events import TOLD
from contracts.notice import NoticeBody
from contracts.returned import AgreementTold, AnswerTold, EventTold, OutcomeTold

MODELS: Final[tuple[type[BaseModel], ...]] = (EventTold, OutcomeTold, AnswerTold, AgreementTold, NoticeBody)
"""What is said, and the notice that hubs are sent."""

_ERRORS: Final[tuple[type[GatewayError], ...]] = (
    NoIdempotencyKey, NotAuthenticated, NotAllowed, NotFound, TooSlow, TooLarge, WrongMediaType, UnreadablePayload,
    InvalidMessage, KeyUsedForOtherContent, StoreUnavailable,
)  # fmt: skip

EXAMPLES: Final[dict[str, Any]] = {
    "tell_event": {
        "event": "more_information_asked",
        "happened_at": "2026-11-04T10:15:00Z",
        "words": "Which days does the child come late, and who brings the child to school?",
    },
    "tell_outcome": {
        "outcome": "single_agency",
        "happened_at": "2026-11-05T14:00:00Z",
        "lead": "Sam Okoro, Invented Primary School",
        "words": "One agency can meet this. The school leads.",
    },
    "answer": {"words": "Mondays and Fridays. Her mother walks with her on both."},
    "agree": {
        "agreement": {
            "giver": "mother",
            "capacity": "parent",
            "status": "given",
            "form": "signed",
            "on_date": "2026-11-04",
            "scope": {"categories": ["child_identity", "needs"]},
        }
    },
}
"""operation → what is sent."""

_ANSWERS: Final[dict[str, Any]] = {
    "tell_event": {"event": "…", "delivery": "…", "code": "more_information_asked", "entry": "…", "question": "…"},
    "tell_outcome": {"event": "…", "delivery": "…", "outcome": "single_agency", "entry": "…", "say": "…"},
    "answer": {"question": "…", "entry": "…", "say": "Your answer goes to Tower Hamlets Early Help Hub."},
    "agree": {"referral": "…", "version": 2, "entry": "…", "say": "…", "told": ["Tower Hamlets Early Help Hub"]},
}

_SUMMARIES: Final = {
    "tell_event": (
        "/v1/deliveries/{id}/events",
        "What happened to a message that a hub was sent",
        f"One of: {', '.join(TOLD)}. Only about the hubs that the key speaks for.",
        "EventTold",
    ),
    "tell_outcome": (
        "/v1/deliveries/{id}/outcome",
        "What a hub decided about a message",
        "One that the council lists for this hub. A later one stands instead of an earlier one; both are kept.",
        "OutcomeTold",
    ),
    "answer": (
        "/v1/referrals/{id}/answers",
        "What a hub has asked for",
        "The status lists the questions. The answer is decided and trimmed as anything else is.",
        "AnswerTold",
    ),
    "agree": (
        "/v1/referrals/{id}/agreement",
        "What the family said later",
        "Agreement, refusal, limits, competence. Whoever may have less than before is told.",
        "AgreementTold",
    ),
}

Answers = Callable[[str, dict[str, Any], tuple[type[GatewayError], ...]], dict[str, Any]]


def schemas() -> dict[str, Any]:
    """Every part of what is said, by name."""
    found: dict[str, Any] = {}
    for model in MODELS:
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        found |= schema.pop("$defs", {})
        found[model.__name__] = schema
    return found


def paths(answers: Answers, key: dict[str, Any], identifier: dict[str, Any]) -> dict[str, Any]:
    """The doors, by path. `answers` writes what may come back; `key` and `identifier` are the parameters."""
    return {
        path: {"post": _tell(name, summary, description, model, answers, [identifier, key])}
        for name, (path, summary, description, model) in _SUMMARIES.items()
    }


def _tell(
    name: str, summary: str, description: str, model: str, answers: Answers, parameters: list[dict[str, Any]]
) -> dict[str, Any]:
    hub = name.startswith("tell_")
    said = {"schema": {"$ref": f"#/components/schemas/{model}"}, "example": EXAMPLES[name]}
    errors = (*_ERRORS, NotSentYet) if hub else _ERRORS
    told = answers("202", {"type": "object"}, errors)
    told["202"]["content"]["application/json"]["example"] = _ANSWERS[name]
    if hub:
        key = {**parameters[1], "description": f"{parameters[1]['description']} `webhook-id` does as well."}
        parameters = [parameters[0] | {"description": "The message's id: its `webhook-id`."}, key | {"required": False}]
    return {
        "operationId": name,
        "summary": summary,
        "description": description,
        "parameters": parameters,
        "requestBody": {"required": True, "content": {"application/json": said}},
        "responses": told,
    }

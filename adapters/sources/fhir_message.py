"""A request for help as our own FHIR R4 message (`docs/fhir.md`): what `adapters.hubs.fhir_message` writes, read back.

One message Bundle, alone. Its record's data has four parts:

    {"referral": {…}, "payload": {…}, "message": {…}, "unread": {"Condition": [{"onsetDateTime": "…"}]}}

`referral` is what resources and answers say of a referral, in our own words; `payload` what the sender said beside it;
`unread` what stands in the message and nothing here reads. A message that was made by nothing of ours needs no more
than the resources: its answers ("what no resource says") may be absent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, Final, cast

from adapters.formats.batch import refusal
from adapters.formats.fhir.bundle import bundle
from adapters.formats.fhir.checking import WORDS, Wrong, wrong_with
from adapters.formats.fhir.reading import payload_of, unread
from adapters.formats.fhir.terms import MEDIA_TYPE, REASONS, REQUEST, Resource, code_in
from adapters.formats.json import strict_json
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

NAME: str = "fhir_message"
MEDIA_TYPES: tuple[str, ...] = (MEDIA_TYPE, "application/json")
KEEPS_BYTES: bool = True
ABOUT: About = About(
    title="FHIR R4 message, shaped as BaRS shapes one",
    format="JSON: one message Bundle",
    seen="",
    limits="Reads new requests by our own MessageDefinition, and no updates, cancellations or XML.",
)

_LARGEST: Final = 20 * 2**20
_TOLD: Final = 50
_ENVELOPE: Final = ("flags", "about", "withheld", "labels", "due", "freshness", "outcome", "hub", "your_answer")


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """The record of the message, keyed by the sender's own reference.

    Raises UnreadablePayload where it cannot be read: no strict JSON, no message of ours, no new request, or one that
    does not keep to `adapters.formats.fhir.checking`.
    """
    content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise refusal("the message", f"at most {_LARGEST // 2**20} MiB", "Send documents beside the message.")
    yield _record(strict_json(content), options)


def message_id(message: Any) -> str:
    """Id of the Bundle, by which its answer names it; "" if it has none."""
    named = message.get("id") if isinstance(message, dict) else None
    return named if isinstance(named, str) else ""


def _record(message: Plain, options: ReadOptions) -> SourceRecord:
    if wrong := wrong_with(message):
        raise UnreadablePayload("This is no message that can be read.", tuple(map(_fault, wrong[:_TOLD])))
    told = cast("Resource", message)
    _refuse_other_messages(told)
    try:
        said = payload_of(told)
        key = said.setdefault("reference", _reference(told))
        said.setdefault("council", "")
        said.setdefault("hub", "")
        left = unread(told, bundle(said, message_id(told)))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        remedy = "Let each linkId be a pointer into the payload that we publish, and each answer be one it may hold."
        raise refusal("QuestionnaireResponse", "answers that fit the payload", remedy) from error
    return SourceRecord("entry 1", options.form, str(key), "referral", _data(said, told, left))


def _refuse_other_messages(message: Resource) -> None:
    """Raises UnreadablePayload for what is a message of ours, and no new request."""
    header, request = message["entry"][0]["resource"], _request(message)
    if header["definition"].partition("|")[0] != REQUEST:
        raise refusal("entry 1", "a request for help", f"Send a message of {REQUEST}.")
    if code_in(header.get("reason"), REASONS) not in (None, "new") or request["status"] != "active":
        remedy = "Correct or withdraw a request at /v1/referrals/{id}."
        raise refusal("entry 1", "a new request, which is active", remedy)


def _reference(message: Resource) -> str:
    """The sender's own reference of the request, where it is in no system of ours; else the message's id."""
    named = (one["value"] for one in _request(message).get("identifier", ()) if one.get("value"))
    return str(next(named, message_id(message)))


def _request(message: Resource) -> Resource:
    found = (one["resource"] for one in message["entry"] if one["resource"]["resourceType"] == "ServiceRequest")
    return cast("Resource", next(found))


def _data(said: dict[str, Any], message: Resource, left: dict[str, Any]) -> dict[str, Plain]:
    referral = dict(said["referral"])
    if isinstance(people := referral.get("people"), list):
        referral["people"] = [_called(person, place) for place, person in enumerate(people, start=1)]
    if said.get("other_answers"):
        referral["other_answers"] = said["other_answers"]
    if said.get("test") is True:
        source = referral.get("source", {})
        referral["source"] = (source if isinstance(source, dict) else {}) | {"test": True}
    if not said["council"]:
        referral.pop("council", None)
    beside = {name: said[name] for name in _ENVELOPE if said.get(name)}
    safety = {name: value for name, value in said.get("safety", {}).items() if value}
    urgent = {"urgent": True} if said.get("urgent") is True else {}
    known = {*_ENVELOPE, "referral", "other_answers", "test", "safety", "urgent", "reference", "council"}
    rest = {name: value for name, value in said.items() if name not in known}
    header = message["entry"][0]["resource"]
    return {
        "referral": referral,
        "payload": beside | rest | urgent | {"safety": safety},
        "message": {"id": message_id(message), "source": header["source"]["endpoint"], "reference": said["reference"]},
        "unread": left,
    }


def _called(person: Any, place: int) -> Any:
    """The person, by a name of our own where the message has none: a copy may keep back the sender's."""
    return {"id": f"person-{place}"} | person if isinstance(person, dict) else person


def _fault(wrong: Wrong) -> Fault:
    expected, remedy = WORDS[wrong.code]
    steps = wrong.pointer.split("/")
    numbered = steps[1:2] == ["entry"] and steps[2:3] and steps[2].isdecimal()
    place = f"entry {int(steps[2]) + 1}" if numbered else "" if wrong.pointer else "the message"
    return Fault(place, wrong.pointer, expected, remedy)

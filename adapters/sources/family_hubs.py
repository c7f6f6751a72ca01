"""Referrals of DfE's "Connect families to support" in JSON (DFE-Digital/fh-services, the body of POST api/referrals).

One referral, a list, or JSON Lines; bare, or in the wrapper it is posted in. Names come in PascalCase when it is sent
and in camelCase when it is returned: they are matched in any case, and stand here as they are sent.

    {"Referral": {"ReasonForSupport": …, "EngageWithFamily": …, "RecipientDto": {…}, "ReferralUserAccountDto": {…},
     "ReferralServiceDto": {…}, "Status": {…}, …}, "Metrics": {…}}

The adult who agreed is named; there is no child in it, and consent is not in it either: the service asks for it before
the details and does not send the answer on.

Run on DfE's own test values (create_referral_request.json).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from adapters.formats.batch import refusal
from adapters.formats.json_documents import Document, each_document
from adapters.formats.keeping import kept_parts
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord

NAME: str = "family_hubs"
MEDIA_TYPES: tuple[str, ...] = ("application/json", "application/x-ndjson")
KEEPS_BYTES: bool = True
ABOUT: About = About(
    title="DfE Connect families to support",
    format="JSON: one referral, a list, or JSON Lines",
    seen="the service's own test referral",
    limits="Names an adult and no child, and does not send the consent that it asks for: a person must add both.",
)

_NAMES: Final = [
    "Referral", "Metrics", "RequestTimestamp", "ReferrerTelephone", "ReasonForSupport", "EngageWithFamily",
    "ReasonForDecliningSupport", "RecipientDto", "ReferralUserAccountDto", "ReferralServiceDto", "OrganisationDto",
    "Status", "Created", "CreatedBy", "LastModified", "LastModifiedBy", "Id", "Name", "Email", "Telephone",
    "TextPhone", "AddressLine1", "AddressLine2", "TownOrCity", "County", "PostCode", "EmailAddress", "PhoneNumber",
    "Team", "Description", "Url", "SortOrder", "SecondrySortOrder", "UserAccountRoles", "ServiceUserAccounts",
    "OrganisationUserAccounts", "ReferralServiceId",
]  # fmt: skip
_PUBLISHED: Final = {name.casefold(): name for name in _NAMES}


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """The record of each referral, keyed by the id that the service gave it; "" while it has none.

    Raises UnreadablePayload where no referral can be read: not strict JSON, not a referral, a name that comes twice in
    different cases. Beside others, such a referral is a Fault.
    """
    return each_document(file, lambda document: _record(document, options))


def _record(document: Document, options: ReadOptions) -> Iterator[SourceRecord]:
    body = _published(document, document.value)
    if isinstance(body, Mapping) and not isinstance(body.get("Referral"), Mapping):
        body = {"Referral": body}
    referral = body.get("Referral") if isinstance(body, Mapping) else None
    if not isinstance(body, Mapping) or not isinstance(referral, Mapping) or "ReasonForSupport" not in referral:
        remedy = "Send the body that “Connect families to support” posts, or the referral that it returns."
        raise refusal(document.position, "a referral with ReasonForSupport", remedy)
    number = referral.get("Id")
    key = str(number) if isinstance(number, int) and not isinstance(number, bool) and number > 0 else ""
    yield SourceRecord(document.position, options.form, key, "referral", kept_parts(body))


def _published(document: Document, value: Plain) -> Plain:
    """The same data under the published spelling of each name; a name that is not published stays as it is."""
    if isinstance(value, list):
        return [_published(document, part) for part in value]
    if not isinstance(value, Mapping):
        return value
    named = {_PUBLISHED.get(name.casefold(), name): _published(document, part) for name, part in value.items()}
    if len(named) != len(value):
        remedy = "Two names in one object differ only in their case. Remove one."
        raise refusal(document.position, "each name once", remedy)
    return named

"""Sets the documents in a submission's zip apart from what its source wrote, and gives each to its record (settled 26).

Beside the source's own file or files, the zip has a folder `documents`. Its folders say what a document is and whose:

    documents/signed_consent/form.pdf          the one record's
    documents/EX-17/eha/assessment.docx        of the record that its source calls EX-17

The first folder is the source's number of a record, with a hyphen for what a folder's name cannot hold, and is left out
where there is one record only; the last is a kind of document, and without it the kind is `other`. A document that
cannot be carried is told, and its record goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO, Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from adapters.formats.documents import check_document, type_of_name
from adapters.formats.zip import is_zip, members, streams
from contracts.adapter import Document, Fault
from contracts.errors import UnreadablePayload
from contracts.referral import Attachment
from gateway.flows.mapping.read import Read

FOLDER: Final = "documents"
KINDS: Final = ("signed_consent", "eha", "single_assessment", "plan", "other")
_UNFIT: Final = re.compile(r'[\\/:*?"<>|]')
LARGEST: Final = 20 * 1024 * 1024
"""Bytes of one document (settled 26)."""

ZIP_TYPE: Final = "application/zip"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A document and the record that it belongs to: the source's number, "" for the only one."""

    record: str
    document: Document


def set_apart(file: BinaryIO, media_types: Sequence[str]) -> tuple[BinaryIO, tuple[Enclosed, ...]]:
    """What the source wrote, and the documents beside it. Raises UnreadablePayload as `formats.zip` does."""
    if not is_zip(file) or not _has_documents(file):
        file.seek(0)
        return file, ()
    own: list[tuple[str, bytes]] = []
    enclosed: list[Enclosed] = []
    for number, (name, body) in enumerate(members(file), start=1):
        parts = name.split("/")
        if parts[0].casefold() == FOLDER and len(parts) > 1:
            enclosed.append(_enclosed(parts[1:], body, number))
        else:
            own.append((name, body))
    if ZIP_TYPE in media_types:
        return _zip_of(own), tuple(enclosed)
    if len(own) != 1:
        fault = Fault("the zip", "", f"one file beside the folder {FOLDER}", "Put the source's own file there.")
        raise UnreadablePayload(f"Not readable at the zip: expected {fault.expected}.", (fault,))
    return BytesIO(own[0][1]), tuple(enclosed)


def with_documents(reads: Iterator[Read], enclosed: Sequence[Enclosed]) -> Iterator[Read]:
    """The records with their documents. What belongs to no record is told at the end, as a rejection of its own."""
    waiting = {one.record: [] for one in enclosed}  # type: dict[str, list[Document]]
    for one in enclosed:
        waiting[one.record].append(one.document)
    first, second = next(reads, None), next(reads, None)
    if first is not None and second is None:
        first = attach(first, waiting.pop("", ()))
    for read in (one for one in (first, second) if one is not None):
        yield _with_its_own(read, waiting)
    for read in reads:
        yield _with_its_own(read, waiting)
    for documents in waiting.values():
        for document in documents:
            yield _nobodys(document.position)


def attach(read: Read, documents: Iterable[Document]) -> Read:
    """A record with these documents, each looked at; one that cannot be carried is told and left out."""
    documents = tuple(documents)
    if read.referral is None or not documents:
        return read
    carried, attachments, faults = list(read.documents), list(read.referral.attachments), list(read.faults)
    for document in documents:
        try:
            kind = check_document(document.body, document.media_type or type_of_name(document.name))
            if len(document.body) > LARGEST:
                raise too_large()
        except UnreadablePayload as error:
            faults += (replace(fault, position=document.position, kind="doubtful") for fault in error.faults)
            continue
        digest = sha256(document.body).hexdigest()
        about = Attachment(
            sha256=digest,
            name=document.name[:500] or None,
            media_type=kind,
            kind=document.kind,
            size=len(document.body),
        )
        attachments = [one for one in attachments if one.sha256 != digest] + [about]
        carried.append(replace(document, media_type=kind))
    referral = read.referral.model_copy(update={"attachments": tuple(attachments)})
    return replace(read, referral=referral, faults=tuple(faults), documents=tuple(carried))


def too_large() -> UnreadablePayload:
    """The error for a document over LARGEST."""
    fault = Fault("", "", f"a document of at most {LARGEST:,} bytes", "Save it smaller, or in parts.")
    return UnreadablePayload(f"Not a document that can be carried: expected {fault.expected}.", (fault,))


def _has_documents(file: BinaryIO) -> bool:
    try:
        return any(name.split("/")[0].casefold() == FOLDER and "/" in name for name, _ in streams(file))
    except UnreadablePayload:
        return False  # whoever reads it says what is wrong with it


def _enclosed(parts: list[str], body: bytes, number: int) -> Enclosed:
    *folders, name = parts
    kind = folders.pop().casefold() if folders and folders[-1].casefold() in KINDS else "other"
    document = Document(f"entry {number} of the zip", name, kind, type_of_name(name), body)
    return Enclosed(_folder_of("/".join(folders)), document)


def _with_its_own(read: Read, waiting: dict[str, list[Document]]) -> Read:
    key = _folder_of(read.referral.source.record_id or "") if read.referral else ""
    return attach(read, waiting.pop(key)) if key and key in waiting else read


def _folder_of(number: str) -> str:
    return _UNFIT.sub("-", number)


def _nobodys(position: str) -> Read:
    expected = "a document in the folder of its record"
    remedy = f"Put it into {FOLDER}/ and a folder named as the source numbers the record."
    return Read(position, None, (), (Fault(position, "", expected, remedy),))


def _zip_of(files: Iterable[tuple[str, bytes]]) -> BinaryIO:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_STORED) as archive:
        for name, body in files:
            archive.writestr(ZipInfo(name), body)
    packed.seek(0)
    return packed

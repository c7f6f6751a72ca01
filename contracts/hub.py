"""The seam between the gateway and a hub: what an adapter writes, how that is carried, and what came back.

A hub adapter is a module with `write` and `acknowledged`. It knows one way of speaking and nothing of the gateway: it
has no network, clock or store. What it writes is carried by the gateway, which knows nothing of what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, runtime_checkable

from contracts.adapter import Plain
from contracts.form import NO_FORM, Form

GRANTED_AT: Final = "token_endpoint"
GRANT: Final = (GRANTED_AT, "client_id", "kid")
"""Settings of a hub whose bearer token is asked for with its secret, a private key: where, as whom, by which key."""

Carriage = Literal["http", "smtp", "sftp", "collected"]
"""How what is written reaches a hub: a request, a mail, files in a folder, or not at all until the hub comes for it."""


@dataclass(frozen=True, slots=True)
class HubMessage:
    """The exact bytes one HTTP request sends, or one that a hub collects is answered with.

    Never an identifier of a person in path or headers.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HubMail:
    """One mail, whole: RFC 5322, with its headers. Never anything of a person in them."""

    sender: str
    recipient: str
    message: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """An earlier message whose files are taken away again, unless the hub has taken them.

    files            every name that they may have; the last one tells that all have come
    acknowledgement  name of the file by which the hub says that it took them
    again            the same message may be put there once more, with less in it
    """

    delivery: str
    files: tuple[str, ...]
    acknowledgement: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class HubFiles:
    """Files for one folder, in the order they are put there: the last one tells that all have come.

    files            name and content; a name holds our ids and nothing of a person
    acknowledgement  name of the file by which the hub says that it took them
    back             what is taken away before: a notice takes these back
    """

    files: tuple[tuple[str, bytes], ...] = field(repr=False)
    acknowledgement: str
    back: tuple[TakenBack, ...] = ()


Written = HubMessage | HubMail | HubFiles


@dataclass(frozen=True, slots=True)
class HubAnswer:
    """What came back: status, headers in lower case, at most the first 64 KiB of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """What a council's folder and this deployment tell an adapter of one hub.

    council   its name; council_title, hub_title: as people call them
    settings  the adapter's own, by the names it declares
    address   the hub's, as the council's file gives it
    sender    the address that mail of this deployment comes from, "" where it sends none
    emergency the sentence about immediate danger that everything a person reads ends with
    form      the council's own form: in what order and words a person reads it
    answer_at the page where whoever reads this one message says what became of it, "" where there is none
    """

    council: str = ""
    council_title: str = ""
    hub: str = ""
    hub_title: str = ""
    settings: Mapping[str, Plain] = field(default_factory=dict)
    address: str = ""
    sender: str = ""
    emergency: str = ""
    form: Form = NO_FORM
    answer_at: str = field(default="", repr=False)


NO_OPTIONS: Final = WriteOptions()
"""For a hub of which the council's folder says no more than where it is."""


class Hub(Protocol):
    """One way of speaking to a hub.

    CARRIED   how what it writes travels
    SCHEMES   what its hubs' addresses may begin with; () for hubs that have none
    SIGNS     whether it needs a secret of the hub
    NEEDS     names of the settings each hub must give; MAY: of those it may give
    """

    NAME: str
    CARRIED: Carriage
    SCHEMES: tuple[str, ...]
    SIGNS: bool
    NEEDS: tuple[str, ...]
    MAY: tuple[str, ...]

    def write(
        self, payload: bytes, delivery_id: str, now: int, secrets: Sequence[str], options: WriteOptions = NO_OPTIONS
    ) -> Written:
        """What one attempt sends. `now` is seconds since 1970; the id stays the same on every attempt.

        Raises ValueError for a payload or an id it cannot write: no byte has left then.
        """
        ...

    def acknowledged(self, answer: HubAnswer, delivery_id: str) -> bool:
        """True only if the answer names this delivery as received (settled 13)."""
        ...


@runtime_checkable
class Askable(Hub, Protocol):
    """A hub that can be asked over HTTP whether it has a message: what makes it class B (P13).

    ASKED_BY  the setting in which a hub says where; one that does not say it cannot be asked
    """

    ASKED_BY: str

    def question(
        self, delivery_id: str, now: int, secrets: Sequence[str], options: WriteOptions = NO_OPTIONS
    ) -> HubMessage:
        """The request that asks for one delivery, by its id and by nothing of a person."""
        ...

    def has_it(self, answer: HubAnswer, delivery_id: str) -> bool | None:
        """What the hub answered; None for anything that is not clearly yes or no."""
        ...


@runtime_checkable
class Particular(Hub, Protocol):
    """A hub whose settings must read in a certain way."""

    def amiss(self, settings: Mapping[str, Plain]) -> Iterator[tuple[str, str, str]]:
        """For each setting that does not: its name, what is expected, and the remedy."""
        ...


@runtime_checkable
class Keyed(Hub, Protocol):
    """A hub whose secret must be written in a certain way."""

    def may_sign(self, secret: str) -> bool:
        """Whether this can be signed with: one that is empty, cut short or of another kind cannot."""
        ...


@runtime_checkable
class Slow(Hub, Protocol):
    """A hub whose first message takes long to write: longer than a permit should have to last (P8)."""

    def get_ready(self) -> None:
        """Take that time now. Called before anything is sent, by each process that sends."""
        ...

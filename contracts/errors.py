"""The errors, arranged by who must act.

    GatewayError
    ├── SenderError                    the sender puts it right (4xx)
    │   ├── NotAuthenticated           401
    │   ├── NotAllowed                 403
    │   │   └── NotYourRole            403
    │   ├── NotFound                   404
    │   ├── UnknownSource              404
    │   ├── WrongMethod                405
    │   ├── NoIdempotencyKey           400
    │   ├── TooSlow                    408
    │   ├── StillRunning               409
    │   ├── NotSentYet                 409
    │   ├── NotApproved                409
    │   ├── AnsweredAlready            409
    │   ├── TooLarge                   413
    │   ├── WrongMediaType             415
    │   ├── UnreadablePayload          422
    │   ├── InvalidReferral            422
    │   ├── InvalidMessage             422
    │   ├── NotConfirmed               422
    │   ├── KeyUsedForOtherContent     422
    │   └── NoSuchAnswer               422
    ├── StoreUnavailable               503, an operator frees the store; safe to send again
    ├── ContentUnreadable              500, an operator restores a key, or a backup
    ├── ScannerUnavailable             503, an operator looks at the scanner; safe to send again
    └── ConfigError                    whoever keeps the mappings; the gateway will not start
        └── StoreRefused               whoever runs the gateway: this store, or these keys, may not be used as they are

A class is a title, a status and a docstring; RFC 9457's `type` is its name in kebab case. No error ever repeats a
value of a family's record: pointers, positions and what was expected are enough to put it right.
"""

from __future__ import annotations

import re
from typing import ClassVar

from contracts.adapter import Fault


class GatewayError(Exception):
    """Something the gateway can name."""

    title: ClassVar[str] = "Something went wrong"
    status: ClassVar[int] = 500

    def __init__(
        self,
        detail: str = "",
        faults: tuple[Fault, ...] = (),
        retry_after: int | None = None,
        *,
        replayed: bool = False,
    ) -> None:
        """retry_after: seconds. replayed: the sender was told the same before, and nothing happened now."""
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.faults = faults
        self.retry_after = retry_after
        self.replayed = replayed

    @classmethod
    def slug(cls) -> str:
        """The class name in kebab case: the last part of the problem's `type`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class SenderError(GatewayError):
    """The sender can put this right."""

    title = "The request could not be accepted"
    status = 400


class NotAuthenticated(SenderError):
    """No key, or a key this gateway does not know."""

    title = "Sign in with a key this gateway knows"
    status = 401


class NotAllowed(SenderError):
    """The key is known, and may not do this for this council, source or purpose."""

    title = "This key may not do that"
    status = 403


class NotYourRole(NotAllowed):
    """A person acts in a role that they are not listed in, or that may not do this."""

    title = "That is not for you in this role"


class NotFound(SenderError):
    """There is nothing here that this key may see."""

    title = "Nothing here that you may see"
    status = 404


class UnknownSource(SenderError):
    """No source of that name is connected for this council."""

    title = "No such source"
    status = 404


class WrongMethod(SenderError):
    """The address is right, and it does not take this method. The Allow header names those it takes."""

    title = "This address does not take that method"
    status = 405


class NoIdempotencyKey(SenderError):
    """A machine's POST needs an Idempotency-Key, so that sending it twice is safe."""

    title = "Send an Idempotency-Key header"
    status = 400


class StillRunning(SenderError):
    """The first request with this key has not finished. Send it again after Retry-After seconds."""

    title = "The same request is still running"
    status = 409


class AnsweredAlready(SenderError):
    """Somebody else has answered, or what it asked about has changed. Nothing was written. Look at it again."""

    title = "It has been answered, or has changed"
    status = 409


class NotSentYet(SenderError):
    """Not a byte of this message has left the gateway, so nobody can say anything about it. Nothing was recorded."""

    title = "That message has not been sent"
    status = 409


class NotApproved(SenderError):
    """A policy was to be published before everybody whose word it needs has given it."""

    title = "Not ready to be published"
    status = 409


class TooSlow(SenderError):
    """The bytes did not arrive in time. Nothing was accepted; send the same again."""

    title = "The bytes did not arrive in time"
    status = 408


class TooLarge(SenderError):
    """Larger than this door accepts. Larger files go in as files."""

    title = "Too large"
    status = 413


class WrongMediaType(SenderError):
    """The Content-Type is not one this door reads."""

    title = "This door does not read that content type"
    status = 415


class UnreadablePayload(SenderError):
    """The bytes are not what the source is said to write. They are kept, and recorded as rejected."""

    title = "The bytes could not be read"
    status = 422


class InvalidReferral(SenderError):
    """Readable, but not a canonical referral: an unknown field, a wrong type or a code that is in no list."""

    title = "Not a canonical referral"
    status = 422


class InvalidMessage(SenderError):
    """Readable, but not what can be said about this delivery or referral. Nothing was recorded."""

    title = "That cannot be said here"
    status = 422


class KeyUsedForOtherContent(SenderError):
    """This Idempotency-Key was used before with other bytes. Nothing has changed. Use a new key for new content."""

    title = "This Idempotency-Key was used for other content"
    status = 422


class NoSuchAnswer(SenderError):
    """This hold or task cannot be answered like that, or the answer lacks something. Nothing was written."""

    title = "It cannot be answered like that"
    status = 422


class NotConfirmed(SenderError):
    """More than ten children at once: a person must look at each and confirm it. Nothing was kept.

    children  position and confirmation token of each record that could become a referral
    """

    title = "A person must confirm each child"
    status = 422

    def __init__(self, detail: str = "", *, children: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(detail)
        self.children = children


class StoreUnavailable(GatewayError):
    """The store cannot take a write now. Nothing was accepted. The same key is safe to send again."""

    title = "The gateway cannot store anything just now"
    status = 503


class ContentUnreadable(GatewayError):
    """What is stored cannot be opened: its bytes were changed, or its key is not here. Nothing was written."""

    title = "What is stored cannot be opened"


class ScannerUnavailable(GatewayError):
    """The scanner this deployment has set could not say whether a document is clean. Nothing was accepted."""

    title = "A document could not be scanned just now"
    status = 503


class ConfigError(GatewayError):
    """A mapping, code list, council or table is wrong. Each fault names file, line, column and the nearest thing."""

    title = "The configuration is wrong"


class StoreRefused(ConfigError):
    """The store or the key folder may not be used as it is. The detail says what is wrong, and what to do."""

    title = "The gateway will not start on this store"

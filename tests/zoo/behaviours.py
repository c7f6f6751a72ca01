"""The zoo: what hubs do that no hub should, each as data, and what may come of the first attempt at one."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Final, Literal

Piece = bytes | float
"""Bytes that a peer writes, with `{id}` for the message's; or seconds that it waits."""

Name = Literal["", "self_signed", "expired", "other_name", "other_key", "old_tls", "asks_for_ours", "only_h2", "plain"]

DELIVERED: Final = frozenset({"delivered"})
NOT_SENT: Final = frozenset({"not_sent"})
FOR_NOW: Final = frozenset({"refused_for_now"})
REFUSED: Final = frozenset({"refused"})
HELD: Final = frozenset({"lane_held"})
UNCERTAIN: Final = frozenset({"uncertain"})
NEVER_READ: Final = UNCERTAIN | NOT_SENT
"""Of a connection that ends before the peer read: which it was depends on how far the content had got."""

PERHAPS_LATE: Final = UNCERTAIN | DELIVERED
"""Of an answer after the deadline: on a machine that stands still for longer, both are there at once."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a peer does with the first message that comes; with every other it does as it should.

    comes_to  the results of which one must be that of the first attempt
    answer    what it writes; then: what it does with the connection after that
    reads     how much of the request it reads first; takes: whether it acts on what it read
    tls       what is wrong with its TLS, "" for a hub of a demonstration, which has none
    away      it does not listen at first
    quick     shown by an attempt that runs out of time, so its attempts get little
    wait      least and most milliseconds until the next attempt, where that is what it shows
    """

    name: str
    comes_to: frozenset[str]
    answer: tuple[Piece, ...] = ()
    then: Literal["keep", "close", "reset", "silence"] = "keep"
    reads: Literal["nothing", "some", "head", "all"] = "all"
    takes: bool = False
    tls: Name = ""
    away: bool = False
    quick: bool = False
    wait: tuple[int, int] | None = None


ID: Final = 40
"""Letters of every delivery's id in the zoo, so that an answer's length is known before its id is."""


def said(status: str, body: bytes = b"", *headers: str) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body.replace(b'{id}', b'i' * ID))}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _takes(name: str, *answer: Piece, then: Literal["keep", "close", "reset", "silence"] = "keep") -> Behaviour:
    """A hub that takes the message and answers so that nobody knows."""
    return Behaviour(name, UNCERTAIN, answer, then, takes=True)


def _stalls(name: str, *answer: Piece) -> Behaviour:
    """A hub that takes the message, and whose answer does not come to its end in time."""
    return Behaviour(name, UNCERTAIN, answer, "silence", takes=True, quick=True)


def _turns_away(name: str, comes_to: frozenset[str], status: str, body: bytes = b"") -> Behaviour:
    """A hub that takes nothing."""
    return Behaviour(name, comes_to, (said(status, body),))


def _asks_to_wait(name: str, status: str, time: str, seconds: int) -> Behaviour:
    """A hub that takes nothing for now, and the seconds until it is tried again; a minute more on a busy machine."""
    answer = said(status, b"", f"retry-after: {time}")
    return Behaviour(name, FOR_NOW, (answer,), wait=(seconds * 1_000, seconds * 1_000 + 60_000))


NAMED: Final = b'{"id": "{id}"}'
OK: Final = said("200 OK", NAMED, "content-type: application/json")
_HALF: Final = OK[: len(OK) - 10]
_HEAD: Final = OK[:40]
_DUPLICATE: Final = said("409 Conflict", NAMED[:-1] + b', "code": "duplicate"}')
_HINT: Final = b"HTTP/1.1 103 Early Hints\r\n\r\n"
_CHUNKS: Final = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"
_SETTINGS: Final = b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18)
_PADDED: Final = NAMED[:-1] + b', "pad": "' + b"x" * 2_000_000 + b'"}'
_BOMB: Final = gzip.compress(b'{"id": "' + b"0" * 10_000_000)
_PAGE: Final = b"<html>Welcome</html>"
_LADDER: Final = 5  # seconds, its first step

_REACHED: Final = (
    Behaviour("takes_it_and_names_it", DELIVERED, (OK,), takes=True),
    Behaviour("takes_it_and_answers_202", DELIVERED, (said("202 Accepted", NAMED),), takes=True),
    Behaviour("says_that_it_has_it", DELIVERED, (_DUPLICATE,), takes=True),
    Behaviour("sends_fifty_early_hints_first", DELIVERED, (_HINT * 50 + OK,), takes=True),
    Behaviour("answers_twice", DELIVERED, (OK + OK,), takes=True),
)
_UNREACHED: Final = (
    Behaviour("refuses_connections", NOT_SENT, away=True),
    Behaviour("resets_before_reading", NEVER_READ, reads="nothing", then="reset"),
    Behaviour("resets_after_the_headers", UNCERTAIN, reads="head", then="reset"),
    _takes("resets_after_reading", then="reset"),
    _takes("hangs_up_without_a_word", then="close"),
)
_BROKEN: Final = (
    _takes("breaks_off_in_the_headers", _HEAD, then="close"),
    _takes("breaks_off_in_the_body", _HALF, then="close"),
    _takes("resets_in_the_body", _HALF, then="reset"),
    _takes("answers_in_broken_chunks", _CHUNKS + NAMED, then="close"),
    _takes("answers_in_another_protocol", b"SSH-2.0-OpenSSH_9.7\r\n", then="close"),
    _takes("answers_in_http_2", _SETTINGS, then="close"),
    _takes("answers_with_a_huge_header", said("200 OK", NAMED, "x-pad: " + "x" * 1_000_000)),
    _takes("answers_with_a_huge_body", said("200 OK", _PADDED)),
    _takes("answers_with_a_gzip_bomb", said("200 OK", _BOMB, "content-encoding: gzip")),
)
_SLOW: Final = (
    _stalls("never_answers"),
    _stalls("falls_silent_in_the_headers", _HEAD),
    _stalls("falls_silent_in_the_body", _HALF),
    _stalls("drips", *(piece for byte in OK for piece in (bytes([byte]), 0.05))),
    _stalls("sends_early_hints_for_ever", *(_HINT, 0.01) * 200),
    Behaviour("answers_late_on_a_kept_connection", PERHAPS_LATE, (1.5, OK), takes=True, quick=True),
)
_UNNAMED: Final = (
    _takes("answers_with_a_page", said("200 OK", _PAGE, "content-type: text/html")),
    _takes("answers_with_nothing", said("200 OK")),
    _takes("names_another_message", said("200 OK", b'{"id": "another"}')),
    _takes("names_it_in_json_that_breaks_off", said("200 OK", NAMED[:-1])),
    _takes("answers_204", b"HTTP/1.1 204 No Content\r\n\r\n"),
    _takes("answers_206_with_a_part", said("206 Partial Content", NAMED[:9], "content-range: bytes 0-8/51")),
)
_ELSEWHERE: Final = tuple(
    Behaviour(f"redirects_with_{status[:3]}", HELD, (said(status, b"", "location: {elsewhere}"),))
    for status in ("302 Found", "307 Temporary Redirect", "308 Permanent Redirect")
)
_TURNED_AWAY: Final = (
    _turns_away("answers_400", REFUSED, "400 Bad Request", NAMED),
    _turns_away("answers_404", REFUSED, "404 Not Found", NAMED),
    _turns_away("answers_409_for_another_reason", REFUSED, "409 Conflict", NAMED),
    _turns_away("answers_413", REFUSED, "413 Content Too Large"),
    _turns_away("answers_422", REFUSED, "422 Unprocessable Content"),
    _turns_away("answers_501", REFUSED, "501 Not Implemented"),
    _turns_away("answers_401", HELD, "401 Unauthorized"),
    _turns_away("answers_403", HELD, "403 Forbidden"),
    _turns_away("answers_410", HELD, "410 Gone"),
    _turns_away("answers_425", FOR_NOW, "425 Too Early"),
)
_IN_TROUBLE: Final = (
    _takes("answers_408_having_taken_it", said("408 Request Timeout")),
    _takes("answers_500_having_taken_it", said("500 Internal Server Error")),
    _takes("answers_504_having_taken_it", said("504 Gateway Timeout")),
    _turns_away("answers_502_having_taken_nothing", UNCERTAIN, "502 Bad Gateway"),
    _asks_to_wait("answers_503_and_a_time", "503 Service Unavailable", "900", 900),
    _asks_to_wait("answers_503_and_no_time_at_all", "503 Service Unavailable", "-5 or so", _LADDER),
    _asks_to_wait("answers_429_and_an_absurd_time", "429 Too Many Requests", "9" * 40, 86_400),
    _asks_to_wait("answers_429_and_a_past_time", "429 Too Many Requests", "Thu, 01 Jan 1970 00:00:00 GMT", _LADDER),
)
_TLS: Final = (
    Behaviour("shows_a_certificate_nobody_signed", HELD, tls="self_signed"),
    Behaviour("shows_a_certificate_that_expired", HELD, tls="expired"),
    Behaviour("shows_a_certificate_of_another_name", HELD, tls="other_name"),
    Behaviour("shows_another_key_than_was_written_down", HELD, tls="other_key"),
    Behaviour("speaks_only_tls_1_1", NOT_SENT, tls="old_tls"),
    Behaviour("speaks_no_tls_at_all", NOT_SENT, tls="plain", reads="some"),
    Behaviour("asks_for_a_certificate_of_ours", NEVER_READ, tls="asks_for_ours"),
    Behaviour("offers_only_http_2_in_its_tls", DELIVERED, (OK,), takes=True, tls="only_h2"),
)

ZOO: Final = (
    *_REACHED, *_UNREACHED, *_BROKEN, *_SLOW, *_UNNAMED, *_ELSEWHERE, *_TURNED_AWAY, *_IN_TROUBLE, *_TLS,
)  # fmt: skip
"""Every behaviour. What each comes to is by the table of answers in gateway/path/answers.py."""

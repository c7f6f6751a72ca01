"""Logs are JSON lines of allowed fields; neither an error's text nor a library's own words get in (reliability 5.7)."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from gateway.logs import ALLOWED, JsonLines, place_of

CANARY = "Quillfeather"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged under `gateway.tests` and `library.tests`."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    loggers = [logging.getLogger(name) for name in ("gateway.tests", "library.tests")]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
        logger.setLevel(logging.INFO)  # a command that ran in this process may have hushed them all
    yield written
    for logger in loggers:
        logger.removeHandler(handler)
        logger.propagate = True
        logger.setLevel(logging.NOTSET)


def test_a_line_is_one_json_object_that_says_when_who_and_what(lines: io.StringIO) -> None:
    logging.getLogger("gateway.tests").warning("the clock went back", extra={"milliseconds": 7})
    line = json.loads(lines.getvalue())
    assert (line["level"], line["from"], line["say"]) == ("warning", "gateway.tests", "the clock went back")
    assert (line["milliseconds"], line["at"].endswith("+00:00")) == (7, True)


@pytest.mark.parametrize("name", ["body", "family", "url", "path", "query"])
def test_a_field_that_is_not_allowed_is_dropped(lines: io.StringIO, name: str) -> None:
    logging.getLogger("gateway.tests").warning("something", extra={name: CANARY})
    assert CANARY not in lines.getvalue()


def test_no_allowed_field_is_one_that_holds_content() -> None:
    assert not ALLOWED & {"body", "content", "payload", "name", "detail", "message", "url", "path"}


def test_an_exception_is_told_by_its_type_and_place_and_not_by_its_text(lines: io.StringIO) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("gateway.tests").exception("something failed")
    line = json.loads(lines.getvalue())
    assert (line["error"], CANARY in lines.getvalue()) == ("ValueError", False)
    assert line["where"].startswith("test_logs.py:test_an_exception_is_told")


def test_arguments_of_a_message_are_not_written(lines: io.StringIO) -> None:
    logging.getLogger("gateway.tests").warning("could not read %s", CANARY)
    assert json.loads(lines.getvalue())["say"] == "could not read "


def test_of_a_librarys_line_only_the_place_is_kept(lines: io.StringIO) -> None:
    said = f"bad request /v1/{CANARY}"
    logging.getLogger("library.tests").error(said)
    line = json.loads(lines.getvalue())
    assert (CANARY in lines.getvalue(), line["where"].startswith("test_logs.py:")) == (False, True)


def test_an_object_in_an_allowed_field_is_named_by_its_type(lines: io.StringIO) -> None:
    logging.getLogger("gateway.tests").error("something", extra={"why": ValueError(CANARY)})
    assert json.loads(lines.getvalue())["why"] == "ValueError"


def test_line_breaks_and_escapes_cannot_forge_a_line(lines: io.StringIO) -> None:
    logging.getLogger("gateway.tests").error("something", extra={"why": 'x\n{"level": "info"}\x1b[2J'})
    assert len(lines.getvalue().splitlines()) == 1
    assert "\x1b" not in lines.getvalue()


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert place_of(ValueError(CANARY)) == ""

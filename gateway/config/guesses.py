"""What the words of a heading suggest: which field of the referral a question may fill, and for whom.

Guesses are for the draft of a mapping, which an analyst reads. No question is ever guessed to be the one about harm:
a person names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Whose = Literal["child", "carer", "referrer", ""]


@dataclass(frozen=True, slots=True)
class Guess:
    """One field that a question may fill.

    whose  the person it is about; "" for a field of the referral itself
    to     the field, from that person or from the referral: "addresses.postcode", "reason"
    reads  what the answers must be for the guess to stand, as names for `as`, the first that reads them first; none
           for any text
    codes  the list that the answers must be in
    """

    whose: Whose
    to: str
    reads: tuple[str, ...] = ()
    codes: str = ""


_DATE: Final = ("uk_date", "iso_date", "uk_or_iso_date", "date_of_datetime", "written_date")
_YES_NO: Final = ("yes_no",)

_OF_A_PERSON: Final[tuple[tuple[str, str, tuple[str, ...], str], ...]] = (
    (r"first names?|forenames?|given names?", "first_name", (), ""),
    (r"middle names?", "middle_names", (), ""),
    (r"surname|(last|family) name|name last", "surname", (), ""),
    (r"name first", "first_name", (), ""),
    (r"preferred name|known as", "preferred_name", (), ""),
    (r"date of birth|birth date|dob", "date_of_birth", _DATE, ""),
    (r"due date|expected date( of birth)?|edd", "expected_date_of_birth", _DATE, ""),
    (r"unborn", "unborn", _YES_NO, ""),
    (r"sex", "sex", (), "sex"),
    (r"ethnicity|ethnic (group|origin|background)", "ethnicity", (), "ethnicity"),
    (r"(first|home|main) language", "first_language", (), "language"),
    (r"religion", "religion", (), ""),
    (r"upn|unique pupil number", "identifiers.upn", ("upn",), ""),
    (r"nhs (number|no)", "identifiers.nhs_number", ("nhs_number",), ""),
    (r"year group|school year|nc year", "education.year_group", (), "nc_year"),
    (r"relationship", "relationship", (), "relationship"),
    (r"(home )?(post ?code|zip)", "addresses.postcode", ("postcode",), ""),
    (r"(home )?(town|city)", "addresses.town", (), ""),
    (r"(home )?address( line)?( [1-5])?", "addresses.lines", (), ""),
    (r"e ?mail( address)?", "emails", (), ""),
    (r"telephone|phone|mobile", "phones", (), ""),
    (r"school|nursery|college|setting", "education.setting_name", (), ""),
    (r"(full )?name", "full_name", (), ""),
)
_OF_THE_REFERRER: Final = (
    (r"role|job( title)?|position", "referrer.role", (), ""),
    (r"organisation|organization|agency|team|school|nursery|college|setting", "referrer.agency", (), ""),
    (r"e ?mail( address)?", "referrer.email", (), ""),
    (r"telephone|phone|mobile", "referrer.phone", (), ""),
    (r"(full )?name", "referrer.name", (), ""),
)
_OF_THE_REQUEST: Final = (
    (r"who (is asking|are you)|kind of referrer", "referrer.kind", (), "referrer_kind"),
    (r"date of (consent|agreement)|date (consent|agreement) (was )?given", "agreements.on_date", _DATE, ""),
    (r"consent|consents|consented|agree|agrees|agreed|agreement", "agreements.status", (), "agreement_status"),
    (r"needs", "needs", (), "need"),
    (r"tried( already)?", "tried_already", (), ""),
    (r"going well|strengths", "strengths.detail", (), ""),
    (r"reason|why|concerns?|worries|worried|help .* need|support .* need", "reason", (), ""),
)
_SAID_BY_THE_TOOL: Final = (
    (r"(submission )?(id|reference)", "source.record_id", (), ""),
    (r"(submission )?(submitted at|submission at|completed at)", "source.submitted_at", ("iso_datetime",), ""),
)

_SOMEBODY_ELSE: Final = re.compile(r"\b(sibling|siblings|brother|sister|household|gp|doctor|social worker|emergency)\b")
_CARER: Final = re.compile(r"\b(parent|parents|carer|carers|mother|father|guardian)\b")
_CHILD: Final = re.compile(r"\b(child|childs|children|childrens|pupil|pupils|student|students|young person|baby)\b")
_REFERRER: Final = re.compile(r"\b(your|referrer|referrers|referred by|professional|practitioner|worker|my)\b")
_ABOUT_HARM: Final = re.compile(r"\b(harm|harmed|danger|unsafe|safe|safety|risk|abuse|abused|neglect|suffering|hurt)\b")
_ASKS: Final = re.compile(
    r"\b(reason|why|concern|concerns|worried|consent|agree|agrees|referrer|referred|referral|your|harm)\b"
)
_REFERENCE: Final = re.compile(r"(submission |response |form |case )?(id|reference|ref|reference number|number)")
_TIME: Final = re.compile(
    r"(date |time )?(submitted|received|completed|created)( at| on| date| time)?|timestamp|submission (date|time)"
)


def guesses(question: str, own: bool = False) -> Iterator[Guess]:
    """The fields that a question may fill, the likeliest first. `own`: the tool says it itself, and asks nobody."""
    words = plain(question)
    if own:
        yield from _found(words, _SAID_BY_THE_TOOL, "", whole=True)
        return
    if may_ask_about_harm(question) or _SOMEBODY_ELSE.search(words):
        return
    whose = whose_of(words)
    if whose == "referrer":
        yield from _found(words, _OF_THE_REFERRER, "")
    elif whose:
        yield from _found(words, _OF_A_PERSON, whose)
    yield from _found(words, _OF_THE_REQUEST, "")
    if not whose:
        yield from _found(words, _OF_THE_REFERRER[2:4], "", whole=True)
        yield from _found(words, _OF_A_PERSON[:-1], "child", whole=True)


def may_ask_about_harm(question: str) -> bool:
    """Whether an analyst should look at this question first."""
    return bool(_ABOUT_HARM.search(plain(question)))


def asks_for_help(headings: Iterator[str]) -> bool:
    """Whether a table is of requests, and not one of pupils: it has a question that only who asks can answer."""
    return any(_ASKS.search(plain(heading)) for heading in headings)


def is_reference(heading: str) -> bool:
    """Whether a column may hold the tool's own number of a submission."""
    return bool(_REFERENCE.fullmatch(plain(heading)))


def is_time(heading: str) -> bool:
    """Whether a column may say when a submission was made."""
    return bool(_TIME.fullmatch(plain(heading)))


def whose_of(words: str) -> Whose:
    """Whom a question is about, by its words; "" where they do not say."""
    if _REFERRER.search(words) and not re.search(r"\byour child\b", words):
        return "referrer"
    if _CARER.search(words):
        return "carer"
    return "child" if _CHILD.search(words) else ""


def plain(question: str) -> str:
    """A question as it is compared, in small letters without marks: "Child's name (First)" is "childs name first"."""
    bare = question.replace("'", "").replace("’", "").replace("_", " ").casefold()
    return " ".join(re.sub(r"[^\w ]+", " ", bare).split())


def _found(
    words: str, table: tuple[tuple[str, str, tuple[str, ...], str], ...], whose: Whose, whole: bool = False
) -> Iterator[Guess]:
    """`whole`: the heading must say nothing else."""
    for pattern, to, reads, codes in table:
        if (re.fullmatch if whole else re.search)(rf"(?:{pattern})" if whole else rf"\b(?:{pattern})\b", words):
            yield Guess(whose, to, reads, codes)

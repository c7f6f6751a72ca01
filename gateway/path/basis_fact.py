"""Derives `basis`, `special` and `criminal`: the checks of a lawful basis that a machine can make (governance 1.5).

The referral's own statement counts where it has one; for the rest the sender's registration speaks (settled 6).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from contracts.agreement import AgreementMeaning, AgreementStatus, View16LA
from contracts.council import SENDER_TYPES
from contracts.people import Person, PersonRole, ReferrerKind
from gateway.path.case import Case, Finding, day_after

NOT_FOR_AUTHORITIES: Final = ("6_1_ea", "6_1_f")
NOT_FOR_PRIVATE: Final = ("6_1_e",)
NEEDS_POWER: Final = ("6_1_c", "6_1_e")
NEEDS_SCHEDULE_1: Final = ("9_2_g", "9_2_h")
CRIMINAL_NEEDS: Final = ("offending", "serious_youth_violence")
_NO_CONTROLLER: Final = (ReferrerKind.FAMILY, ReferrerKind.CHILD, ReferrerKind.PUBLIC)


class _Resting(NamedTuple):
    """The basis this sharing rests on, field by field from the referral or the registration."""

    article_6: str
    power: str
    article_9: tuple[str, ...]
    schedule_1: str
    article_10: str
    necessity: str
    reason_18: str
    source: str


def basis(case: Case) -> Finding:
    """`complete` if the basis is there, open to this kind of sender, and nothing recorded contradicts it.

    A family and a member of the public need none of their own (settled 41).
    """
    if case.referral.referrer.kind in _NO_CONTROLLER:
        return Finding("complete", ("/referrer/kind",))
    resting = case.once(_resting)
    sender = SENDER_TYPES.get(case.registration.sender_type, "public") if case.registration else None
    starts = case.council.settings.duty_16la_from
    ends = tuple(end for end in day_after(starts) if starts and starts > case.today)
    whole = bool(resting.article_6 and resting.necessity) and (
        bool(resting.power) or resting.article_6 not in NEEDS_POWER
    )
    fits = whole and sender is not None and _fits(case, resting, sender) and not _contradicts(case, resting)
    return Finding("complete" if fits else "incomplete", (resting.source,), ends)


def special(case: Case) -> Finding:
    """Special category data. Free text may hold it, so text counts as if it did."""
    held = tuple(dict.fromkeys(_special(case)))
    if not held:
        return Finding("none")
    if case.own_request != "no":
        return Finding("conditioned", ("/referrer/kind",))
    resting = case.once(_resting)
    found = any(_conditioned(case, resting, condition) for condition in resting.article_9)
    return Finding("conditioned" if found else "unconditioned", (resting.source, *held))


def criminal(case: Case) -> Finding:
    """Allegations and offences need a condition of their own (Article 10). An alleged person's presence is one."""
    found = tuple(dict.fromkeys(_criminal(case)))
    if not found:
        return Finding("none")
    resting = case.once(_resting)
    return Finding("conditioned" if resting.article_10 else "unconditioned", (resting.source, *found))


def _resting(case: Case) -> _Resting:
    """6(1)(c) stands only on a recorded view; without one the registered basis does (settled 6)."""
    stated, registered = case.referral.basis, case.registration
    article_6 = stated.article_6 if stated and stated.article_6 else registered.article_6 if registered else ""
    power = stated.power if stated and stated.power else registered.power if registered else ""
    source = "/basis" if stated and stated.article_6 else "registration"
    if article_6 == "6_1_c" and not _duty_16la(case) and registered and registered.article_6 != "6_1_c":
        article_6, power, source = registered.article_6, registered.power, "registration"
    return _Resting(
        article_6=article_6,
        power=power,
        article_9=(stated.article_9 if stated else ()) or (registered.article_9 if registered else ()),
        schedule_1=(stated.schedule_1 if stated else "") or (registered.schedule_1 if registered else ""),
        article_10=(stated.article_10 if stated else "") or (registered.article_10 if registered else ""),
        necessity=(stated.necessity if stated else "") or (registered.necessity if registered else ""),
        reason_18=(stated.paragraph_18_reason if stated else "")
        or (registered.paragraph_18_reason if registered else ""),
        source=source,
    )


def _fits(case: Case, resting: _Resting, sender: str) -> bool:
    """Whether this basis is open to this kind of sender."""
    if sender == "public":
        return True
    if resting.article_6 == "6_1_a":
        return _consented(case) and (sender == "private" or case.council.settings.consent_as_basis)
    if resting.article_6 == "6_1_c":
        designated = case.registration is not None and case.registration.designated
        return _duty_16la(case) and (sender == "authority" or designated)
    return resting.article_6 not in (NOT_FOR_AUTHORITIES if sender == "authority" else NOT_FOR_PRIVATE)


def _duty_16la(case: Case) -> bool:
    """Whether 16LA may be rested on: in force by the council's own day, and its view recorded by a person."""
    starts, stated = case.council.settings.duty_16la_from, case.referral.basis
    return starts is not None and starts <= case.today and _viewed(stated.view_16la if stated else None, case)


def _viewed(view: View16LA | None, case: Case) -> bool:
    if view is None or not view.by or view.at is None or view.at > case.today:
        return False
    return view.relevant is True and view.may_help is True and view.more_detrimental is False


def _contradicts(case: Case, resting: _Resting) -> bool:
    """Paragraph 18 is for where there is no consent: it needs the reason, and none may have been given."""
    return resting.schedule_1 == "para_18" and (not resting.reason_18 or _consented(case))


def _conditioned(case: Case, resting: _Resting, condition: str) -> bool:
    """Whether one Article 9 condition is whole: 9(2)(h) needs a duty of confidence too (DPA 2018 s.11)."""
    if condition == "9_2_a":
        return _consented(case)
    if condition == "9_2_h" and not (case.registration and case.registration.duty_of_confidence):
        return False
    return condition not in NEEDS_SCHEDULE_1 or bool(resting.schedule_1)


def _consented(case: Case) -> bool:
    """Whether somebody's GDPR consent is given and not taken back (governance 1.2)."""
    meant = (AgreementMeaning.GDPR_CONSENT, AgreementMeaning.BOTH)
    found = [item for item in case.referral.agreements if item.meaning in meant]
    return bool(found) and all(item.status is AgreementStatus.GIVEN and not item.withdrawn_on for item in found)


def _special(case: Case) -> Iterator[str]:
    referral = case.referral
    yield from ("/reason" for _ in filter(None, (referral.reason, referral.tried_already, referral.impact)))
    yield from ("/needs" for _ in referral.needs[:1])
    yield from ("/other_answers" for _ in referral.other_answers[:1])
    yield from ("/attachments" for _ in referral.attachments[:1])
    yield from (f"/people/{place}" for place, person in enumerate(referral.people) if _sensitive(person))


def _sensitive(person: Person) -> bool:
    education = person.education
    return any(
        (
            person.health,
            person.gp,
            person.disabilities,
            person.significant_disability,
            person.learning_difficulty_or_disability,
            person.ethnicity,
            person.ethnicity_as_stated,
            person.religion,
            person.gender_identity,
            person.notes,
            education and (education.sen_needs or education.sen_provision not in (None, "N")),
        )
    )


def _criminal(case: Case) -> Iterator[str]:
    referral = case.referral
    if referral.criminal:
        yield "/criminal"
    yield from (
        f"/people/{place}" for place, person in enumerate(referral.people) if PersonRole.ALLEGED_HARM in person.roles
    )
    yield from (f"/needs/{place}" for place, need in enumerate(referral.needs) if need.code in CRIMINAL_NEEDS)

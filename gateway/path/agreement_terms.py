"""Derives what councils ask of an agreement beside its state: form, parties, both consents, choice, who was told."""

from __future__ import annotations

from typing import Final

from contracts.agreement import AgreementForm, AgreementStatus, Informed
from contracts.council_settings import AgreementTerms
from gateway.path.agreement_fact import Statement, agreement, asked_by_the_form, statements, undated
from gateway.path.case import Case, Finding

_WRITTEN: Final = (AgreementForm.SIGNED, AgreementForm.WRITTEN, AgreementForm.ELECTRONIC)
_FAMILY: Final = ("parents", "family")
_ADULT: Final = 18


def agreement_form(case: Case) -> Finding:
    """Whether the agreement has the form this purpose needs (TH-C05, LE-C10).

    A stated signed form that is not here goes to the hub's mailbox (settled 48). A family's own request needs none.
    """
    terms = _terms(case)
    needed = terms.form and (not terms.form_after or _assessed(case, terms.form_after))
    if not needed or case.own_request != "no" or case.once(agreement).value == "not_required":
        return Finding("not_needed", ("council",))
    said = case.once(_given)
    sources = tuple(f"/agreements/{statement.place}/form" for statement in said)
    forms = {_form(case, terms, statement) for statement in said}
    for value in ("as_required", "signed_to_follow", "other_form"):
        if value in forms:
            return Finding(value, sources)
    return Finding("unknown", sources or ("/agreements",))


def parties(case: Case) -> Finding:
    """Whether those agreed whom the council's document names (rules 4.6). An adult answers alone (TH-C26)."""
    wanted = _terms(case).parties
    if not wanted or case.once(agreement).value == "not_required" or case.own_request != "no":
        return Finding("not_needed", ("council",))
    said = case.once(_given)
    sources = tuple(f"/agreements/{statement.place}" for statement in said)
    by_child = any(statement.by_child for statement in said)
    by_parent = any(not statement.by_child for statement in said)
    if by_child and _adult(case):
        return Finding("as_required", sources)
    if not by_parent and not (by_child and wanted == "child_or_parent"):
        return Finding("parent_missing", sources)
    unborn = case.child is None or case.child.unborn
    if wanted == "child_and_family" and not by_child and not unborn:
        return Finding("child_missing", sources)
    return Finding("as_required", sources)


def both_consents(case: Case) -> Finding:
    """Consent to the support and to the sharing, where the document asks for each (LE-C09). Unsaid is not given."""
    wanted = _terms(case).consents
    if not wanted:
        return Finding("not_needed", ("council",))
    said = case.once(_given)
    support = any(statement.agreement.scope.support for statement in said)
    sharing = any(statement.agreement.scope.sharing for statement in said)
    sources = tuple(f"/agreements/{statement.place}/scope" for statement in said)
    return Finding({0: "none", 1: "one", 2: "both"}[support + sharing], sources)


def agreement_record(case: Case) -> Finding:
    """Whether the family's yes is here with its day, without one, or only as a form that asks for it."""
    if not case.referral.agreements and asked_by_the_form(case):
        return Finding("by_the_form", ("registration",))
    bare = [f"/agreements/{said.place}" for said in case.once(_given) if undated(case, said.agreement)]
    return Finding("undated" if bare else "stated", tuple(bare) or ("/agreements",))


def informed_agreement(case: Case) -> Finding:
    """Whether the record says that the family knew what it agreed to (HU-C02, LE-C05)."""
    if not case.council.settings.informed or case.own_request != "no":
        return Finding("not_needed", ("council",))
    told = [f"/agreements/{said.place}/informed_of" for said in case.once(_given) if said.agreement.informed_of]
    told += [f"/notices/{place}" for place, notice in enumerate(case.referral.notices) if notice.given]
    return Finding("stated" if told else "not_stated", tuple(told))


def family_choice(case: Case) -> Finding:
    """Whether the family's choice of what to share is recorded, where it has one (HU-C03)."""
    if not case.council.settings.partial_choice or case.child is None:
        return Finding("not_needed", ("council",))
    chosen = tuple(
        f"/agreements/{said.place}/scope/categories"
        for said in case.once(_given)
        if said.agreement.scope.categories is not None
    )
    chosen += ("/sharing_limits",) if case.referral.sharing_limits else ()
    return Finding("recorded" if chosen else "not_recorded", chosen)


def parents(case: Case) -> Finding:
    """Whether the parents know of this sharing, or who decided with the sender that they do not (TH-C16 to C18).

    A parent who was asked to agree knows. A stated "not told" counts for more than that. An adult's need not.
    """
    settings = case.council.settings
    if not settings.inform_parents or case.child is None or case.own_request != "no":
        return Finding("not_needed", ("council",))
    if _adult(case):
        return Finding("not_needed", (f"{case.child_at}/date_of_birth",))
    ends = case.birthdays(_ADULT)
    told = [
        (f"/informed/{place}", item) for place, item in enumerate(case.referral.informed) if _of_parents(case, item)
    ]
    sources = tuple(pointer for pointer, _ in told)
    kept = [item for _, item in told if item.told is False]
    if kept:
        order = ("not_told", "not_told_unapproved", "not_told_risk")
        return Finding(min((_untold(item, settings.approver) for item in kept), key=order.index), sources, ends)
    asked = tuple(f"/agreements/{said.place}" for said in case.once(statements) if _asked(said))
    if asked or any(item.told for _, item in told):
        return Finding("told", (*sources, *asked), ends)
    return Finding("unknown", sources or ("/informed",), ends)


def _adult(case: Case) -> bool:
    return case.age is not None and case.age >= _ADULT


def _terms(case: Case) -> AgreementTerms:
    return case.council.settings.terms(case.referral.purpose.value)


def _given(case: Case) -> tuple[Statement, ...]:
    return tuple(
        said
        for said in case.once(statements)
        if said.agreement.status is AgreementStatus.GIVEN and said.state not in ("withdrawn", "refused")
    )


def _assessed(case: Case, kind: str) -> bool:
    return any(assessment.kind == kind for assessment in case.referral.assessments)


def _form(case: Case, terms: AgreementTerms, said: Statement) -> str:
    form = said.agreement.form
    signed = form is AgreementForm.SIGNED or (form is None and bool(said.agreement.signed_document_elsewhere))
    if terms.form == "written" and form in _WRITTEN:
        return "as_required"
    if signed:
        here = said.agreement.signed_document or any(
            attachment.kind == "signed_consent" for attachment in case.referral.attachments
        )
        return "as_required" if here else "signed_to_follow"
    return "unknown" if form is None else "other_form"


def _of_parents(case: Case, item: Informed) -> bool:
    return case.is_carer(item.person) if item.person else item.who in _FAMILY


def _untold(item: Informed, approver: str) -> str:
    if not item.reason_not and not item.reason_code:
        return "not_told"
    return "not_told_unapproved" if approver and not item.decided_with else "not_told_risk"


def _asked(said: Statement) -> bool:
    asked = (AgreementStatus.GIVEN, AgreementStatus.REFUSED, AgreementStatus.WITHDRAWN)
    return not said.by_child and said.agreement.status in asked

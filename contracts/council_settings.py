"""What a council answered in `council.yaml`: the settings that facts are derived with (rules, appendix A)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class AgreementTerms:
    """What agreement one purpose needs (rules 4.6).

    form      `signed`, `written`, or "" where silent; `form_after`: only once such an assessment was done (LE-C10)
    parties   `child_and_family`, `child_or_parent`, `parent`, or "" where silent
    consents  of `support` and `sharing`, those the document asks for one by one (LE-C09)
    """

    required: bool = True
    form: str = ""
    form_after: str = ""
    parties: str = ""
    consents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whom the council's Early Help is for (rules 7). None is silent. Ages are whole years, the last one included.

    doubtful_age  an age the document's passages disagree about: shared with a flag
    bands         requested service → the first and last age printed beside its box
    """

    unborn: bool = True
    age_max: int | None = None
    ldd_age_max: int | None = None
    doubtful_age: int | None = None
    min_needs: int | None = None
    assessment_months: int | None = None
    bands: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """The answers of `council.yaml` that facts are derived with (rules, appendix A).

    agreement         purpose → its terms; `any` for every other
    young_alone       from this age a young person's agreement stands alone; below it competence must be recorded
    stale_months      life of an agreement (governance 1.8.1)
    duties            statutory duty → the field groups that may go without agreement (TH-C02)
    partial_choice    the family chooses what to share (HU-C03); informed: it must be told what it agrees to (HU-C02)
    consent_as_basis  the council's IG lead accepts GDPR consent from a public authority (governance 1.2)
    advice            purposes that may come without a name; () switches the path off
    inform_parents    parents must be told; `approver` decides with the practitioner that they are not
    lead              the council's own word for who leads (rules 10.1 row 17); levels: common scale → its own label
    duty_16la_from    the day section 16LA is taken to be in force here; None until the council enters it
    """

    agreement: Mapping[str, AgreementTerms]
    young_alone: int = 16
    stale_months: int = 6
    duties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    partial_choice: bool = False
    informed: bool = False
    consent_as_basis: bool = False
    advice: tuple[str, ...] = ()
    inform_parents: bool = False
    approver: str = ""
    eligibility: Eligibility = Eligibility()
    levels: Mapping[str, str] = field(default_factory=dict)
    lead: str = "Lead Professional"
    duty_16la_from: date | None = None

    def terms(self, purpose: str) -> AgreementTerms:
        """The agreement this purpose needs."""
        return self.agreement.get(purpose) or self.agreement.get("any") or AgreementTerms()

"""Loads a council's folder into one frozen `Council`, or says what is wrong on which line of which file.

A folder holds council, hubs, routes, timers, outcomes, senders, people and rules, each one YAML file. `rules.yaml` is a
table of the sharing policy: `tables.py` reads it, and only the facts it declares are checked here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from contracts.adapter import Fault
from contracts.complaints import Complaints
from contracts.controllers import Controllers
from contracts.council import (
    Areas,
    Ask,
    Clock,
    Council,
    DutyRole,
    Guidance,
    Hours,
    HubSettings,
    Neighbour,
    Registration,
    Route,
)
from contracts.council_settings import AgreementTerms, Eligibility, Settings
from contracts.errors import ConfigError
from contracts.outcomes import HubOutcome
from gateway.config.councilchecks import NO_WORDS, Words, faults
from gateway.config.councilfiles import (
    CouncilFile,
    HubRow,
    HubsFile,
    OutcomeRow,
    OutcomesFile,
    PeopleFile,
    Question,
    RoutesFile,
    SenderRow,
    SendersFile,
    Terms,
    TimersFile,
)
from gateway.config.forms import load_form
from gateway.config.tablefiles import CouncilTableFile
from gateway.config.yamlfile import Loaded, load, refuse

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Folder:
    """A council's eight files, read but not yet held against each other."""

    council: Loaded[CouncilFile]
    hubs: Loaded[HubsFile]
    routes: Loaded[RoutesFile]
    timers: Loaded[TimersFile]
    outcomes: Loaded[OutcomesFile]
    senders: Loaded[SendersFile]
    people: Loaded[PeopleFile]
    rules: Loaded[CouncilTableFile]


def load_councils(folder: Path, words: Words = NO_WORDS) -> Mapping[str, Council]:
    """Every council of `mappings/councils/` by its name. Raises ConfigError with the faults of all of them.

    words  the codes and field groups that councils' files may use; what is not given is not checked
    """
    councils: dict[str, Council] = {}
    found: list[Fault] = []
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        try:
            councils[place.name] = load_council(place, words)
        except ConfigError as error:
            found += error.faults
    refuse((*found, *_shared_keys(councils.values(), folder)))
    return councils


def load_council(folder: Path, words: Words = NO_WORDS) -> Council:
    """One council. Raises ConfigError with every fault of its files or, if there is none, of how they fit together."""
    files = _read_all(folder)
    refuse(faults(files, folder.name, words))
    head = files.council.model
    asks: list[Ask] = []
    return Council(
        name=head.council,
        title=head.title,
        gss=head.gss,
        hubs={name: _hub(name, row) for name, row in files.hubs.model.hubs.items()},
        routes=tuple(Route(row.id, row.when, row.to, row.because) for row in files.routes.model.routes),
        settings=_settings(head, asks),
        senders={name: _registration(name, head.council, row) for name, row in files.senders.model.senders.items()},
        roles={
            name: DutyRole(row.title, row.people, row.cover or "", row.mail or "")
            for name, row in files.people.model.roles.items()
        },
        works_for={name: frozenset(hubs) for name, hubs in files.people.model.works_for.items()},
        audits={name: row.plain() for name, row in files.people.model.audits.items()},
        clocks={name: Clock(name=name, **dict(row)) for name, row in files.timers.model.clocks.items()},
        outcomes={name: _outcome(name, row) for name, row in files.outcomes.model.outcomes.items()},
        front_door=head.front_door,
        emergency=head.emergency,
        digest=_digest(files),
        hours=Hours(head.hours.opens, head.hours.closes, head.hours.closed),
        asks=tuple(asks),
        guidance=tuple(Guidance(row.say, row.rules) for row in files.timers.model.guidance),
        aliases=head.aliases,
        localities={word.casefold(): code for code, words in head.localities.items() for word in (code, *words)},
        areas=_areas(head),
        neighbours=_neighbours(head),
        controllers=Controllers(**dict(head.controllers)),
        complaints=Complaints(**dict(head.complaints)),
        sign_in=files.people.model.sign_in.plain() if files.people.model.sign_in else None,
        form=load_form(folder),  # how it reads, and nothing that is decided: no part of the digest
    )


def _neighbours(head: CouncilFile) -> dict[str, Neighbour]:
    return {
        word.casefold(): Neighbour(row.title, row.telephone, row.out_of_hours)
        for name, row in head.neighbours.items()
        for word in (name, row.title, *row.names)
    }


def _areas(head: CouncilFile) -> Areas:
    mapped = [(area, code) for code, areas in head.postcodes.localities.items() for area in areas]
    not_sure = tuple(word.casefold() for word in head.not_sure)
    return Areas(head.postcodes.ours, tuple(mapped), head.postcodes.routes, not_sure)


def _read_all(folder: Path) -> Folder:
    found: list[Fault] = []
    council = _read(folder / "council.yaml", CouncilFile, found)
    hubs = _read(folder / "hubs.yaml", HubsFile, found)
    routes = _read(folder / "routes.yaml", RoutesFile, found)
    timers = _read(folder / "timers.yaml", TimersFile, found)
    outcomes = _read(folder / "outcomes.yaml", OutcomesFile, found)
    senders = _read(folder / "senders.yaml", SendersFile, found)
    people = _read(folder / "people.yaml", PeopleFile, found)
    rules = _read(folder / "rules.yaml", CouncilTableFile, found)
    refuse(found)
    assert council and hubs and routes and timers and outcomes  # noqa: PT018  # else a fault
    assert senders and people and rules  # noqa: PT018
    return Folder(council, hubs, routes, timers, outcomes, senders, people, rules)


def _read(path: Path, model: type[M], found: list[Fault]) -> Loaded[M] | None:
    try:
        return load(path, model)
    except ConfigError as error:
        found.extend(error.faults)
        return None


def _settings(head: CouncilFile, asks: list[Ask]) -> Settings:
    terms = {str(purpose): _terms(purpose, row, asks) for purpose, row in head.agreement.purposes.items()}
    may = head.eligibility
    eligibility = Eligibility(
        unborn=may.unborn,
        age_max=_known("eligibility.age_max", may.age_max, asks),
        ldd_age_max=_known("eligibility.ldd_age_max", may.ldd_age_max, asks),
        doubtful_age=may.doubtful_age,
        min_needs=_known("eligibility.min_needs", may.min_needs, asks),
        assessment_months=may.assessment_months,
        bands=may.bands,
    )
    for name, question in head.questions.items():
        _answer(f"questions.{name}", question, asks)  # nothing the gateway derives turns on it: the answer is awaited
    return Settings(
        agreement=terms,
        young_alone=_answer("agreement.young_alone", head.agreement.young_alone, asks),
        stale_months=head.agreement.stale_months,
        duties=head.agreement.statutory_duties,
        partial_choice=head.agreement.partial_choice,
        informed=head.agreement.informed,
        consent_as_basis=head.agreement.consent_as_basis,
        advice=tuple(head.advice),
        inform_parents=head.inform_parents.required,
        approver=head.inform_parents.approver or "",
        eligibility=eligibility,
        levels=head.levels,
        lead=head.labels.lead,
        duty_16la_from=head.section_16la_from,
    )


def _terms(purpose: str, row: Terms, asks: list[Ask]) -> AgreementTerms:
    at = f"agreement.purposes.{purpose}"
    return AgreementTerms(
        required=row.required,
        form=_answer(f"{at}.form", row.form, asks),
        form_after=row.form_after or "",
        parties=_answer(f"{at}.parties", row.parties, asks),
        consents=row.consents,
    )


def _answer(setting: str, value: T | Question[Any], asks: list[Ask]) -> T:
    """The value in force; a question is noted in `asks`."""
    if not isinstance(value, Question):
        return value
    answer = value.answer
    in_force: T = answer.value if answer else value.cautious
    asks.append(Ask(setting, value.ask, str(in_force), answer.by if answer else "", value.rules))
    return in_force


def _known(setting: str, value: T | Question[Any] | None, asks: list[Ask]) -> T | None:
    """As `_answer`, where the document may be silent."""
    return None if value is None else _answer(setting, value, asks)


def _hub(name: str, row: HubRow) -> HubSettings:
    given: dict[str, Any] = dict(row)
    return HubSettings(name=name, hub_class=given.pop("class_"), **given)


def _outcome(name: str, row: OutcomeRow) -> HubOutcome:
    given = dict(row) | {"code": row.code or name, "follows": row.follows or "", "family": row.family or ""}
    return HubOutcome(name=name, **given)


def _registration(name: str, council: str, row: SenderRow) -> Registration:
    basis, agreement, notice = row.basis, row.agreement, row.notice_to_every_family
    asked = row.agreement_of_every_family
    return Registration(
        sender=name,
        council=council,
        title=row.title,
        sender_type=row.type,
        keys=row.keys,
        test_keys=row.test_keys,
        jwks=tuple(jwk.plain() for jwk in row.jwks),
        sources=row.sources,
        purposes=tuple(row.purposes),
        may=tuple(row.may),
        agreement=agreement.id if agreement else "",
        agreement_until=agreement.until if agreement else None,
        article_6=basis.article_6 if basis else "",
        power=basis.power if basis else "",
        article_9=tuple(basis.article_9) if basis else (),
        schedule_1=basis.schedule_1 if basis else "",
        article_10=basis.article_10 if basis else "",
        necessity=basis.necessity if basis else "",
        notice_to_every_family=notice.version if notice else "",
        notice_until=notice.until if notice else None,
        contact=row.contact,
        agency_kind=row.agency_kind,
        hubs=row.hubs,
        active=row.active,
        until=row.until,
        designated=row.designated,
        duty_of_confidence=row.duty_of_confidence,
        paragraph_18_reason=basis.paragraph_18_reason if basis else "",
        demo=row.demo,
        agreement_of_every_family=asked.question if asked else "",
        agreement_asked_until=asked.until if asked else None,
        names_no_child=row.names_no_child,
        people={str(role): names for role, names in row.people.items()},
        webhook=row.webhook.plain() if row.webhook else None,
        **_calls(row),
    )


def _calls(row: SenderRow) -> dict[str, Any]:
    return {"taken_by": row.taken_by, "other_doors": tuple(one.plain() for one in row.other_doors)}


def _digest(files: Folder) -> str:
    first = (files.council, files.hubs, files.routes, files.timers, files.outcomes)
    every = (*first, files.senders, files.people, files.rules)
    lines = sorted(f"{file.path.name} {file.digest}\n" for file in every)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _shared_keys(councils: Iterable[Council], folder: Path) -> Iterable[Fault]:
    """A key that opens two councils' doors: each registration needs its own."""
    seen: dict[str, str] = {}
    for council in councils:
        for sender in council.senders.values():
            for key in (*sender.keys, *sender.test_keys):
                if seen.setdefault(key, council.name) != council.name:
                    place = str(folder / council.name / "senders.yaml")
                    remedy = f"A key of `{sender.sender}` also opens {seen[key]}. Issue another."
                    yield Fault(place, "", "keys of this council alone", remedy)

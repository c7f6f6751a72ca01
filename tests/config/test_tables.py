"""A sharing policy is read whole or refused, and every mistake is told at its line with the nearest right word."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from contracts.decision import Facts, Obligation, Outcome
from contracts.errors import ConfigError
from gateway.config.policy import in_words
from gateway.config.tables import load_policy
from gateway.path.deciding import evaluate
from tests.path.vectors import CLEAN, SHARING

COUNCIL = """\
id: TH
title: What the council asks besides
owner: council_admin
facts:
  form: [signed, unsigned]
rules:
  - id: TH-C05
    when: {form: [unsigned], path: [early_help]}
    then: return
    hold: returned
    say: The council asks for a signed form.
"""


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(SHARING, tmp_path / "sharing"))


@pytest.fixture
def council(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "rules.yaml"
        path.write_text(text)
        return path

    return write


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new))


def faults(folder: Path, council: Path | None = None) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_policy(folder, council)
    return [line.replace(f"{folder.parent}/", "") for line in raised.value.detail.splitlines()]


def test_the_six_tables_are_read_in_the_order_of_their_list():
    policy = load_policy(SHARING)
    assert [table.id for table in policy.tables] == ["T1", "T2", "T3", "T4", "T5", "T6"]
    assert (policy.id, policy.version) == ("early-help-sharing", "1.0.0")


def test_every_code_a_policy_defines_is_used_or_kept_for_councils():
    policy = load_policy(SHARING)
    policies = [load_policy(SHARING, rules) for rules in sorted((SHARING.parent / "councils").glob("*/rules.yaml"))]
    used = {
        (each.kind, each.code)
        for every in (policy, *policies)
        for table in every.tables
        for rule in table.rules
        for each in rule.obligations
    }
    defined = {
        *(("hold", code) for code in policy.holds),
        *(("flag", code) for code in policy.flags),
        *(("task", code) for code in policy.tasks),
        *(("clock", code) for code in policy.clocks),
        *(("notice", code) for code in policy.notices),
    }
    kept = {("hold", "register"), ("hold", "policy_defect"), ("task", "policy_defect")}
    kept |= {("task", "answer_the_hub"), ("task", "acknowledge_notice"), ("task", "lists_differ")}
    kept |= {("task", "tell_the_sender"), ("task", "answer_the_disagreement")}
    kept |= {("task", "review_break_glass"), ("task", "paper_code_used"), ("task", "look_at_readers")}
    kept |= {("notice", "agreement_changed"), ("notice", "correction"), ("notice", "error")}
    assert defined - used == kept


def test_settled_44_an_information_governance_lead_owns_no_hold_of_a_case():
    owners = {code: hold.owners for code, hold in load_policy(SHARING).holds.items()}
    assert [code for code, roles in owners.items() if "ig_lead" in roles] == ["register"]


AGREEMENT, SAFETY = "t5-agreement.yaml", "t1-safeguarding.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (AGREEMENT, "agreement: [refused], h", "agreement: [refusd], h", ":15:52: .*did you mean `refused`"),
        (AGREEMENT, "agreement: [stale]", "agrement: [stale]", ":29:40: .*did you mean `agreement`"),
        (AGREEMENT, "agreement: [stale]", "agreement: []", ":29:51: expected at least one value"),
        (AGREEMENT, "id: G-504", "id: G-503", ":28:9: .*already at sharing/t5-agreement.yaml:21:9"),
        (AGREEMENT, "id: G-504", "id: g504", ":28:9: expected an id such as G-502"),
        (AGREEMENT, "id: G-504", "id: NO-MATCH-T5", ":28:9: expected an id such as G-502"),
        (SAFETY, "then: share\n    flags: [harm_p", "then: shar\n    flags: [harm_p", ":36:11: .*mean `share`"),
        (SAFETY, "[harm_possible]", "[harm_posible]", ":37:13: .*did you mean `harm_possible`"),
        (SAFETY, "look_at_possible_harm", "look_at_posible_harm", ":38:11: .*mean `look_at_possible_harm`"),
        (SAFETY, "[S-103, S-105]", "[S-103, S-999]", ":54:13: expected the id of a row"),
        (SAFETY, "id: T1", "id: T5", r"t5.*:2:5: expected a table id of its own"),
        ("t6-protection.yaml", "    hold: sealed\n", "", ":7:11: expected `hold:` with.*Name its class"),
        ("t4-basis.yaml", "    then: share\n", "    then: share\n    hold: paperwork\n", "Take `hold:` away"),
        ("policy.yaml", "combine: most_cautious", "combine: first", ":8:10: expected one of most_cautious"),
        ("policy.yaml", "no_match: hold", "no_match: share", ":9:11: expected one of hold"),
        ("policy.yaml", "combine:", "approvals: [ig_lead]\ncombine:", ":8:1: .*`approvals` is not known"),
        ("policy.yaml", "t6-protection.yaml", "t7.yaml", "t7.yaml: expected a YAML file"),
        ("policy.yaml", "+01:00", "", ":7:17: .*timezone"),
        ("holds.yaml", "within: 1 working hour", "within: soon", ":8:13: expected text that matches"),
        ("holds.yaml", "  policy_defect:", "  defect:", "expected the hold `policy_defect`"),
        ("tasks.yaml", "  policy_defect:", "  defect:", "expected the task `policy_defect`"),
        ("flags.yaml", "Someone may be in danger now. Ring 999 first.", "Danger", "expected text with at least 10"),
    ],
    ids=lambda value: value if len(value) < 30 else None,
)
def test_a_mistake_is_told_at_its_place(folder, file, old, new, expected):
    change(folder / file, old, new)
    # A class that is gone is missed by the answers to it as well.
    (line,) = (one for one in faults(folder) if not one.startswith("sharing/answers.yaml"))
    assert line.startswith("sharing/")
    assert re.search(expected, line), line


def test_mistakes_of_several_files_are_told_at_once(folder):
    change(folder / SAFETY, "id: T1", "id: t1")
    change(folder / "holds.yaml", "within: 1 working hour", "within: soon")
    assert [line.split(":")[0] for line in faults(folder)] == ["sharing/holds.yaml", "sharing/t1-safeguarding.yaml"]


def test_the_digest_is_the_same_elsewhere_and_changes_with_any_file(folder, council):
    digest = load_policy(SHARING).digest
    assert load_policy(folder).digest == digest
    changed = set()
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_text()
        path.write_text(text + "# a note\n")
        changed.add(load_policy(folder).digest)
        path.write_text(text)
    changed.add(load_policy(folder, council(COUNCIL)).digest)
    assert len(changed) == 13
    assert digest not in changed


def test_a_council_row_returns_what_the_base_tables_would_share(council):
    policy = load_policy(SHARING, council(COUNCIL))
    clean = {**CLEAN, "form": "signed"}
    assert evaluate(policy, Facts(clean)).outcome is Outcome.SHARE, (
        "no row of the council's matches, so it says nothing"
    )
    verdict = evaluate(policy, Facts({**clean, "form": "unsigned"}))
    assert (verdict.outcome, verdict.deciding) == (Outcome.RETURN, ("TH-C05",))
    assert verdict.obligations == (Obligation("hold", "returned", "TH-C05"),)


def test_a_fact_the_council_declares_may_not_be_missing(council):
    policy = load_policy(SHARING, council(COUNCIL))
    assert evaluate(policy, Facts(CLEAN)).deciding == ("UNKNOWN-FORM",)


def test_a_council_row_may_flag_and_does_not_loosen(council):
    flags = COUNCIL.replace("then: return\n    hold: returned", "then: share\n    flags: [nameless]")
    policy = load_policy(SHARING, council(flags))
    verdict = evaluate(policy, Facts({**CLEAN, "form": "unsigned", "agreement": "refused"}))
    assert verdict.outcome is Outcome.HOLD
    assert Obligation("flag", "nameless", "TH-C05") in verdict.obligations


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("then: return\n    hold: returned", "then: share", ":9:11: expected a row that tightens, flags or returns"),
        ("form: [signed, unsigned]", "form: [unsigned]", ":5:9: expected two values or more"),
        ("form: [signed, unsigned]", "form: [signed, unsigned]\n  harm: [a, b]", ":6:3: .*`harm` is a base fact"),
        ("form: [unsigned]", "form: [unsined]", ":8:19: .*did you mean `unsigned`"),
        ("id: TH-C05", "id: G-502", ":7:9: .*already at sharing/t5-agreement.yaml"),
    ],
)
def test_a_council_cannot_loosen_or_redefine(folder, council, old, new, expected):
    assert COUNCIL.count(old) == 1
    lines = faults(folder, council(COUNCIL.replace(old, new)))
    assert any(re.search(expected, line) for line in lines), lines


def test_a_table_reads_as_sentences():
    title, first, *_ = in_words(load_policy(SHARING).tables[4])
    assert title == "T5 Did the family agree, and were they told?"
    assert first.startswith(
        "G-501: path is early help or update, and agreement is withdrawn, and human is none: hold. The"
    )


def test_a_row_says_what_it_rests_on_and_when_it_must_be_reviewed(folder):
    change(
        folder / "t3-identity.yaml",
        "  - id: I-301\n",
        "  - id: I-301\n    cites: [A paper, line 3]\n    review_by: 2027-01-31\n",
    )
    policy = load_policy(folder)
    said = next(line for table in policy.tables for line in in_words(table) if line.startswith("I-301"))
    assert said.endswith("(rests on A paper; line 3) (to be reviewed by 2027-01-31)")
    assert [one.split(": ")[0] for one in policy.overdue(date(2027, 2, 1))] == [
        "I-301 was to be reviewed by 2027-01-31"
    ]


def test_a_policys_day_of_review_is_told_once_it_is_over_and_not_before():
    policy = load_policy(SHARING)
    assert policy.review_by is not None
    assert list(policy.overdue(policy.review_by)) == []
    (said,) = policy.overdue(policy.review_by + timedelta(days=1))
    assert policy.review_by.isoformat() in said


def test_an_answer_to_a_class_or_value_that_is_not_there_is_refused_with_its_line(folder):
    change(folder / "answers.yaml", "    to: significant\n", "    to: signficant\n")
    (fault,) = faults(folder)
    assert fault.startswith("sharing/answers.yaml:9:")
    assert "significant" in fault

"""How people and systems prove who they are, as a council writes it, and each way to write it wrongly."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from gateway.config.councils import load_council

HULL = Path(__file__).parents[2] / "mappings" / "councils" / "hull"
SIGN_IN = """
sign_in:
  issuer: https://login.example/hull/v2.0
  client: early-help
  secret: hull-sign-in
  person: preferred_username
  groups: groups
  needs: {hub_duty: [g-1]}
  factor: amr
  factors: [mfa]
"""
X = "A" * 43


def council(folder: Path, people: str = SIGN_IN, sender: str = "") -> Path:
    """Hull's folder with this at the end of people.yaml, and in its school's registration."""
    place = folder / "hull"
    shutil.copytree(HULL, place)
    with (place / "people.yaml").open("a", encoding="utf-8") as file:
        file.write(people)
    senders = (place / "senders.yaml").read_text(encoding="utf-8")
    head = "    title: Invented Academy, Hull\n"
    assert head in senders
    if sender:
        senders = "".join(line for line in senders.splitlines(keepends=True) if not line.startswith("    people:"))
    (place / "senders.yaml").write_text(senders.replace(head, head + sender, 1), encoding="utf-8")
    return place


def test_a_council_says_how_its_people_sign_in(tmp_path: Path) -> None:
    sign_in = load_council(council(tmp_path)).sign_in
    assert sign_in is not None
    assert (sign_in.issuer, sign_in.person, sign_in.algorithm) == (
        "https://login.example/hull/v2.0",
        "preferred_username",
        "RS256",
    )
    assert (dict(sign_in.needs), sign_in.factors) == ({"hub_duty": ("g-1",)}, ("mfa",))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://login.example", "http://login.example"),
        ("{hub_duty: [g-1]}", "{hub_dutty: [g-1]}"),
        ("  groups: groups\n", ""),
        ("  factors: [mfa]\n", ""),
        ("  person: preferred_username\n", ""),
        ("  factor: amr\n", "  factor: amr\n  algorithm: none\n"),
        ("  factor: amr\n", "  factor: amr\n  scopes: [profile]\n"),
    ],
)
def test_a_sign_in_that_could_not_work_is_refused(tmp_path: Path, before: str, after: str) -> None:
    assert before in SIGN_IN
    with pytest.raises(ConfigError):
        load_council(council(tmp_path, SIGN_IN.replace(before, after)))


def test_a_sender_has_people_and_public_keys_of_its_own(tmp_path: Path) -> None:
    more = f"    people: {{sender_lead: [pip.ash]}}\n    jwks: [{{kty: OKP, crv: Ed25519, x: {X}}}]\n"
    school = load_council(council(tmp_path, sender=more)).senders["invented_academy"]
    assert (dict(school.people), [one["x"] for one in school.jwks]) == ({"sender_lead": ("pip.ash",)}, [X])


@pytest.mark.parametrize(
    "more",
    [
        f"    jwks: [{{kty: OKP, crv: Ed25519, x: {X}, d: {X}}}]\n",
        f"    jwks: [{{kty: EC, crv: P-256, x: {X}}}]\n",
        f"    jwks: [{{kty: OKP, crv: Ed25519, x: {X}}}, {{kty: OKP, crv: Ed25519, x: {X}, test: true}}]\n",
        "    people: {hub_duty: [pip.ash]}\n",
    ],
    ids=["a private key", "half a key", "live and test alike", "a role of the council"],
)
def test_what_a_sender_may_not_have_is_refused(tmp_path: Path, more: str) -> None:
    with pytest.raises(ConfigError):
        load_council(council(tmp_path, sender=more))

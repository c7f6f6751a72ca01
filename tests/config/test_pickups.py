"""`pickups.yaml`: what it loads to, and what is said of each mistake, at which line and column."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from gateway.config.check import check_all
from gateway.config.codes import load_codes
from gateway.config.councils import load_councils
from gateway.config.mappings import load_mappings
from gateway.config.pickups import FolderPart, MailboxPart, Pickup, load_pickups

MAPPINGS = Path(__file__).parents[2] / "mappings"

FOLDER = """
pickups:
  evening_drop:
    sender: invented_school
    source: canonical
    tell: routing_desk
    every: 5
    folder: {path: /srv/drops/tower_hamlets, whole: renamed}
"""
SFTP = """
pickups:
  school_exports:
    sender: invented_school
    source: canonical
    tell: routing_desk
    sftp:
      host: files.invented-primary.example
      user: early-help
      path: out
      host_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBxv2Yx8d0pYd8Yl8Zc0n6m1V5b5c1rJ8oM3q8yZ0d1x]
      key: invented_school_key
"""
MAILBOX = """
pickups:
  inbox:
    tell: routing_desk
    mailbox:
      host: mail.tower-hamlets.example
      user: early-help
      password: inbox_password
      authority: mx.tower-hamlets.example
      allowed:
        forms@forms.example: {sender: enquiry_form, source: govuk_forms}
        Office@invented-primary.example: {sender: invented_school, source: canonical}
"""
OBJECTS = """
pickups:
  bucket:
    sender: invented_school
    source: canonical
    tell: routing_desk
    object_store: {bucket: early-help, prefix: in/, access_key: bucket_id, secret_key: bucket_key}
"""

Load = Callable[..., tuple[Pickup, ...]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """The pickups of Tower Hamlets, and of another council, as these texts have them."""
    folder = Path(shutil.copytree(MAPPINGS / "councils", tmp_path / "councils"))
    mappings = load_mappings(MAPPINGS / "sources", load_codes(MAPPINGS / "codes"))

    def loaded(text: str, other: str = "") -> tuple[Pickup, ...]:
        (folder / "tower_hamlets" / "pickups.yaml").write_text(text.lstrip())
        if other:
            (folder / "hull" / "pickups.yaml").write_text(other.lstrip())
        return load_pickups(folder, load_councils(folder), mappings)

    return loaded


def told(load: Load, text: str, other: str = "") -> str:
    with pytest.raises(ConfigError) as raised:
        load(text, other)
    return "\n".join(line.partition("/councils/")[2] for line in raised.value.detail.splitlines())


def test_a_council_without_the_file_fetches_from_nowhere() -> None:
    councils = load_councils(MAPPINGS / "councils")
    mappings = load_mappings(MAPPINGS / "sources", load_codes(MAPPINGS / "codes"))
    assert load_pickups(MAPPINGS / "councils", councils, mappings) == ()


def test_a_folder_is_loaded(load: Load) -> None:
    where = FolderPart(path="/srv/drops/tower_hamlets", whole="renamed")
    expected = Pickup("tower_hamlets", "evening_drop", "invented_school", "canonical", False, 5, "routing_desk", where)
    assert load(FOLDER) == (expected,)


@pytest.mark.parametrize(
    ("text", "kind"), [(FOLDER, "folder"), (SFTP, "sftp"), (MAILBOX, "mailbox"), (OBJECTS, "object_store")]
)
def test_every_kind_of_place_is_loaded(load: Load, text: str, kind: str) -> None:
    (pickup,) = load(text)
    assert (pickup.where.kind, pickup.key) == (kind, f"tower_hamlets/{pickup.name}")


def test_a_mailbox_has_a_sender_for_each_address(load: Load) -> None:
    (pickup,) = load(MAILBOX)
    assert isinstance(pickup.where, MailboxPart)
    assert pickup.senders == {"enquiry_form", "invented_school"}


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        (FOLDER, "invented_school", "invented_shool", "pickups.yaml:3:13: expected a sender of senders.yaml."),
        (FOLDER, "source: canonical", "source: liquidlogic", "pickups.yaml:4:13: expected a source that"),
        (FOLDER, "routing_desk", "rooting_desk", "pickups.yaml:5:11: expected a role of people.yaml."),
        (FOLDER, "    sender: invented_school\n", "", "pickups.yaml:3:5: expected `sender` and `source`."),
        (FOLDER, "/srv", "srv", "pickups.yaml:7:20: expected text that matches"),
        (FOLDER, "renamed", "rename", "pickups.yaml:7:53: expected one of still, marker, renamed."),
        (FOLDER, "folder:", "folders:", "pickups.yaml:7:5: expected only"),
        (FOLDER, "every: 5", "every: 0", "pickups.yaml:6:12: expected"),
        (SFTP, "      key: invented_school_key\n", "", "expected one of `password` or `key`. Name one file"),
        (SFTP, "key: inv", "password: sftp\n      key: inv", "expected one of `password` or `key`."),
        (SFTP, "[ssh-ed25519 AAAA", "[AAAA", "pickups.yaml:10:19: expected text that matches"),
        (MAILBOX, "Office@invented-primary.example", "'the office'", "expected text that matches"),
        (MAILBOX, "source: govuk_forms", "source: canonical", "expected a source that enquiry_form may send from"),
        (MAILBOX, "    tell:", "    sender: enquiry_form\n    tell:", "pickups.yaml:3:13: expected no `sender` here."),
        (MAILBOX, "      user:", "      done: INBOX\n      user:", "expected three folders of different names."),
        (OBJECTS, "in/", "in", "expected text that matches"),
        (OBJECTS, ", secret_key: bucket_key", "", "expected `access_key` and `secret_key`, or `machine_role: true`."),
        (
            OBJECTS,
            ", access_key: bucket_id, secret_key: bucket_key",
            "",
            "expected `access_key` and `secret_key`, or `machine_role: true`.",
        ),
        (OBJECTS, ", access_key", ", machine_role: true, access_key", "`secret_key`, or `machine_role: true`."),
        (OBJECTS, "{bucket", "{endpoint: 'http://store.example', bucket", "expected text that matches"),
    ],
)
def test_a_mistake_is_named_at_its_place(load: Load, text: str, old: str, new: str, expected: str) -> None:
    assert old in text
    assert expected in told(load, text.replace(old, new, 1))


def test_a_pickup_is_of_one_kind(load: Load) -> None:
    assert "expected one of folder, sftp" in told(load, FOLDER + "    object_store: {bucket: early-help}\n")


def test_a_place_is_fetched_from_for_one_council_only(load: Load) -> None:
    other = FOLDER.replace("invented_school", "invented_academy").replace("/tower_hamlets", "/tower_hamlets/")
    assert "expected each place once. It is also fetched from at" in told(load, FOLDER, other)


def test_gateway_check_reads_it(tmp_path: Path) -> None:
    root = Path(shutil.copytree(MAPPINGS, tmp_path / "mappings"))
    (root / "councils" / "tower_hamlets" / "pickups.yaml").write_text(FOLDER.replace("every: 5", "evry: 5"))
    (fault,) = check_all(root)
    assert fault.position.endswith("pickups.yaml:7:5")


def test_the_example_in_the_docs_can_be_used(load: Load) -> None:
    page = (MAPPINGS.parent / "docs" / "ways-in.md").read_text()
    (example,) = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert [pickup.where.kind for pickup in load(example)] == ["folder", "sftp", "mailbox", "object_store"]

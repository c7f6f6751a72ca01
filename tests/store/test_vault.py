"""Content is sealed with a key for each row: what is on the disk says nothing, and nothing passes for another (I5)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import ContentUnreadable, StoreRefused
from gateway.store.keys import load_keys, make_data_key
from gateway.store.vault import SEALED, Vault

BODY = b"Maya is late most mornings."
PLACE = ("hull", "content-1", "raw")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("keys")
    load_keys(made, ("hull", "kent"), "gateway.example", create=True)
    return made


@pytest.fixture(scope="module")
def vault(folder: Path) -> Vault:
    return Vault(folder)


@settings(max_examples=30)
@given(body=st.binary(max_size=5_000))
def test_what_is_sealed_comes_back_as_it_was(vault: Vault, body: bytes) -> None:
    assert vault.unseal(*PLACE, vault.seal(*PLACE, body)) == body


def test_a_row_is_85_bytes_longer_and_never_sealed_twice_the_same(vault: Vault) -> None:
    first, second = vault.seal(*PLACE, BODY), vault.seal(*PLACE, BODY)
    assert (len(first) - len(BODY), first[:1]) == (85, SEALED)
    assert first[9:] != second[9:]
    assert BODY[:6] not in first


@pytest.mark.parametrize(
    "other", [("kent", "content-1", "raw"), ("hull", "content-2", "raw"), ("hull", "content-1", "said")]
)
def test_a_row_put_in_the_place_of_another_is_shut(vault: Vault, other: tuple[str, str, str]) -> None:
    with pytest.raises(ContentUnreadable):
        vault.unseal(*other, vault.seal(*PLACE, BODY))


@settings(max_examples=50)
@given(at=st.integers(0, 84 + len(BODY)))
def test_one_changed_bit_anywhere_is_an_error(vault: Vault, at: int) -> None:
    sealed = bytearray(vault.seal(*PLACE, BODY))
    sealed[at] ^= 2
    with pytest.raises(ContentUnreadable):
        vault.unseal(*PLACE, bytes(sealed))


@pytest.mark.parametrize("length", [1, 9, 20, 60, 70, 84])
def test_a_row_cut_short_is_an_error(vault: Vault, length: int) -> None:
    with pytest.raises(ContentUnreadable):
        vault.unseal(*PLACE, vault.seal(*PLACE, BODY)[:length])


def test_the_key_that_is_missing_is_named(vault: Vault, tmp_path: Path) -> None:
    load_keys(tmp_path, ("hull",), "gateway.example", create=True)
    sealed = vault.seal(*PLACE, BODY)
    with pytest.raises(
        ContentUnreadable, match=rf"data key {sealed[1:9].hex()} of hull, which is not in the key folder"
    ):
        Vault(tmp_path).unseal(*PLACE, sealed)


def test_a_key_that_another_process_made_is_found(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
        (tmp_path / file.name).chmod(0o400)
    ours, theirs = Vault(tmp_path), Vault(tmp_path)
    before = ours.seal(*PLACE, BODY)
    made = make_data_key(tmp_path, "hull", 2)
    sealed = theirs.seal(*PLACE, BODY)
    assert sealed[1:9] == made.id != before[1:9]
    assert (ours.unseal(*PLACE, sealed), theirs.unseal(*PLACE, before)) == (BODY, BODY)
    assert theirs.rewrap(*PLACE, before)[1:9] == made.id
    assert ours.unseal(*PLACE, theirs.rewrap(*PLACE, before)) == BODY
    assert theirs.rewrap(*PLACE, before)[69:] == before[69:], "the body is not sealed anew"


def test_plain_content_still_reads_and_is_sealed_when_it_is_rewrapped(vault: Vault) -> None:
    plain = Vault(None).seal(*PLACE, BODY)
    assert vault.unseal(*PLACE, plain) == BODY == plain[1:]
    assert vault.unseal(*PLACE, vault.rewrap(*PLACE, plain)) == BODY


def test_without_data_keys_a_council_does_not_open(folder: Path, tmp_path: Path) -> None:
    for kind in ("identifier", "lookup", "signing"):
        (tmp_path / f"hull.{kind}").write_bytes((folder / f"hull.{kind}").read_bytes())
        (tmp_path / f"hull.{kind}").chmod(0o400)
    with pytest.raises(StoreRefused, match=r"hull\.data\.1 is missing"):
        load_keys(tmp_path, ("hull",), "gateway.example", create=False)

"""Keys are made once, guarded, and never guessed (settled 22, reliability 5.6)."""

from __future__ import annotations

import hmac
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import StoreRefused
from gateway.record.note import Key
from gateway.store.keys import (
    KINDS,
    CouncilKeys,
    check_keys,
    fingerprint,
    key_digest,
    load_keys,
    lookup_token,
    referral_id,
)
from gateway.store.vault import keys_in as data_keys
from gateway.store.writer import Write
from tests.conftest import Store


def keys_in(folder: Path, council: str = "hull", *, create: bool = True) -> CouncilKeys:
    return load_keys(folder, [council], "gateway.example", create=create)[council]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> CouncilKeys:
    return keys_in(tmp_path_factory.mktemp("keys"))


def test_the_same_folder_gives_the_same_keys(tmp_path: Path) -> None:
    assert keys_in(tmp_path).record == keys_in(tmp_path, create=False).record
    assert referral_id(keys_in(tmp_path), "s", "k", 0) == referral_id(keys_in(tmp_path), "s", "k", 0)


def test_keys_are_for_their_user_to_read_and_nobody_to_write(tmp_path: Path) -> None:
    keys_in(tmp_path / "keys")
    modes = {file.stat().st_mode & 0o777 for file in (tmp_path / "keys").iterdir()}
    assert modes == {0o400}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


MAKES = """
import sys, time
from pathlib import Path
from gateway.store.keys import make_data_key
folder, begins = Path(sys.argv[1]), float(sys.argv[2])
for number in range(1, 41):
    while time.time() < begins + number / 100:
        pass
    print(make_data_key(folder, "hull", number).id.hex())
"""


def test_two_who_rotate_at_once_hold_the_key_that_is_kept(tmp_path: Path) -> None:
    """Whatever one of them had sealed with a key that the other wrote over could never be opened again."""
    command = [sys.executable, "-c", MAKES, str(tmp_path), str(time.time() + 3)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    held = [process.communicate(timeout=60)[0].split() for process in both]
    kept = [key.id.hex() for key in sorted(data_keys(tmp_path), key=lambda key: key.number)]
    assert len(kept) == 40
    assert held == [kept, kept]
    assert not list(tmp_path.glob("*.new"))


def test_keys_are_made_where_files_cannot_be_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.link", refuses)
    assert keys_in(tmp_path).record == keys_in(tmp_path, create=False).record


def test_a_data_key_that_is_being_forgotten_stops_nobody_who_looks(tmp_path: Path) -> None:
    keys_in(tmp_path)
    (tmp_path / "hull.data.2").symlink_to(tmp_path / "gone")  # listed, and not there any more
    assert [key.number for key in data_keys(tmp_path)] == [1]


def test_a_missing_key_is_refused_and_none_is_made_up(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match=r"hull\.identifier is missing"):
        keys_in(tmp_path, create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", "00", "0" * 62, "g" * 64, "0" * 128])
def test_a_short_or_strange_key_is_refused(tmp_path: Path, kind: str, text: str) -> None:
    keys_in(tmp_path)
    path = tmp_path / f"hull.{kind}"
    path.chmod(0o600)
    path.write_text(text)
    with pytest.raises(StoreRefused, match="is not 32 bytes written as hex") as refused:
        keys_in(tmp_path)
    said = str(refused.value).replace(str(path), "")  # whose digits are nobody's secret
    assert text == "" or text not in said


def test_a_key_that_others_may_read_is_refused_with_what_to_run(tmp_path: Path) -> None:
    keys_in(tmp_path)
    (tmp_path / "hull.signing").chmod(0o444)
    with pytest.raises(StoreRefused, match="Run: chmod 0400"):
        keys_in(tmp_path)


def test_keys_are_never_printed(keys: CouncilKeys) -> None:
    assert keys.identifier.hex() not in repr(keys)
    assert repr(keys.identifier) not in repr(keys)
    assert "signing" not in repr(keys)


def test_each_council_has_keys_and_a_record_of_its_own(tmp_path: Path) -> None:
    both = load_keys(tmp_path, ["hull", "leicester"], "gateway.example", create=True)
    assert both["hull"].record.name == "gateway.example/hull"
    assert both["hull"].record.public != both["leicester"].record.public
    assert referral_id(both["hull"], "s", "k", 0) != referral_id(both["leicester"], "s", "k", 0)


def test_the_published_key_is_the_one_that_signs(keys: CouncilKeys) -> None:
    assert Key.parse(keys.record.vkey) == keys.record
    keys.signing.public_key().verify(keys.sign(b"m"), b"m")


@given(
    st.tuples(st.text(max_size=8), st.text(max_size=8), st.integers(0, 99)),
    st.tuples(st.text(max_size=8), st.text(max_size=8), st.integers(0, 99)),
)
def test_two_submissions_share_an_id_only_if_they_are_the_same(
    keys: CouncilKeys, one: tuple[str, str, int], other: tuple[str, str, int]
) -> None:
    assert (referral_id(keys, *one) == referral_id(keys, *other)) == (one == other)


def test_an_id_is_safe_in_a_url_and_tells_nothing(keys: CouncilKeys) -> None:
    made = referral_id(keys, "school", "Imogen Farthing-Oake", 0)
    assert made.isalnum()
    assert made == made.lower()
    assert len(made) == 32


def test_the_digests_of_one_value_for_different_ends_differ(keys: CouncilKeys) -> None:
    made = {
        referral_id(keys, "a", "b", 0), key_digest(keys, "a", "b"), fingerprint(keys, "a", b"b"),
        lookup_token(keys, "a", "b"),
    }  # fmt: skip
    assert len(made) == 4


def test_the_fingerprint_tells_bytes_and_content_type_apart(keys: CouncilKeys) -> None:
    made = {fingerprint(keys, kind, body) for kind in ("text/csv", "text/xml") for body in (b"a", b"b")}
    assert len(made) == 4


def test_a_store_knows_the_keys_it_began_with(store: Store, tmp_path: Path) -> None:
    store.writer.run(Write(lambda tx: check_keys(tx, store.keys)))
    store.writer.run(Write(lambda tx: check_keys(tx, store.keys)))
    others = load_keys(tmp_path / "other", ["hull"], "gateway.example", create=True)
    with pytest.raises(StoreRefused, match="The identifier key of hull is not the one this store began with"):
        store.writer.run(Write(lambda tx: check_keys(tx, others)))


@given(value=st.text(max_size=200))
def test_a_keyed_digest_is_hmac_sha_256_of_rfc_2104(keys: CouncilKeys, value: str) -> None:
    message = b"".join(b"%d:%s" % (len(part), part) for part in (b"kind", value.encode()))
    assert lookup_token(keys, "kind", value) == hmac.digest(keys.lookup, message, "sha256").hex()

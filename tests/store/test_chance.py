"""Random bytes and ids: never twice, from any thread, and never the same in a copy of the process."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from gateway.store.chance import new_id, salt


def test_a_salt_is_32_bytes() -> None:
    assert len(salt()) == 32


def test_an_id_is_a_random_uuid_in_small_letters() -> None:
    for made in (new_id() for _ in range(300)):
        assert str(UUID(made)) == made
        assert (UUID(made).version, UUID(made).variant) == (4, "specified in RFC 4122")


def test_no_thread_is_given_what_another_was() -> None:
    with ThreadPoolExecutor(4) as threads:
        rounds = list(threads.map(lambda _: [(salt(), new_id()) for _ in range(2_000)], range(4)))
    drawn = [one for each in rounds for pair in each for one in pair]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not copy processes")
def test_a_copy_of_the_process_is_given_others() -> None:
    salt(), new_id()
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writes, salt() + new_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reads, 100) != salt() + new_id().encode()
    os.close(reads)
    os.close(writes)

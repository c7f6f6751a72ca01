"""Random bytes and ids: never twice, from any thread, and never the same in a copy of the process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from gateway.store.chance import new_id, next_id, salt


def test_a_salt_is_32_bytes() -> None:
    assert len(salt()) == 32


def test_an_id_is_a_random_uuid_in_small_letters() -> None:
    for made in (new_id() for _ in range(300)):
        assert str(UUID(made)) == made
        assert (UUID(made).version, UUID(made).variant) == (4, "specified in RFC 4122")


def test_an_id_that_begins_with_the_time_sorts_by_it_and_is_random_beyond_it() -> None:
    before = time.time_ns() // 1_000_000
    made = [next_id() for _ in range(300)]
    after = time.time_ns() // 1_000_000
    times = [UUID(one).int >> 80 for one in made]
    assert {(UUID(one).version, UUID(one).variant, str(UUID(one)) == one) for one in made} == {
        (7, "specified in RFC 4122", True)
    }
    assert before <= times[0] <= times[-1] <= after
    assert times == sorted(times)
    assert len({one[15:] for one in made}) == 300


def test_no_thread_is_given_what_another_was() -> None:
    with ThreadPoolExecutor(4) as threads:
        rounds = list(threads.map(lambda _: [(salt(), new_id()) for _ in range(2_000)], range(4)))
    drawn = [one for each in rounds for pair in each for one in pair]
    assert len(set(drawn)) == len(drawn)


COPIED = """
import os, sys
from gateway.store.chance import new_id, salt
salt(), new_id()
if os.fork() == 0:
    sys.stdout.write(salt().hex() + new_id() + " ")
    sys.stdout.flush()
    os._exit(0)
os.wait()
sys.stdout.write(salt().hex() + new_id())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not copy processes")
def test_a_copy_of_the_process_is_given_others() -> None:
    """In a process of its own: one that has threads may be copied while one of them holds a lock, for ever."""
    ran = subprocess.run([sys.executable, "-c", COPIED], capture_output=True, text=True, timeout=60, check=True)
    copy, original = ran.stdout.split()
    assert copy != original
    assert copy[:64] != original[:64]
    assert copy[64:] != original[64:]

"""Passwords: two at once, a bounded queue, and one time for right, wrong and nobody."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from argon2 import PasswordHasher

from framecast.accounts.passwords import AT_ONCE, LONGEST, MAX_WAITING, SHORTEST, STANDARD, Passwords
from framecast.errors import Invalid, WouldBlock
from tests.accounts.opened import CHEAP


class Gated(PasswordHasher):
    """Computes when a test says so, and says how many compute."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.open = threading.Event()
        self.started = threading.Semaphore(0)
        self.lock, self.now, self.most = threading.Lock(), 0, 0

    def hash(self, *given: Any, **more: Any) -> str:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.started.release()
        assert self.open.wait(60)
        with self.lock:
            self.now -= 1
        return super().hash(*given, **more)


def test_two_compute_at_once_some_wait_and_the_next_is_refused() -> None:
    hasher = Gated()
    passwords = Passwords(hasher)
    entered = threading.Semaphore(0)
    hashes: list[str] = []

    def work() -> None:
        entered.release()
        hashes.append(passwords.hash("correct horse"))

    threads = [threading.Thread(target=work) for _ in range(AT_ONCE + MAX_WAITING)]
    for thread in threads:
        thread.start()
    for _ in range(AT_ONCE):
        assert hasher.started.acquire(timeout=60)
    while passwords.waiting < AT_ONCE + MAX_WAITING:
        entered.acquire(timeout=0.01)
    with pytest.raises(WouldBlock, match="too many logins at once"):
        passwords.hash("correct horse")
    with pytest.raises(WouldBlock):
        passwords.verify(None, "correct horse")
    hasher.open.set()
    for thread in threads:
        thread.join()
    assert len(hashes) == len(threads)
    assert hasher.most == AT_ONCE
    assert passwords.hash("correct horse")


def test_password_is_right_wrong_or_nobodys() -> None:
    passwords = Passwords(CHEAP)
    kept = passwords.hash("correct horse")
    assert passwords.verify(kept, "correct horse")
    assert not passwords.verify(kept, "correct horse ")
    assert not passwords.verify(None, "nobody's password")
    assert not passwords.verify("not a hash", "correct horse")
    assert not passwords.is_outdated(kept)
    assert Passwords(STANDARD).is_outdated(kept)


@pytest.mark.parametrize("password", ["", "x" * (SHORTEST - 1), "x" * (LONGEST + 1)])
def test_new_password_has_a_length(password: str) -> None:
    with pytest.raises(Invalid, match=f"must have {SHORTEST} to {LONGEST} characters"):
        Passwords(CHEAP).hash(password)


def test_password_beyond_the_limit_is_not_cut_to_a_right_one() -> None:
    passwords = Passwords(CHEAP)
    kept = passwords.hash("x" * LONGEST)
    assert passwords.verify(kept, "x" * LONGEST)
    assert not passwords.verify(kept, "x" * (LONGEST + 1))


def test_standard_is_what_rfc_9106_recommends_for_little_memory() -> None:
    hashed = STANDARD.hash("correct horse")
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=1$")

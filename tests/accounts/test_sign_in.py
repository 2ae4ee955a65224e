"""Logins, sessions, and what failed logins do to whom."""

from __future__ import annotations

import threading

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, insert, select, update

from framecast.accounts import Accounts, failures
from framecast.accounts.passwords import Passwords
from framecast.errors import WouldBlock
from framecast.model.rights import Role
from framecast.store.schema import accounts as table
from framecast.store.schema import failures as buckets
from tests.accounts.opened import CHEAP, Clock

PASSWORD, WRONG = "correct horse battery", "wrong horse battery"
HOME, AWAY = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def ada(accounts: Accounts) -> str:
    return accounts.create("ada", role=Role.MEMBER, password=PASSWORD).id


def fail(accounts: Accounts, times: int, address: str, name: str = "ada") -> None:
    for _ in range(times):
        assert accounts.sign_in(name, WRONG, address).reason == "wrong"


def test_wrong_logins_are_alike_for_every_reason(accounts: Accounts, ada: str) -> None:
    accounts.create("open", role=Role.MEMBER)
    accounts.create("robot", role=Role.MEMBER, is_service=True)
    accounts.create("locked", role=Role.MEMBER, password=PASSWORD)
    accounts.change("locked", locked=True)
    answers = {
        accounts.sign_in(name, password, HOME)
        for name, password in [
            ("ada", WRONG),
            ("nobody", PASSWORD),
            ("open", ""),
            ("robot", PASSWORD),
            ("locked", PASSWORD),
            ("x" * 100_000, "y" * 100_000),
            ("\ud800", "\ud800"),
        ]
    }
    assert len(answers) == 1
    assert next(iter(answers)).reason == "wrong"


def test_every_login_computes_one_password(
    accounts: Accounts, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []
    verify = Passwords.verify

    def noted(passwords: Passwords, kept: str | None, password: str) -> bool:
        computed.append(password)
        return verify(passwords, kept, password)

    monkeypatch.setattr(Passwords, "verify", noted)
    for name, password in (("ada", "1"), ("nobody", "2"), ("ada", PASSWORD)):
        accounts.sign_in(name, password, HOME)
    assert computed == ["1", "2", PASSWORD]


def test_address_and_account_together_are_strict_and_nobody_else_is_locked_out(
    accounts: Accounts, ada: str, clock: Clock
) -> None:
    accounts.create("bob", role=Role.MEMBER, password=PASSWORD)
    fail(accounts, failures.PAIR.free, AWAY)
    refused = accounts.sign_in("ada", PASSWORD, AWAY)
    assert (refused.reason, refused.session) == ("too-many", None)
    assert refused.wait_s > 0
    assert accounts.sign_in("ada", PASSWORD, HOME).session  # the owner, from elsewhere
    assert accounts.sign_in("bob", PASSWORD, AWAY).session  # somebody else, from there
    clock.now += refused.wait_s
    assert accounts.sign_in("ada", PASSWORD, AWAY).session
    fail(accounts, failures.PAIR.free, AWAY)  # a right one has forgiven the wrong ones


def test_logins_at_once_are_counted_one_by_one(accounts: Accounts, ada: str) -> None:
    start = threading.Barrier(3 * failures.PAIR.free)
    reasons: list[str] = []

    def work() -> None:
        start.wait()
        reasons.append(accounts.sign_in("ada", WRONG, AWAY).reason)

    threads = [threading.Thread(target=work) for _ in range(start.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reasons) == ["too-many"] * 2 * failures.PAIR.free + ["wrong"] * failures.PAIR.free


def test_unknown_name_is_counted_like_another(accounts: Accounts, ada: str) -> None:
    fail(accounts, failures.PAIR.free, AWAY, "nobody")
    assert accounts.sign_in("nobody", WRONG, AWAY).reason == "too-many"
    assert accounts.sign_in("NOBODY", WRONG, AWAY).reason == "too-many"


def test_account_that_many_addresses_try_only_gets_slower(accounts: Accounts, ada: str, clock: Clock) -> None:
    assert accounts.sign_in("ada", PASSWORD, HOME).session
    for number in range(failures.ACCOUNT.free + 6):
        fail(accounts, 1, f"203.0.113.{number}")
    slowed = accounts.sign_in("ada", PASSWORD, "198.51.100.99")
    assert slowed.session
    assert slowed.delay_s == failures.MOST_DELAY_S
    assert accounts.sign_in("nobody", PASSWORD, "198.51.100.99").delay_s == 0
    at_home = accounts.sign_in("ada", PASSWORD, HOME)  # where she has signed in before
    assert at_home.session
    assert at_home.delay_s == 0
    clock.now += 3600
    assert accounts.sign_in("ada", PASSWORD, "198.51.100.98").delay_s == 0


def test_address_that_tries_many_names_is_refused_and_known_people_there_are_not(
    accounts: Accounts, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "ADDRESS", failures.Bucket(8, 10.0))
    accounts.create("bob", role=Role.MEMBER, password=PASSWORD)
    assert accounts.sign_in("ada", PASSWORD, AWAY).session
    for number in range(8):
        accounts.sign_in(f"name{number}", WRONG, AWAY)
    assert accounts.sign_in("bob", PASSWORD, AWAY).reason == "too-many"
    assert accounts.sign_in("ada", PASSWORD, AWAY).session
    assert accounts.sign_in("bob", PASSWORD, HOME).session


def test_rows_of_failures_are_bounded(
    accounts: Accounts, ada: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "MAX_ROWS", 100)
    with accounts.store.write() as connection:
        rows = [
            {"bucket": f"{number:064}", "level": 9.0, "changed_at": clock.now - 10} for number in range(100)
        ]
        connection.execute(insert(buckets), rows)
    fail(accounts, 1, AWAY)
    with accounts.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(buckets)).scalar_one() <= 100
    fail(accounts, failures.PAIR.free - 1, AWAY)
    assert (
        accounts.sign_in("ada", PASSWORD, AWAY).reason == "too-many"
    )  # the newest are the ones that are kept


def test_login_that_found_no_turn_is_not_counted(
    accounts: Accounts, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_given: object) -> bool:
        raise WouldBlock("too many")

    with monkeypatch.context() as patched:
        patched.setattr(Passwords, "verify", busy)
        for _ in range(2 * failures.PAIR.free):
            with pytest.raises(WouldBlock):
                accounts.sign_in("ada", PASSWORD, AWAY)
    assert accounts.sign_in("ada", PASSWORD, AWAY).session


def test_hash_of_older_parameters_is_renewed_at_login(accounts: Accounts, ada: str) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    with accounts.store.write() as connection:
        connection.execute(update(table).values(password_hash=old))
    assert accounts.sign_in("ada", PASSWORD, HOME).session
    with accounts.store.read() as connection:
        kept = connection.execute(select(table.c.password_hash)).scalar_one()
    assert kept != old
    assert not CHEAP.check_needs_rehash(kept)
    assert accounts.sign_in("ada", PASSWORD, HOME).session

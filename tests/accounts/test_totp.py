from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from framecast.accounts import Accounts, Actor
from framecast.accounts.one_time_code import STEP_S
from framecast.accounts.passwords import Passwords
from framecast.accounts.totp import Totp
from framecast.errors import Conflict, Denied, Invalid, NotFound
from framecast.keyfile import KeyFile, is_sealed
from framecast.model.rights import Role
from framecast.store import open_store
from framecast.store.schema import audit, recovery_codes, totp
from tests.accounts.opened import CHEAP, Clock

BY = Actor(None, "10.0.0.1", "ada")


@pytest.fixture
def ada(accounts: Accounts) -> str:
    return accounts.create("ada", role=Role.MEMBER, password="correct horse").id


@pytest.fixture
def codes(accounts: Accounts, tmp_path: Path) -> Totp:
    found = Totp.beside(accounts)
    found.keys = KeyFile(tmp_path)
    return found


def enrolled(codes: Totp, account: str, clock: Clock) -> tuple[str, list[str]]:
    secret, _ = codes.begin(account)
    return secret, codes.confirm(account, pyotp.TOTP(secret).at(clock()), BY)


def test_an_app_counts_after_a_code_of_it(codes: Totp, accounts: Accounts, ada: str, clock: Clock) -> None:
    secret, address = codes.begin(ada)
    assert address.startswith("otpauth://totp/Framecast:ada?")
    assert not codes.factors(ada).any
    assert accounts.sign_in("ada", "correct horse").session
    with pytest.raises(Denied, match="wrong"):
        codes.confirm(ada, "000000", BY)
    recovery = codes.confirm(ada, pyotp.TOTP(secret).at(clock()), BY)
    assert len(recovery) == 10
    assert codes.factors(ada).app_since == clock()
    assert codes.factors(ada).recovery_left == 10
    found = accounts.sign_in("ada", "correct horse")
    assert (found.session, bool(found.second_factor)) == (None, True)


def test_the_secret_is_sealed_and_recovery_codes_are_digests(
    codes: Totp, accounts: Accounts, ada: str, clock: Clock
) -> None:
    secret, recovery = enrolled(codes, ada, clock)
    with accounts.store.read() as connection:
        kept = connection.execute(select(totp.c.secret)).scalar_one()
        digests = list(connection.execute(select(recovery_codes.c.digest)).scalars())
        notes = str(connection.execute(select(audit)).all())
    assert is_sealed(kept)
    assert secret not in kept
    assert all(len(digest) == 32 for digest in digests)
    assert not any(text in notes for text in (secret, *recovery))


def test_a_code_counts_once_also_the_one_of_the_enrolment(codes: Totp, ada: str, clock: Clock) -> None:
    secret, _ = enrolled(codes, ada, clock)
    with pytest.raises(Denied):
        codes.verify(ada, pyotp.TOTP(secret).at(clock()), BY)
    clock.now += STEP_S
    code = pyotp.TOTP(secret).at(clock())
    assert codes.verify(ada, code, BY) == "app"
    with pytest.raises(Denied):
        codes.verify(ada, code, BY)
    with pytest.raises(Denied):  # of an earlier step
        codes.verify(ada, pyotp.TOTP(secret).at(clock() - STEP_S), BY)


def _verify(
    database: str, folder: Path, account: str, code: str, now: float, start: Any, results: Any
) -> None:
    store = open_store(database)
    mine = Totp(store, Passwords(CHEAP), lambda: now, KeyFile(folder))
    start.wait()
    try:
        results.put(mine.verify(account, code, BY))
    except Denied:
        results.put("denied")
    store.close()


@pytest.mark.parametrize("kind", ["app", "recovery code"])
def test_of_two_processes_one_wins(
    codes: Totp, database: str, tmp_path: Path, ada: str, clock: Clock, kind: str
) -> None:
    secret, recovery = enrolled(codes, ada, clock)
    clock.now += STEP_S
    code = pyotp.TOTP(secret).at(clock()) if kind == "app" else recovery[0]
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(2), context.Queue()
    processes = [
        context.Process(target=_verify, args=(database, tmp_path, ada, code, clock(), start, results))
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    found = sorted(results.get(timeout=120) for _ in processes)
    for process in processes:
        process.join(120)
    assert found == sorted([kind, "denied"])


def test_a_recovery_code_counts_once(codes: Totp, ada: str, clock: Clock) -> None:
    _, recovery = enrolled(codes, ada, clock)
    assert codes.verify(ada, recovery[3].upper(), BY) == "recovery code"
    assert codes.factors(ada).recovery_left == 9
    for code in (recovery[3], "aaaa-aaaa-aaaa-aaaa"):
        with pytest.raises(Denied):
            codes.verify(ada, code, BY)


def test_new_recovery_codes_end_the_old_ones(codes: Totp, ada: str, clock: Clock) -> None:
    with pytest.raises(Conflict):
        codes.new_recovery_codes(ada, BY)
    _, old = enrolled(codes, ada, clock)
    new = codes.new_recovery_codes(ada, BY)
    assert not set(old) & set(new)
    with pytest.raises(Denied):
        codes.verify(ada, old[0], BY)
    assert codes.verify(ada, new[0], BY) == "recovery code"


def test_a_second_app_is_refused_and_one_that_was_not_confirmed_is_replaced(
    codes: Totp, ada: str, clock: Clock
) -> None:
    first, _ = codes.begin(ada)
    second, _ = codes.begin(ada)
    with pytest.raises(Denied):
        codes.confirm(ada, pyotp.TOTP(first).at(clock()), BY)
    codes.confirm(ada, pyotp.TOTP(second).at(clock()), BY)
    with pytest.raises(Conflict):
        codes.begin(ada)
    with pytest.raises(NotFound):
        codes.confirm(ada, "123456", BY)


def test_an_admin_removes_what_was_lost_and_that_is_noted(
    codes: Totp, accounts: Accounts, ada: str, clock: Clock
) -> None:
    enrolled(codes, ada, clock)
    codes.remove_all(ada, Actor(None, "10.0.0.2", "root"))
    assert codes.factors(ada) == type(codes.factors(ada))(None, 0, 0)
    assert accounts.sign_in("ada", "correct horse").session
    with accounts.store.read() as connection:
        rows = connection.execute(select(audit).where(audit.c.what == "factor.remove")).all()
    assert [(row.who, row.target, row.address) for row in rows] == [("root", "ada", "10.0.0.2")]
    with pytest.raises(NotFound):
        codes.remove_all(ada, BY)


def test_removing_the_app_removes_the_recovery_codes(codes: Totp, ada: str, clock: Clock) -> None:
    enrolled(codes, ada, clock)
    codes.remove_app(ada, BY)
    assert not codes.factors(ada).any
    assert codes.factors(ada).recovery_left == 0
    with pytest.raises(NotFound):
        codes.remove_app(ada, BY)


def test_a_secret_of_another_account_opens_nothing(
    codes: Totp, accounts: Accounts, ada: str, clock: Clock
) -> None:
    """A person who can write the database still moves no factor from one account to another: a secret is sealed for its account."""
    secret, _ = enrolled(codes, ada, clock)
    bob = accounts.create("bob", role=Role.ADMIN, password="correct horse").id
    with accounts.store.write() as connection:
        connection.execute(totp.update().values(account_id=bob))
    clock.now += STEP_S
    with pytest.raises(Invalid):
        codes.verify(bob, pyotp.TOTP(secret).at(clock()), BY)

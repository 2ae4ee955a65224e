"""Logins, sessions, and what failed logins do to whom."""

from __future__ import annotations

import threading

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, insert, select, update

from framecast.accounts import Accounts, failures, sessions
from framecast.accounts.factor import Factor
from framecast.accounts.passwords import Passwords
from framecast.accounts.sessions import SESSION_S
from framecast.errors import Denied, NotFound, WouldBlock
from framecast.model.rights import Role
from framecast.store.schema import accounts as table
from framecast.store.schema import failures as buckets
from framecast.store.schema import totp
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


def test_session_is_listed_replaced_and_ends_by_itself(accounts: Accounts, ada: str, clock: Clock) -> None:
    first = accounts.sign_in("ada", PASSWORD, HOME, "Firefox").session or ""
    clock.now += 10
    before = accounts.change_number()
    second = accounts.sign_in("ada", PASSWORD, AWAY, "Chrome\x1b", replaces=first).session or ""
    assert accounts.change_number() > before
    assert accounts.identify(first) is None
    (only,) = accounts.sessions(ada)
    assert (only.address, only.agent, only.factor) == (AWAY, "Chrome\\x1b", Factor.PASSWORD)
    assert accounts.account("ada").signed_in_at == clock.now
    clock.now += SESSION_S
    assert accounts.identify(second) is None
    assert accounts.sessions(ada) == []


def test_sessions_end_one_by_one_and_everywhere(accounts: Accounts, ada: str) -> None:
    secrets = [accounts.open_session(ada, Factor.PASSKEY, HOME, f"b{number}") for number in range(3)]
    by_agent = {one.agent: one.id for one in accounts.sessions(ada)}
    other = accounts.create("bob", role=Role.VIEWER).id
    with pytest.raises(NotFound):
        accounts.end_session(by_agent["b0"], account=other)
    accounts.end_session(by_agent["b0"], account=ada)
    assert [accounts.identify(one) is not None for one in secrets] == [False, True, True]
    before = accounts.change_number()
    assert accounts.end_all_sessions(ada, keep=by_agent["b2"]) == 1
    assert [accounts.identify(one) is not None for one in secrets] == [False, False, True]
    assert accounts.change_number() > before


def test_oldest_session_gives_way_when_there_are_too_many(
    accounts: Accounts, ada: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST_OF_AN_ACCOUNT", 3)
    secrets = []
    for _ in range(4):
        clock.now += 1
        secrets.append(accounts.open_session(ada, Factor.OIDC))
    assert [accounts.identify(one) is not None for one in secrets] == [False, True, True, True]


def test_locked_and_service_accounts_open_no_session(accounts: Accounts, ada: str) -> None:
    robot = accounts.create("robot", role=Role.VIEWER, is_service=True).id
    accounts.change("ada", locked=True)
    for account in (ada, robot):
        with pytest.raises(Denied):
            accounts.open_session(account, Factor.OIDC)


def test_password_change_needs_the_old_one_and_ends_other_sessions(accounts: Accounts, ada: str) -> None:
    here, there = (
        accounts.sign_in("ada", PASSWORD, HOME, agent).session or "" for agent in ("here", "there")
    )
    mine = next(one.id for one in accounts.sessions(ada) if one.agent == "here")
    _, reset = accounts.make_reset("ada")
    with pytest.raises(Denied, match="password is wrong"):
        accounts.change_password(ada, WRONG, "new horse battery", address=HOME)
    accounts.change_password(ada, PASSWORD, "new horse battery", keep_session=mine, address=HOME)
    assert accounts.identify(here) is not None
    assert accounts.identify(there) is None
    assert accounts.sign_in("ada", PASSWORD, HOME).reason == "wrong"
    assert accounts.sign_in("ada", "new horse battery", HOME).session
    with pytest.raises(NotFound):
        accounts.reset(reset, "another battery")


def test_old_password_that_is_guessed_at_has_to_wait(accounts: Accounts, ada: str) -> None:
    for _ in range(failures.PAIR.free):
        with pytest.raises(Denied, match="is wrong"):
            accounts.change_password(ada, WRONG, "new horse battery", address=HOME)
    with pytest.raises(Denied, match="too often") as refused:
        accounts.change_password(ada, PASSWORD, "new horse battery", address=HOME)
    assert refused.value.fields["wait_s"]


def test_account_with_a_second_factor_gets_a_session_only_after_it(accounts: Accounts, ada: str) -> None:
    with accounts.store.write() as connection:
        connection.execute(insert(totp).values(account_id=ada, secret="sealed", confirmed_at=None))
    assert accounts.sign_in("ada", PASSWORD, HOME).session  # not confirmed yet
    with accounts.store.write() as connection:
        connection.execute(update(totp).values(confirmed_at=1.0))
    half = accounts.sign_in("ada", PASSWORD, HOME)
    assert half.session is None
    assert half.second_factor
    assert accounts.identify(half.second_factor) is None
    assert accounts.second_factor(half.second_factor) == ada
    session = accounts.finish_second_factor(half.second_factor, Factor.TOTP, HOME)
    assert accounts.identify(session) is not None
    with pytest.raises(Denied):
        accounts.finish_second_factor(half.second_factor, Factor.TOTP, HOME)


def test_codes_are_counted_over_all_logins_of_an_account(accounts: Accounts, ada: str, clock: Clock) -> None:
    with accounts.store.write() as connection:
        connection.execute(insert(totp).values(account_id=ada, secret="sealed", confirmed_at=1.0))
    for _ in range(failures.SECOND.free):
        accounts.second_factor(accounts.sign_in("ada", PASSWORD, HOME).second_factor or "")
    again = accounts.sign_in("ada", PASSWORD, HOME).second_factor or ""
    with pytest.raises(Denied, match="too many wrong codes") as refused:
        accounts.second_factor(again)
    wait_s = refused.value.fields["wait_s"]
    assert isinstance(wait_s, float)
    clock.now += wait_s
    again = accounts.sign_in("ada", PASSWORD, HOME).second_factor or ""
    assert accounts.second_factor(again) == ada

"""The second step of a login, after the password."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from framecast.accounts import Accounts, failures
from framecast.accounts.factor import Factor
from framecast.accounts.second_factor import Browser, SecondFactorSignIn
from framecast.errors import Denied
from framecast.model.rights import Role
from framecast.store.schema import totp
from tests.accounts.opened import Clock

PASSWORD = "correct horse battery"
HOME = "192.0.2.1"


@pytest.fixture
def ada(accounts: Accounts) -> str:
    return accounts.create("ada", role=Role.MEMBER, password=PASSWORD).id


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


def test_wrong_code_is_refused_and_noted_with_the_address(accounts: Accounts, ada: str) -> None:
    with accounts.store.write() as connection:
        connection.execute(insert(totp).values(account_id=ada, secret="sealed", confirmed_at=1.0))
    half = accounts.sign_in("ada", PASSWORD, HOME).second_factor or ""
    step = SecondFactorSignIn.beside(accounts)
    asked = step.asked(half)
    assert (asked.account, asked.has_app, asked.passkeys) == (ada, True, 0)
    with pytest.raises(Denied):
        step.by_code(half, "no code", None, Browser(HOME))
    assert accounts.sessions(ada) == []
    newest = accounts.audit()[0]
    assert (newest.what, newest.result, newest.address) == ("sign-in", "refused: second factor", HOME)


def test_login_that_is_unknown_asks_for_nothing(accounts: Accounts) -> None:
    with pytest.raises(Denied):
        SecondFactorSignIn.beside(accounts).asked("fcc_" + "x" * 43)

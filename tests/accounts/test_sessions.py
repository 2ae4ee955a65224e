"""Sessions are listed, replaced, ended one by one and everywhere, and end by themselves."""

from __future__ import annotations

import pytest

from framecast.accounts import Accounts, sessions
from framecast.accounts.factor import Factor
from framecast.accounts.sessions import SESSION_S
from framecast.errors import Denied, NotFound
from framecast.model.rights import Role
from tests.accounts.opened import Clock

PASSWORD = "correct horse battery"
HOME, AWAY = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def ada(accounts: Accounts) -> str:
    return accounts.create("ada", role=Role.MEMBER, password=PASSWORD).id


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


def test_json_form_of_a_session_has_no_secret(accounts: Accounts, ada: str, clock: Clock) -> None:
    secret = accounts.open_session(ada, Factor.LINK, HOME, "x" * 300)
    (only,) = accounts.sessions(ada)
    assert only.to_json() == {
        "id": only.id,
        "account": ada,
        "address": HOME,
        "agent": only.agent,
        "factor": "link",
        "created_at": clock.now,
        "used_at": clock.now,
        "expires_at": clock.now + SESSION_S,
    }
    assert len(only.agent) == 200
    assert secret not in str(only.to_json())


def test_session_that_does_not_exist_is_not_found(accounts: Accounts, ada: str) -> None:
    with pytest.raises(NotFound, match="there is no session 'x'"):
        accounts.end_session("x")
    with pytest.raises(NotFound, match="there is no account"):
        accounts.open_session("nobody", Factor.OIDC)
    assert accounts.end_all_sessions(ada) == 0

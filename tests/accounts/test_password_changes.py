"""New passwords: of an owner who knows the old one, and of an admin."""

from __future__ import annotations

import pytest

from framecast.accounts import Accounts, failures
from framecast.errors import Denied, Invalid, NotFound
from framecast.model.rights import Role

PASSWORD, WRONG = "correct horse battery", "wrong horse battery"
HOME = "192.0.2.1"


@pytest.fixture
def ada(accounts: Accounts) -> str:
    return accounts.create("ada", role=Role.MEMBER, password=PASSWORD).id


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


def test_password_of_an_admin_ends_every_session(accounts: Accounts, ada: str) -> None:
    session = accounts.sign_in("ada", PASSWORD, HOME).session or ""
    accounts.set_password("ADA", "new horse battery")
    assert accounts.identify(session) is None
    assert accounts.sign_in("ada", "new horse battery", HOME).session
    with pytest.raises(Invalid):
        accounts.set_password(ada, "short")
    assert accounts.sign_in("ada", "new horse battery", HOME).session
    with pytest.raises(NotFound):
        accounts.set_password("nobody", "new horse battery")


def test_right_password_takes_its_failures_back(accounts: Accounts, ada: str) -> None:
    for _ in range(failures.PAIR.free - 1):
        with pytest.raises(Denied, match="is wrong"):
            accounts.prove_password(ada, WRONG, address=HOME)
    for _ in range(failures.PAIR.free):
        accounts.prove_password(ada, PASSWORD, address=HOME)

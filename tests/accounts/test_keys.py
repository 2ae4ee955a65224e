"""CURVE keys of accounts."""

from __future__ import annotations

import pytest

from framecast.accounts import Accounts, CredentialKind
from framecast.errors import Conflict, Invalid, NotFound
from framecast.model import curvekeys
from framecast.model.rights import Right, Role, Scope

RAW = bytes(range(32))
KEY = curvekeys.encode(RAW)


def test_key_stands_for_its_account_with_its_scopes(accounts: Accounts) -> None:
    ada = accounts.create("ada", role=Role.ADMIN)
    assert accounts.key_owner(RAW) is None
    before = accounts.change_number()
    info = accounts.add_key("ada", KEY, "analyser", [Scope.WATCH])
    assert accounts.change_number() > before
    found = accounts.key_owner(RAW)
    assert found is not None
    assert (found.account, found.kind, found.credential) == (ada.id, CredentialKind.KEY, KEY)
    assert found.rights.may(Right.SEE, "cam")
    assert not found.rights.may(Right.PUBLISH, "cam")
    assert accounts.keys() == accounts.keys(ada.id) == [info]
    assert info.to_json()["scopes"] == ["watch"]


def test_key_without_scopes_may_all_that_its_account_may(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.ADMIN)
    accounts.add_key("ada", KEY, "analyser")
    found = accounts.key_owner(RAW)
    assert found is not None
    assert found.rights.is_admin


def test_key_belongs_to_one_account_until_it_is_removed(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.VIEWER)
    bob = accounts.create("bob", role=Role.VIEWER)
    accounts.add_key("ada", KEY, "x")
    with pytest.raises(Conflict):
        accounts.add_key("bob", KEY, "x")
    with pytest.raises(NotFound):
        accounts.remove_key(KEY, account=bob.id)
    accounts.remove_key(KEY)
    assert accounts.key_owner(RAW) is None
    with pytest.raises(NotFound):
        accounts.remove_key(KEY)
    for wrong in ("", "x" * 40 + "y", "\n" * 40):
        with pytest.raises(Invalid, match="40 characters of Z85"):
            accounts.add_key("bob", wrong, "x")

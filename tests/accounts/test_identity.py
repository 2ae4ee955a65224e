"""A secret in, an account with its rights out."""

from __future__ import annotations

import pytest

from framecast.accounts import Accounts, CredentialKind
from framecast.errors import Conflict, Invalid
from framecast.model.rights import Grant, Right, Role

PASSWORD = "correct horse battery"


def test_session_of_a_login_is_its_account(accounts: Accounts) -> None:
    ada = accounts.create("Ada", role=Role.MEMBER, password=PASSWORD)
    accounts.grant("account", "ada", Grant(Right.SEE, "cam"))
    signed = accounts.sign_in("ADA", PASSWORD, "192.0.2.1", "Firefox")
    assert signed.session is not None
    found = accounts.identify(signed.session)
    assert found is not None
    assert (found.account, found.name, found.role, found.kind) == (
        ada.id,
        "Ada",
        Role.MEMBER,
        CredentialKind.SESSION,
    )
    assert found.rights.may(Right.SEE, "cam")
    assert not found.rights.may(Right.SEE, "door")
    assert found.rights.scopes is None


def test_wrong_password_and_unknown_name_are_answered_alike(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.MEMBER, password=PASSWORD)
    assert accounts.sign_in("ada", "something else", "192.0.2.1") == accounts.sign_in(
        "bob", PASSWORD, "192.0.2.1"
    )


def test_grants_to_everybody_count_for_each_account(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.VIEWER)
    _, secret = accounts.make_token("ada", "wall", [], kind="screen")
    before = accounts.change_number()
    given = accounts.grant("everybody", "", Grant(Right.SEE, group="Garden"))
    assert accounts.change_number() > before
    found = accounts.identify(secret)
    assert found is not None
    assert found.rights.may(Right.SEE, "cam", ("Garden",))
    accounts.revoke(given.id)
    found = accounts.identify(secret)
    assert found is not None
    assert not found.rights.may(Right.SEE, "cam", ("Garden",))


@pytest.mark.parametrize("text", ["", "fct_", "fct_" + "x" * 43, "fcs_" + "é" * 43, "x" * 100_000])
def test_what_is_no_secret_is_nobody(accounts: Accounts, text: str) -> None:
    assert accounts.identify(text) is None


@pytest.mark.parametrize("name", ["", "a b", "-a", "a" * 65, "a\n", "a/b", "\u202eada"])
def test_name_that_is_none_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(Invalid, match="the name of an account"):
        accounts.create(name, role=Role.VIEWER)


def test_names_that_look_the_same_are_the_same(accounts: Accounts) -> None:
    accounts.create("Straße", role=Role.VIEWER)
    with pytest.raises(Conflict):
        accounts.create("STRASSE", role=Role.VIEWER)

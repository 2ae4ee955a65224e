"""A secret in, an account with its rights out."""

from __future__ import annotations

import pytest

from framecast.accounts import Accounts, CredentialKind
from framecast.errors import Conflict, Invalid, NotFound
from framecast.model.rights import Grant, Right, Role, Scope
from tests.accounts.opened import Clock

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


def test_token_has_its_scopes_its_stream_and_an_end(accounts: Accounts, clock: Clock) -> None:
    accounts.create("ada", role=Role.ADMIN)
    info, secret = accounts.make_token("ada", "VLC", [Scope.WATCH], stream="cam", expires_s=60, kind="media")
    assert secret.startswith("fct_")
    found = accounts.identify(secret, "192.0.2.7")
    assert found is not None
    assert (found.kind, found.credential, found.expires_at) == (CredentialKind.MEDIA, info.id, clock.now + 60)
    assert found.rights.scopes == frozenset({Scope.WATCH})
    assert found.rights.only_stream == "cam"
    assert [(one.used_at, one.used_from) for one in accounts.tokens()] == [(clock.now, "192.0.2.7")]
    clock.now += 60
    assert accounts.identify(secret) is None
    assert accounts.tokens() == []


def test_ended_token_opens_nothing_and_is_a_change(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.ADMIN)
    info, secret = accounts.make_token("ada", "script", ["read"])
    before = accounts.change_number()
    accounts.end_token(info.id)
    assert accounts.identify(secret) is None
    assert accounts.change_number() > before
    with pytest.raises(NotFound):
        accounts.end_token(info.id)


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


def test_no_scope_and_a_scope_that_does_not_exist_are_refused(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.ADMIN)
    with pytest.raises(Invalid, match="needs a scope"):
        accounts.make_token("ada", "x", [])
    with pytest.raises(Invalid, match="must be one of"):
        accounts.make_token("ada", "x", ["everything"])
    with pytest.raises(Invalid, match="has at most"):
        accounts.make_token("ada", "x", ["admin"], kind="media", stream="cam")

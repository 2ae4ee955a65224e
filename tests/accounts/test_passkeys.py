from __future__ import annotations

import pytest
from sqlalchemy import select, update

from framecast.accounts import Accounts, Actor
from framecast.accounts.ceremony import NewPasskey, Use
from framecast.accounts.passkeys import MOST, Passkeys
from framecast.accounts.totp import Totp
from framecast.errors import Conflict, Denied, Invalid, NotFound
from framecast.model.rights import Role
from framecast.store.schema import accounts as table
from framecast.store.schema import audit
from tests.accounts.opened import Clock

BY = Actor(None, "10.0.0.1", "ada")


@pytest.fixture
def ada(accounts: Accounts) -> str:
    return accounts.create("ada", role=Role.MEMBER, password="correct horse").id


@pytest.fixture
def passkeys(accounts: Accounts) -> Passkeys:
    return Passkeys.beside(accounts)


def new(number: int = 1) -> NewPasskey:
    return NewPasskey(b"id %d" % number, b"public key", 5, ("usb", "internal"), False)


def test_a_passkey_makes_a_password_alone_not_enough(
    passkeys: Passkeys, accounts: Accounts, ada: str
) -> None:
    recovery = passkeys.add(ada, new(), "cam.example", " My key ", BY)
    assert len(recovery) == 10
    assert passkeys.add(ada, new(2), "cam.example", "Other", BY) == []
    first = passkeys.of(ada)[0]
    assert (first.name, first.rp_id, first.transports, first.sign_count) == (
        "My key",
        "cam.example",
        ("usb", "internal"),
        5,
    )
    assert accounts.sign_in("ada", "correct horse").second_factor
    assert passkeys.find(b"id 1") == first
    with pytest.raises(Conflict, match="known already"):
        passkeys.add(ada, new(), "cam.example", "Again", BY)


def test_of_two_uses_at_once_one_counts(passkeys: Passkeys, ada: str, clock: Clock) -> None:
    passkeys.add(ada, new(), "cam.example", "key", BY)
    first = passkeys.find(b"id 1")
    clock.now += 60
    passkeys.note_use(first, Use(6))
    assert (passkeys.find(b"id 1").sign_count, passkeys.find(b"id 1").used_at) == (6, clock.now)
    with pytest.raises(Denied):
        passkeys.note_use(first, Use(6))


def test_only_the_owner_renames_and_removes(passkeys: Passkeys, accounts: Accounts, ada: str) -> None:
    bob = accounts.create("bob", role=Role.ADMIN, password="correct horse").id
    passkeys.add(ada, new(), "cam.example", "key", BY)
    key = passkeys.of(ada)[0].key
    with pytest.raises(NotFound):
        passkeys.rename(bob, key, "x", BY)
    with pytest.raises(NotFound):
        passkeys.remove(bob, key, BY)
    passkeys.rename(ada, key, "Phone", BY)
    assert passkeys.of(ada)[0].name == "Phone"
    with pytest.raises(Invalid):
        passkeys.rename(ada, key, "x" * 500, BY)
    passkeys.remove(ada, key, BY)
    assert passkeys.of(ada) == []
    assert Totp.beside(accounts).factors(ada).recovery_left == 0
    assert accounts.sign_in("ada", "correct horse").session
    with accounts.store.read() as connection:
        notes = connection.execute(
            select(audit.c.what, audit.c.result).where(audit.c.what.like("factor.%")).order_by(audit.c.id)
        ).all()
    assert [tuple(row) for row in notes] == [
        ("factor.add", "passkey key"),
        ("factor.rename", "passkey Phone"),
        ("factor.remove", "passkey Phone"),
    ]


def test_a_passkey_of_a_locked_account_or_an_unknown_one_opens_nothing(
    passkeys: Passkeys, accounts: Accounts, ada: str
) -> None:
    passkeys.add(ada, new(), "cam.example", "key", BY)
    with accounts.store.write() as connection:
        connection.execute(update(table).where(table.c.id == ada).values(locked=True))
    for one in (b"id 1", b"id 2", b""):
        with pytest.raises(Denied, match="does not know"):
            passkeys.find(one)


def test_an_account_has_a_limit(passkeys: Passkeys, ada: str) -> None:
    for number in range(MOST):
        passkeys.add(ada, new(number), "cam.example", "key", BY)
    with pytest.raises(Conflict, match="at most"):
        passkeys.add(ada, new(MOST), "cam.example", "key", BY)

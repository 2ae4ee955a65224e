"""Saved streams and their owners, and users of the machine as accounts."""

from __future__ import annotations

import pytest

from framecast.accounts import Accounts, Actor
from framecast.errors import Conflict, Invalid, NotFound
from framecast.model.rights import Role
from tests.accounts.opened import Clock


def test_owner_of_a_stream_stays_whoever_changes_it(accounts: Accounts, clock: Clock) -> None:
    ann = accounts.create("ann", role=Role.ADMIN)
    bob = accounts.create("bob", role=Role.MEMBER)
    number = accounts.change_number()
    accounts.save_stream("door", "{}", bob.id, Actor(bob.id))
    accounts.save_stream("door", '{"a": 1}', ann.id, Actor(ann.id))
    (door,) = accounts.saved_streams()
    assert (door.name, door.owner, door.spec) == ("door", bob.id, '{"a": 1}')
    assert accounts.admins() == [ann.id]
    assert accounts.change_number() == number + 2
    accounts.remove_stream("door", Actor(ann.id))
    assert accounts.saved_streams() == []
    with pytest.raises(NotFound):
        accounts.remove_stream("door")
    with pytest.raises(Conflict):
        accounts.save_stream("gate", "{}", "nobody")


def test_streams_from_before_the_accounts_belong_to_the_first_admin(accounts: Accounts, clock: Clock) -> None:
    accounts.create("viewer", role=Role.VIEWER)
    assert accounts.admins() == []
    first = accounts.create("zoe", role=Role.ADMIN)
    clock.now += 1
    accounts.create("ann", role=Role.ADMIN)
    accounts.save_stream("b", "new", None)
    assert accounts.import_streams({"a": "1", "b": "2", "c": "3"}) == 2
    assert [(one.name, one.owner, one.spec) for one in accounts.saved_streams()] == [
        ("a", first.id, "1"),
        ("b", None, "new"),
        ("c", first.id, "3"),
    ]
    assert [one.name for one in accounts.saved_streams(after="a", most=1)] == ["b"]
    assert accounts.import_streams({"a": "x"}) == 0


def test_user_of_the_machine_has_the_rights_of_one_account(accounts: Accounts) -> None:
    ann = accounts.create("ann", role=Role.MEMBER)
    accounts.give_uid(1001, "ann")
    found = accounts.uid_owner(1001)
    assert found is not None
    assert (found.account, found.rights.role) == (ann.id, Role.MEMBER)
    assert found.rights.from_json(found.rights.to_json()) == found.rights
    assert accounts.uids() == [(1001, ann.id)]
    with pytest.raises(Conflict, match="'ann'"):
        accounts.give_uid(1001, "ann")
    with pytest.raises(Invalid):
        accounts.give_uid(-1, "ann")
    accounts.take_uid(1001)
    assert accounts.uid_owner(1001) is None
    with pytest.raises(NotFound):
        accounts.take_uid(1001)

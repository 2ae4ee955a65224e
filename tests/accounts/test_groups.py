"""Groups of people."""

from __future__ import annotations

import pytest

from framecast.accounts import Accounts
from framecast.errors import Conflict, Invalid, NotFound
from framecast.model.rights import Grant, Right, Role


def test_members_have_what_is_granted_to_their_group(accounts: Accounts) -> None:
    ada = accounts.create("ada", role=Role.VIEWER)
    _, token = accounts.make_token("ada", "x", ["watch"])
    accounts.make_group("Family")
    accounts.grant("group", "family", Grant(Right.SEE, "cam"))

    def may() -> bool:
        found = accounts.identify(token)
        assert found is not None
        return found.rights.may(Right.SEE, "cam")

    assert not may()
    before = accounts.change_number()
    accounts.add_to_group("ada", "Family")
    accounts.add_to_group("ada", "Family")
    assert may()
    assert accounts.change_number() > before
    assert [one.name for one in accounts.members("Family")] == ["ada"]
    assert [(one.name, one.members) for one in accounts.groups_of(ada.id)] == [("Family", 1)]
    accounts.remove_from_group("ada", "Family")
    assert not may()
    accounts.add_to_group("ada", "Family")
    accounts.delete_group("Family")
    assert not may()
    assert accounts.grants() == []


def test_names_of_groups_are_unique_and_can_change(accounts: Accounts) -> None:
    accounts.make_group("Ground floor")
    with pytest.raises(Conflict):
        accounts.make_group("GROUND FLOOR")
    accounts.make_group("Garden")
    accounts.rename_group("garden", "GARDEN")
    with pytest.raises(Conflict):
        accounts.rename_group("garden", "ground floor")
    assert [one.name for one in accounts.groups()] == ["GARDEN", "Ground floor"]
    for name in ("", " ", "x" * 81, "a\nb"):
        with pytest.raises(Invalid, match="the name of a group"):
            accounts.make_group(name)


def test_provider_changes_only_the_memberships_that_it_made(accounts: Accounts) -> None:
    ada = accounts.create("ada", role=Role.VIEWER)
    for name in ("a", "b", "c"):
        accounts.make_group(name)
    accounts.add_to_group("ada", "a")

    def mine() -> list[str]:
        return [one.name for one in accounts.groups_of(ada.id)]

    accounts.set_groups_from(ada.id, "https://id.example", ["A", "b", "no such group"])
    assert mine() == ["a", "b"]
    accounts.set_groups_from(ada.id, "https://id.example", ["c"])
    assert mine() == ["a", "c"]
    accounts.set_groups_from(ada.id, "https://id.example", [])
    assert mine() == ["a"]


def test_what_does_not_exist_is_not_found(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.VIEWER)
    for work in (
        lambda: accounts.members("x"),
        lambda: accounts.delete_group("x"),
        lambda: accounts.rename_group("x", "y"),
        lambda: accounts.add_to_group("ada", "x"),
        lambda: accounts.grant("group", "x", Grant(Right.SEE)),
        lambda: accounts.grant("account", "x", Grant(Right.SEE)),
        lambda: accounts.revoke("x"),
    ):
        with pytest.raises(NotFound):
            work()

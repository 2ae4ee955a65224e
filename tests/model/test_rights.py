"""Roles, rights, scopes: the one rule."""

from __future__ import annotations

import pytest

from framecast.errors import Invalid
from framecast.model.rights import Grant, Right, Rights, Role, Scope

ME, OTHER = "a1", "b2"


@pytest.mark.parametrize("right", list(Right))
def test_admin_may_everything_and_viewer_without_grants_nothing(right: Right) -> None:
    assert Rights(Role.ADMIN, ME).may(right, "cam", owner=OTHER)
    assert not Rights(Role.VIEWER, ME).may(right, "cam")


@pytest.mark.parametrize("right", list(Right))
def test_member_may_everything_on_what_they_own_and_a_viewer_owns_nothing(right: Right) -> None:
    assert Rights(Role.MEMBER, ME).may(right, "cam", owner=ME)
    assert not Rights(Role.MEMBER, ME).may(right, "cam", owner=OTHER)
    assert not Rights(Role.MEMBER, ME).may(right, "cam")
    assert not Rights(Role.VIEWER, ME).may(right, "cam", owner=ME)


@pytest.mark.parametrize("right", list(Right))
def test_each_right_implies_to_see_and_nothing_else(right: Right) -> None:
    rights = Rights(Role.VIEWER, ME, (Grant(right, "cam"),))
    assert {one for one in Right if rights.may(one, "cam")} == {right, Right.SEE}
    assert not rights.may(right, "other")


def test_grant_holds_for_a_stream_a_group_or_all() -> None:
    rights = Rights(Role.VIEWER, ME, (Grant(Right.SEE, group="Garden"), Grant(Right.TALK, "door")))
    assert rights.may(Right.SEE, "x", ("Garden", "Outside"))
    assert not rights.may(Right.SEE, "x", ("Outside",))
    assert rights.may(Right.TALK, "door")
    assert not rights.may(Right.TALK, "x", ("Garden",))
    assert Rights(Role.VIEWER, ME, (Grant(Right.CONTROL),)).may(Right.CONTROL, "anything")
    with pytest.raises(Invalid, match="a stream or a group"):
        Grant(Right.SEE, "cam", "Garden")


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (Scope.WATCH, {Right.SEE}),
        (Scope.READ, set()),
        (Scope.PUBLISH, {Right.PUBLISH}),
        (Scope.CHANGE, {Right.CONTROL, Right.RECORD, Right.TALK}),
        (Scope.METRICS, set()),
        (Scope.RELAY, {Right.SEE}),
        (Scope.ADMIN, set(Right)),
    ],
)
def test_token_has_what_its_scopes_carry_of_its_account(scope: Scope, allowed: set[Right]) -> None:
    of_admin = Rights(Role.ADMIN, ME, scopes=frozenset({scope}))
    assert {right for right in Right if of_admin.may(right, "cam")} == allowed
    assert of_admin.is_admin == (scope is Scope.ADMIN)
    assert of_admin.may_know("cam")
    of_viewer = Rights(Role.VIEWER, ME, scopes=frozenset({scope}))
    assert not any(of_viewer.may(right, "cam") for right in Right)
    assert not of_viewer.may_know("cam")
    assert not of_viewer.is_admin


def test_relay_carries_watch_and_read_and_admin_carries_all() -> None:
    relay = Rights(Role.VIEWER, ME, scopes=frozenset({Scope.RELAY}))
    assert {scope for scope in Scope if relay.carries(scope)} == {Scope.RELAY, Scope.WATCH, Scope.READ}
    assert all(Rights(Role.VIEWER, ME, scopes=frozenset({Scope.ADMIN})).carries(one) for one in Scope)
    assert all(Rights(Role.VIEWER, ME).carries(one) for one in Scope)
    assert not Rights(Role.VIEWER, ME, scopes=frozenset()).carries(Scope.WATCH)


def test_token_of_one_stream_opens_and_knows_no_other() -> None:
    rights = Rights(Role.ADMIN, ME, scopes=frozenset({Scope.ADMIN}), only_stream="cam")
    assert rights.may(Right.CONTROL, "cam")
    assert rights.may_know("cam")
    assert not rights.may(Right.SEE, "door")
    assert not rights.may_know("door")
    assert not rights.is_admin
    assert rights.may_add("cam")
    assert not rights.may_add("door")
    assert not rights.may_add()


def test_members_and_admins_add_streams_with_a_scope_that_allows_it() -> None:
    assert [Rights(role, ME).may_add() for role in Role] == [False, True, True]
    assert not Rights(Role.MEMBER, ME, scopes=frozenset({Scope.WATCH})).may_add()
    assert Rights(Role.MEMBER, ME, scopes=frozenset({Scope.CHANGE})).may_add()


def test_equal_rights_are_equal_and_can_be_keys() -> None:
    grants = (Grant(Right.SEE, "cam"),)
    assert len({Rights(Role.VIEWER, ME, grants), Rights(Role.VIEWER, ME, grants)}) == 1

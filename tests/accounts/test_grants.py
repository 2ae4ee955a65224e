"""Grants: who may do what on which streams, beyond roles and owners."""

from __future__ import annotations

import pytest

from framecast.accounts import Accounts
from framecast.errors import Invalid, NotFound
from framecast.model.rights import Grant, Right, Role
from tests.accounts.opened import Clock


def test_grant_is_there_once_and_can_be_taken_back(accounts: Accounts, clock: Clock) -> None:
    ada = accounts.create("ada", role=Role.VIEWER)
    first = accounts.grant("account", "ada", Grant(Right.TALK, "cam"))
    assert accounts.grant("account", ada.id, Grant(Right.TALK, "cam")) == first
    clock.now += 1
    everybody = accounts.grant("everybody", "", Grant(Right.SEE, group="Garden"))
    assert accounts.grant("everybody", "", Grant(Right.SEE, group="Garden")) == everybody
    assert [one.id for one in accounts.grants()] == [first.id, everybody.id]
    assert [one.id for one in accounts.grants(ada.id)] == [first.id]
    assert first.to_json()["subject_name"] == "ada"
    accounts.revoke(first.id)
    assert [one.id for one in accounts.grants()] == [everybody.id]
    with pytest.raises(Invalid, match="not a stream name"):
        accounts.grant("everybody", "", Grant(Right.SEE, "no such name"))
    with pytest.raises(Invalid, match="group of streams"):
        accounts.grant("everybody", "", Grant(Right.SEE, group="x" * 81))


def test_grants_are_noted_in_words(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.VIEWER)
    accounts.make_group("Family")
    made = [
        accounts.grant("account", "ada", Grant(Right.SEE, "cam")),
        accounts.grant("group", "family", Grant(Right.SEE, group="Garden")),
        accounts.grant("everybody", "", Grant(Right.TALK)),
    ]
    for one in made:
        accounts.revoke(one.id)
    words = ["ada: see cam", "Family: see group Garden", "everybody: talk all streams"]
    noted = [(row.what, row.target) for row in accounts.audit() if row.what.startswith("grant")]
    assert noted[::-1] == [("grant.make", one) for one in words] + [("grant.revoke", one) for one in words]


def test_unknown_subject_and_grant_are_not_found_and_change_nothing(accounts: Accounts) -> None:
    for kind in ("account", "group"):
        with pytest.raises(NotFound, match="'nobody'"):
            accounts.grant(kind, "nobody", Grant(Right.SEE))
    with pytest.raises(ValueError, match="somebody"):
        accounts.grant("somebody", "", Grant(Right.SEE))
    with pytest.raises(NotFound, match="there is no grant 'x'"):
        accounts.revoke("x")
    assert accounts.grants() == []

"""The audit log, and what is forgotten with time."""

from __future__ import annotations

import pytest

from framecast.accounts import Accounts, Actor
from framecast.errors import Conflict
from framecast.model.rights import Grant, Right, Role
from tests.accounts.opened import Clock

PASSWORD = "correct horse battery"


def test_log_says_who_did_what_from_where_to_what(accounts: Accounts, clock: Clock) -> None:
    root = accounts.create("root", role=Role.ADMIN, password=PASSWORD)
    by = Actor(root.id, "192.0.2.1")
    accounts.create("ada", role=Role.VIEWER, by=by)
    accounts.grant("account", "ada", Grant(Right.SEE, "cam"), by)
    accounts.make_token("ada", "VLC", ["watch"], stream="cam", kind="media", by=by)
    accounts.sign_in("root", PASSWORD, "192.0.2.9")
    accounts.note(by, "stream.restart", "cam", "denied")
    found = [(one.who, one.address, one.what, one.target, one.result) for one in accounts.audit()]
    assert found == [
        ("root", "192.0.2.1", "stream.restart", "cam", "denied"),
        ("root", "192.0.2.9", "sign-in", "", "password"),
        ("root", "192.0.2.1", "token.make", "ada: VLC", "watch"),
        ("root", "192.0.2.1", "grant.make", "ada: see cam", "done"),
        ("root", "192.0.2.1", "account.create", "ada", "viewer"),
        ("command line", "", "account.create", "root", "admin"),
    ]
    assert {one.at for one in accounts.audit()} == {clock.now}


def test_log_is_read_in_pages_and_by_what_is_asked_for(accounts: Accounts, clock: Clock) -> None:
    root = accounts.create("root", role=Role.ADMIN)
    for number in range(5):
        clock.now += 1
        accounts.note(Actor(root.id, f"192.0.2.{number}"), "stream.add", str(number))
    first = accounts.audit(most=2)
    assert [one.target for one in first] == ["4", "3"]
    assert [one.target for one in accounts.audit(before=first[-1].id, most=2)] == ["2", "1"]
    assert [one.target for one in accounts.audit(address="192.0.2.3")] == ["3"]
    assert [one.what for one in accounts.audit(what="account")] == ["account.create"]
    assert [one.what for one in accounts.audit(what="acc%")] == []
    assert len(accounts.audit(account=root.id)) == 5
    assert [one.target for one in accounts.audit(since=clock.now)] == ["4"]


def test_failed_logins_are_noted_without_names_that_may_be_passwords(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.VIEWER, password=PASSWORD)
    accounts.sign_in("ada", "wrong horse battery", "192.0.2.1")
    accounts.sign_in(PASSWORD, "", "192.0.2.1")
    found = accounts.audit(what="sign-in")
    assert [(one.who, one.result) for one in found] == [("(unknown name)", "refused"), ("ada", "refused")]
    assert PASSWORD not in str(accounts.audit())


def test_change_that_failed_is_not_in_the_log(accounts: Accounts) -> None:
    accounts.create("root", role=Role.ADMIN)
    before = accounts.audit()
    with pytest.raises(Conflict):
        accounts.delete("root")
    assert accounts.audit() == before


def test_text_of_strangers_is_shown_and_cut(accounts: Accounts) -> None:
    accounts.note(Actor(None, "x" * 500, "\x1b[31m" + "y" * 500), "z" * 500, "\n" * 300, "\u202e" * 300)
    (entry,) = accounts.audit()
    assert len(entry.address) <= 64
    assert len(entry.what) == 64
    assert "\x1b" not in entry.who
    assert "\n" not in entry.target


def test_what_has_expired_and_what_is_old_is_forgotten(accounts: Accounts, clock: Clock) -> None:
    ada = accounts.create("ada", role=Role.VIEWER, password=PASSWORD)
    accounts.sign_in("ada", PASSWORD, "192.0.2.1")
    accounts.sign_in("ada", "wrong horse battery", "192.0.2.1")
    accounts.make_token("ada", "short", ["read"], expires_s=60)
    _, kept = accounts.make_token("ada", "for ever", ["read"])
    accounts.invite(Role.VIEWER)
    assert accounts.prune() == 0
    clock.now += 366 * 86400
    accounts.note(Actor(ada.id), "stream.add", "new")
    assert accounts.prune() > 0
    assert [one.target for one in accounts.audit()] == ["new"]
    assert [one.name for one in accounts.tokens()] == ["for ever"]
    assert accounts.identify(kept) is not None
    assert accounts.prune() == 0

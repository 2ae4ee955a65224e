"""Accounts: made, changed, deleted; the last admin stays."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from framecast.accounts import Accounts, Actor
from framecast.errors import Conflict, Invalid, NotFound
from framecast.library import open_library
from framecast.model.rights import Grant, Right, Role
from framecast.model.video import LOCAL, Viewer
from tests.accounts.opened import Clock
from tests.library.made import UNLIMITED, ready

PASSWORD = "correct horse battery"


def names(accounts: Accounts) -> list[str]:
    return [one.name for one in accounts.all()]


def test_accounts_are_listed_by_name_in_pages(accounts: Accounts) -> None:
    for name in ("Zoe", "ada", "Bob"):
        accounts.create(name, role=Role.VIEWER)
    assert names(accounts) == ["ada", "Bob", "Zoe"]
    assert [one.name for one in accounts.all(after="ADA", most=1)] == ["Bob"]
    assert accounts.all(role=Role.ADMIN) == []
    assert (accounts.count(), accounts.count(Role.ADMIN)) == (3, 0)


def test_account_is_found_by_id_and_by_name_in_any_case(accounts: Accounts) -> None:
    made = accounts.create("Ada", role=Role.MEMBER, display_name="Ada Lovelace", password=PASSWORD)
    assert accounts.account("aDA") == accounts.account(made.id) == made
    assert (made.label, made.has_password, made.signed_in_at) == ("Ada Lovelace", True, None)
    assert PASSWORD not in str(made.to_json())
    with pytest.raises(NotFound, match="there is no account 'bob'"):
        accounts.account("bob")


def test_changes_are_kept_and_seen_by_the_change_number(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.VIEWER)
    before = accounts.change_number()
    changed = accounts.change("ada", name="Ada.L", display_name="Ada", role=Role.MEMBER)
    assert (changed.name, changed.display_name, changed.role) == ("Ada.L", "Ada", Role.MEMBER)
    assert accounts.account("ada.l") == changed
    assert accounts.change_number() > before
    with pytest.raises(Invalid, match="display_name"):
        accounts.change("ada.l", display_name="x" * 81)


def test_name_of_another_account_is_refused_and_the_own_one_in_another_case_is_not(
    accounts: Accounts,
) -> None:
    accounts.create("ada", role=Role.VIEWER)
    accounts.create("bob", role=Role.VIEWER)
    with pytest.raises(Conflict, match="choose another name"):
        accounts.change("bob", name="ADA")
    assert accounts.change("ada", name="ADA").name == "ADA"


@pytest.mark.parametrize("way", ["role", "locked", "delete"])
def test_last_admin_cannot_go(accounts: Accounts, way: str) -> None:
    accounts.create("ada", role=Role.ADMIN)
    accounts.create("robot", role=Role.ADMIN, is_service=True)
    accounts.create("eve", role=Role.ADMIN)
    accounts.change("eve", locked=True)

    def go() -> None:
        if way == "delete":
            accounts.delete("ada")
        elif way == "role":
            accounts.change("ada", role=Role.MEMBER)
        else:
            accounts.change("ada", locked=True)

    with pytest.raises(Conflict, match="last admin") as refused:
        go()
    assert refused.value.fields["reason"] == "last-admin"
    assert accounts.change("ada", display_name="still here").role is Role.ADMIN
    accounts.change("eve", locked=False)
    go()


def test_two_admins_that_remove_each_other_at_once_leave_one(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.ADMIN)
    accounts.create("bob", role=Role.ADMIN)
    start, refused = threading.Barrier(2), []

    def remove(name: str) -> None:
        start.wait()
        try:
            accounts.change(name, role=Role.VIEWER)
        except Conflict as error:
            refused.append(error)

    threads = [threading.Thread(target=remove, args=(name,)) for name in ("ada", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert accounts.count(Role.ADMIN) == 1
    assert len(refused) == 1


def test_deletion_asks_what_becomes_of_streams(accounts: Accounts) -> None:
    accounts.create("root", role=Role.ADMIN)
    ada = accounts.create("ada", role=Role.MEMBER)
    for name in ("cam", "door"):
        accounts.save_stream(name, "{}", ada.id)
    with pytest.raises(Conflict, match="owns 2 streams") as refused:
        accounts.delete("ada")
    assert refused.value.fields["streams"] == 2
    accounts.create("vic", role=Role.VIEWER)
    for heir in ("vic", "ada"):
        with pytest.raises(Invalid, match="member or an admin"):
            accounts.delete("ada", streams="give", to=heir)
    with pytest.raises(Invalid, match="'give' or 'remove'"):
        accounts.delete("ada", streams="burn")
    assert "ada" in names(accounts)


@pytest.mark.parametrize(("to", "owner"), [(None, None), ("bob", "bob")])
def test_streams_are_given_to_the_admins_or_to_an_account(
    accounts: Accounts, to: str | None, owner: str | None
) -> None:
    accounts.create("root", role=Role.ADMIN)
    ada = accounts.create("ada", role=Role.MEMBER)
    bob = accounts.create("bob", role=Role.MEMBER)
    accounts.save_stream("cam", "{}", ada.id)
    assert accounts.delete("ada", streams="give", to=to) == []
    assert [one.owner for one in accounts.saved_streams()] == [bob.id if owner else None]


def test_removed_streams_take_their_grants_with_them(accounts: Accounts) -> None:
    accounts.create("root", role=Role.ADMIN)
    ada = accounts.create("ada", role=Role.MEMBER)
    accounts.create("bob", role=Role.VIEWER)
    accounts.save_stream("cam", "{}", ada.id)
    accounts.grant("account", "bob", Grant(Right.SEE, "cam"))
    accounts.grant("account", "bob", Grant(Right.SEE, "door"))
    assert accounts.delete("ada", streams="remove") == ["cam"]
    assert accounts.saved_streams() == []
    assert [one.grant.stream for one in accounts.grants()] == ["door"]


def test_deletion_asks_what_becomes_of_videos(accounts: Accounts, database: str, clock: Clock) -> None:
    accounts.create("root", role=Role.ADMIN)
    ada = accounts.create("ada", role=Role.MEMBER)
    bob = accounts.create("bob", role=Role.MEMBER)
    with closing(open_library(database, now=clock)) as library:
        video = ready(library, owner=ada.id)
        mine = Viewer(ada.id, False, True)
        playlist = library.add_playlist(mine, "Mine")
        library.change_playlist(playlist.id, mine, items=[video.id])
        sending = library.begin_upload(ada.id, 10, "b.mp4", {}, UNLIMITED)
        accounts.save_stream("cam", "{}", ada.id)
        with pytest.raises(Conflict, match="owns 1 streams and 1 videos") as refused:
            accounts.delete("ada")
        assert refused.value.fields == {"streams": 1, "videos": 1}
        with pytest.raises(Conflict, match="owns 1 videos"):
            accounts.delete("ada", streams="remove")
        with pytest.raises(Invalid, match="videos must be"):
            accounts.delete("ada", streams="give", videos="burn")
        assert accounts.delete("ada", streams="give", to="bob") == []
        his = Viewer(bob.id, False, True)
        assert [one.id for one in library.videos(his, owner="bob").videos] == [video.id]
        assert [one.id for one in library.playlist(playlist.id, his)[1]] == [video.id]
        assert [one.id for one in library.expired_uploads()] == [sending.id]
        assert library.purge(30) == [sending.video]
        assert accounts.delete("bob", streams="give", videos="remove") == []
        assert library.videos(LOCAL).videos == ()
        with pytest.raises(Conflict, match="for good"):
            library.restore_video(video.id, LOCAL)
        assert library.purge(30) == [video.id]
        assert f"videos/{video.id}/" in library.old_generations()
        assert library.playlists(LOCAL) == []
    assert [one.owner for one in accounts.saved_streams()] == [None]


def test_deleted_account_leaves_nothing_but_its_rows_of_the_log(accounts: Accounts) -> None:
    accounts.create("root", role=Role.ADMIN)
    ada = accounts.create("ada", role=Role.MEMBER, password=PASSWORD)
    accounts.make_group("family")
    accounts.add_to_group("ada", "family")
    accounts.grant("account", "ada", Grant(Right.SEE))
    _, token = accounts.make_token("ada", "x", ["read"], by=Actor(ada.id, "192.0.2.1"))
    session = accounts.sign_in("ada", PASSWORD).session
    accounts.delete("ada")
    assert accounts.identify(token) is None
    assert session
    assert accounts.identify(session) is None
    assert accounts.grants() == []
    assert accounts.members("family") == []
    assert [one.who for one in accounts.audit(account=ada.id, what="token.make")] == ["ada"]


def test_locked_account_is_nobody_until_it_is_unlocked_and_its_sessions_stay_ended(
    accounts: Accounts,
) -> None:
    accounts.create("ada", role=Role.MEMBER, password=PASSWORD)
    _, token = accounts.make_token("ada", "x", ["read"])
    session = accounts.sign_in("ada", PASSWORD).session or ""
    accounts.change("ada", locked=True)
    assert accounts.identify(token) is None
    assert accounts.identify(session) is None
    assert accounts.sign_in("ada", PASSWORD).reason == "wrong"
    accounts.change("ada", locked=False)
    assert accounts.identify(token) is not None
    assert accounts.identify(session) is None


def test_service_account_has_tokens_and_no_password(accounts: Accounts) -> None:
    with pytest.raises(Invalid, match="has no password"):
        accounts.create("robot", role=Role.VIEWER, is_service=True, password=PASSWORD)
    accounts.create("robot", role=Role.VIEWER, is_service=True)
    with pytest.raises(Invalid, match="service account"):
        accounts.set_password("robot", PASSWORD)
    with pytest.raises(Invalid, match="service account"):
        accounts.make_reset("robot")
    assert accounts.make_token("robot", "relay", ["relay"])[1]

"""Private rooms, roles, invitations, settings, the list of rooms, the end of rooms."""

from __future__ import annotations

import pytest

from framecast.accounts import Accounts
from framecast.errors import Conflict, Denied, Invalid, NotFound
from framecast.model.rights import Role
from framecast.model.room import EventKind, RoomKind, RoomRole, Visitor
from framecast.model.room_settings import RoomSettings
from framecast.rooms import Rooms, open_rooms, places
from tests.accounts.opened import Clock
from tests.rooms.people import ANNA, BEN, ROOM, account, guest, say, texts


@pytest.fixture
def anna(accounts: Accounts) -> Visitor:
    return account(accounts, "anna")


@pytest.fixture
def ben(accounts: Accounts) -> Visitor:
    return account(accounts, "ben")


def test_private_room_is_open_to_those_who_were_invited(
    rooms: Rooms, anna: Visitor, ben: Visitor, clock: Clock
) -> None:
    room = rooms.make_private(" Our room ", anna)
    key = str(room.key)
    assert (room.key.kind, room.title, room.owner, room.owner_id) == (
        RoomKind.PRIVATE,
        "Our room",
        "anna",
        anna.account,
    )
    assert rooms.may_enter(key, anna)
    assert not rooms.may_enter(key, ben)
    assert not rooms.may_enter("room:nothing", anna)
    for ask in (
        lambda: say(rooms, "hi", ben, key),
        lambda: rooms.mark_read(key, ben, 1),
        lambda: rooms.members(key, ben),
        lambda: rooms.invite(key, ben),
        lambda: rooms.react(key, ben, 1, "👍"),
        lambda: rooms.delete_room(key, ben),
        lambda: rooms.export(key, ben),
    ):
        with pytest.raises(NotFound, match="no such room"):
            ask()
    clock.now += 1
    _, secret = rooms.invite(key, anna, most_uses=1)
    assert rooms.invited_to(secret).title == "Our room"
    assert rooms.accept(secret, ben).key == room.key
    say(rooms, "hi", ben, key)
    assert [(one.name, one.role) for one in rooms.members(key, ben)] == [
        ("anna", RoomRole.OWNER),
        ("ben", RoomRole.MEMBER),
    ]
    with pytest.raises(NotFound, match="has ended"):
        rooms.accept(secret, guest("Carl"))
    with pytest.raises(Denied, match="moderators"):
        rooms.invite(key, ben)
    rooms.set_role(key, anna, ben.id, "moderator")
    _, second = rooms.invite(key, ben)
    assert rooms.accept(second, ben).key == room.key  # a member already: nothing is used up
    assert {one.uses for one in rooms.invitations(key, anna)} == {0, 1}
    event = rooms.remove_member(key, anna, ben.id)
    assert event is not None
    assert (event.kind, event.data["role"]) == (EventKind.ROLE, None)
    assert not rooms.may_enter(key, ben)
    with pytest.raises(Conflict):
        rooms.remove_member(key, anna, anna.id)


def test_invitation_ends_with_its_time_or_when_revoked(
    rooms: Rooms, anna: Visitor, ben: Visitor, clock: Clock
) -> None:
    key = str(rooms.make_private("Room", anna).key)
    _, first = rooms.invite(key, anna, expires_s=60)
    other, second = rooms.invite(key, anna)
    clock.now += 60
    rooms.revoke_invitation(key, anna, other.id)
    for secret in (first, second, "", "fcm_x", first[:-1], "fct_" + first[4:], "\ud800"):
        with pytest.raises(NotFound, match="has ended"):
            rooms.accept(secret, ben)
    assert rooms.invitations(key, anna) == []
    with pytest.raises(NotFound):
        rooms.revoke_invitation(key, anna, other.id)
    for wrong in ({"expires_s": 1}, {"expires_s": 1e9}, {"most_uses": 0}):
        with pytest.raises(Invalid):
            rooms.invite(key, anna, **wrong)
    say(rooms, "x", anna)
    with pytest.raises(Invalid, match="only a private room"):
        rooms.invite(ROOM, Visitor(anna.account, None, "anna", is_owner=True))


def test_guest_is_let_in_if_the_settings_say_so(rooms: Rooms, anna: Visitor) -> None:
    key = str(rooms.make_private("Room", anna).key)
    _, secret = rooms.invite(key, anna)
    with pytest.raises(Denied, match="sign in"):
        rooms.accept(secret, guest("Carl"))
    rooms.change_settings(key, anna, {"guests": "read"})
    rooms.accept(secret, guest("Carl"))
    with pytest.raises(Denied, match="guests may not write"):
        say(rooms, "hi", guest("Carl"), key)
    rooms.change_settings(key, anna, {"guests": "write"})
    message = say(rooms, "hi", guest("Carl"), key).message
    assert message is not None
    assert message.author.role is RoomRole.GUEST
    with pytest.raises(Denied):
        rooms.make_private("Room", guest("Carl"))


def test_roles_of_a_stream(rooms: Rooms, anna: Visitor, ben: Visitor) -> None:
    owner = Visitor(anna.account, None, "anna", is_owner=True)
    event = rooms.set_role(ROOM, owner, "ben", "moderator")
    assert event is not None
    assert dict(event.data) == {"author": ben.id, "name": "ben", "role": "moderator"}
    assert rooms.set_role(ROOM, owner, ben.id, "moderator") is None
    message = say(rooms, "hi", ben).message
    assert message is not None
    assert message.author.role is RoomRole.MODERATOR
    assert [one.name for one in rooms.members(ROOM)] == ["ben"]
    with pytest.raises(Denied, match="owner"):
        rooms.set_role(ROOM, ben, "anna", "moderator")
    for member, role, error in (
        ("nobody", "moderator", NotFound),
        ("a:x", "moderator", NotFound),
        ("g:x", "moderator", Invalid),
        ("ben", "owner", Invalid),
        ("ben", "guest", Invalid),
    ):
        with pytest.raises(error):
            rooms.set_role(ROOM, owner, member, role)
    rooms.set_role(ROOM, owner, "ben", "member")
    assert rooms.members(ROOM) == []
    assert rooms.set_role(ROOM, owner, "ben", "member") is None


def test_settings_are_changed_by_those_who_may(rooms: Rooms, anna: Visitor, ben: Visitor) -> None:
    owner = Visitor(anna.account, None, "anna", is_owner=True)
    rooms.set_role(ROOM, owner, "ben", "moderator")
    event = rooms.change_settings(ROOM, ben, {"slow_s": 30, "words": ["Bad  word"]})
    assert event is not None
    assert event.kind is EventKind.SETTINGS
    shown = event.to_json()["settings"]
    assert shown["slow_s"] == 30
    assert "words" not in shown
    assert rooms.change_settings(ROOM, ben, {"slow_s": 30}) is None
    room = rooms.find(ROOM)
    assert room is not None
    assert room.settings.words == ("Bad word",)
    assert "words" not in room.to_json()["settings"]
    assert room.to_json(with_words=True)["settings"]["words"] == ["Bad word"]
    for patch in ({"guests": "write"}, {"slow_s": 1, "retention_days": 3}, {"title": "x"}):
        with pytest.raises(Denied, match="owner"):
            rooms.change_settings(ROOM, ben, patch)
    with pytest.raises(Denied):
        rooms.change_settings(ROOM, Visitor("other", None, "other"), {"slow_s": 1})
    with pytest.raises(Invalid, match="settings have no key 'slow'"):
        rooms.change_settings(ROOM, owner, {"slow": 1})
    rooms.change_settings(ROOM, owner, {"is_open": False})
    with pytest.raises(Denied, match="closed"):
        say(rooms, "hi", Visitor("other", None, "other"))
    say(rooms, "hi", ben)


def listed(rooms: Rooms, who: Visitor) -> list[tuple[str, int, int]]:
    return [(one.room.title or str(one.room.key), one.unread, one.mentions) for one in rooms.rooms_of(who)]


def test_list_of_rooms_counts_what_was_not_read(
    rooms: Rooms, anna: Visitor, ben: Visitor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (str(rooms.make_private(name, anna).key) for name in ("First", "Second"))
    for key in (second, first):
        rooms.accept(rooms.invite(key, anna)[1], ben)
        for number in range(3):
            clock.now += 1
            say(rooms, f"{number} @anna", ben, key)
    say(rooms, "elsewhere", ben)
    assert listed(rooms, anna) == [("First", 3, 3), ("Second", 3, 3)]
    rooms.mark_read(first, anna, 2)
    rooms.mark_read(second, anna, 1)
    assert listed(rooms, anna) == [("First", 1, 1), ("Second", 2, 2)]
    (page,) = rooms.rooms_of(anna, most=1)
    assert [one.room.title for one in rooms.rooms_of(anna, before=page.cursor)] == ["Second"]
    assert {one[0] for one in listed(rooms, ben)} == {
        "First",
        "Second",
        ROOM,
    }  # that in which it has written, too
    clock.now += 1
    say(rooms, "an answer", anna, second)
    assert listed(rooms, anna) == [("Second", 0, 0), ("First", 1, 1)]
    assert [one[1] for one in listed(rooms, ben)] == [1, 0, 0]
    monkeypatch.setattr(places, "MOST_UNREAD", 3)
    for _ in range(4):
        say(rooms, "many", anna, second)
    assert [one[1] for one in listed(rooms, ben)] == [3, 0, 0]
    rooms.ignore(anna, ben.id)
    assert listed(rooms, anna) == [("Second", 0, 0), ("First", 0, 0)]
    with pytest.raises(Invalid):
        rooms.rooms_of(anna, before="nothing")


def test_deleted_room_is_found_by_nobody(rooms: Rooms, anna: Visitor, clock: Clock) -> None:
    key = str(rooms.make_private("Room", anna).key)
    _, secret = rooms.invite(key, anna)
    say(rooms, "hi", anna, key)
    room = rooms.find(key)
    assert room is not None
    rooms.delete_room(key, anna)
    assert rooms.find(key) is None
    assert rooms.positions([room.id]) == {}
    assert rooms.rooms_of(anna) == []
    assert rooms.history(key) == []
    with pytest.raises(NotFound):
        rooms.invited_to(secret)
    owner = Visitor(anna.account, None, "anna", is_owner=True)
    say(rooms, "old", anna)
    before = rooms.tail(ROOM).epoch
    rooms.delete_room(ROOM, owner)
    say(rooms, "new", anna)
    assert texts(rooms) == ["new"]
    assert rooms.tail(ROOM).epoch != before


def test_room_outlives_the_account_that_made_it(rooms: Rooms, accounts: Accounts, anna: Visitor) -> None:
    admin = account(accounts, "admin", Role.ADMIN)
    key = str(rooms.make_private("Room", anna).key)
    say(rooms, "from anna", anna, key)
    rooms.ignore(anna, admin.id)
    rooms.mark_read(key, anna, 1)
    accounts.delete("anna")
    room = rooms.find(key)
    assert room is not None
    assert (room.owner_id, room.owner) == (None, "anna")
    assert rooms.members(key) == []
    assert rooms.ignored(anna) == []
    assert rooms.marked(key, admin) == 0
    (message,) = rooms.history(key)
    assert message.author.name == "anna"
    assert not rooms.may_enter(key, anna)
    assert rooms.may_enter(key, admin)
    rooms.delete_room(key, admin)


def test_ignored_authors_are_those_of_one_person(rooms: Rooms, clock: Clock) -> None:
    rooms.ignore(ANNA, BEN.id)
    rooms.ignore(ANNA, BEN.id)
    clock.now += 1
    rooms.ignore(ANNA, "a:x")
    assert rooms.ignored(ANNA) == [BEN.id, "a:x"]
    assert rooms.ignored(BEN) == []
    rooms.ignore(ANNA, BEN.id, on=False)
    assert rooms.ignored(ANNA) == ["a:x"]
    for wrong in (ANNA.id, "x", "", "a:", "g:" + "x" * 200):
        with pytest.raises(Invalid):
            rooms.ignore(ANNA, wrong)


def test_room_has_the_settings_of_its_node_until_it_has_its_own(
    rooms: Rooms, database: str, clock: Clock, anna: Visitor
) -> None:
    node = open_rooms(
        database, clock, defaults=RoomSettings(guests="write"), longest_text=5, keep_s=3 * 86400
    )
    owner = Visitor(anna.account, None, "anna", is_owner=True)
    message = say(node, "hello", guest("Carl")).message
    assert message is not None
    assert message.author.role is RoomRole.GUEST
    room = node.find(ROOM)
    assert room is not None
    assert room.settings.guests == "write"
    for text in ("too long", "x" * 6):
        with pytest.raises(Invalid, match="at most 5 characters"):
            say(node, text, anna)
        with pytest.raises(Invalid, match="at most 5 characters"):
            node.edit(ROOM, guest("Carl"), 1, text)
    node.change_settings(ROOM, owner, {"slow_s": 1})
    other = rooms.find(ROOM)
    assert other is not None
    assert (other.settings.guests, other.settings.slow_s) == ("off", 1)  # what it does not say is its node's
    clock.now += 4 * 86400
    rooms.prune()
    assert texts(rooms) == ["hello"]
    node.change_settings(ROOM, owner, {"guests": "write", "retention_days": None})
    node.prune()
    assert texts(node) == ["hello"]  # it says itself that messages stay
    other = rooms.find(ROOM)
    assert other is not None
    assert other.settings.guests == "write"
    say(node, "else", key="stream:other")
    clock.now += 4 * 86400
    node.prune()
    assert texts(node, "stream:other") == []
    node.close()

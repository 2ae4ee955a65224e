"""Who a client is in a room, and which rooms are open to it. A real library and real rooms; the node's answers are given."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from framecast.control.aio import AsyncNodeClient
from framecast.errors import NotFound
from framecast.model.rights import Grant, Right, Rights, Role, Scope
from framecast.model.room import Visitor
from framecast.model.status import Status
from framecast.model.video import Visibility
from framecast.servers.access.principal import Kind, Principal
from framecast.servers.access.signed import Grant as LinkGrant
from framecast.servers.catalogue import Catalogue
from framecast.servers.rooms.admission import Admission, Guest, reads_only
from framecast.servers.rooms.desk import RoomDesk
from framecast.servers.settings import LibrarySettings
from tests.servers.rooms.rig import settings
from tests.servers.web.library_web import Shelf, library_settings

GUEST = Guest("guest-id", "Gast")
OPEN = Principal(Kind.ADDRESS, "127.0.0.1")
LINK = Principal(Kind.LINK, "link", LinkGrant("link", "door", 1 << 40))
NOBODY = Principal(Kind.ANONYMOUS, rights=Rights(Role.VIEWER, "", scopes=frozenset()))


class Streams:
    """The node's answer to a question about a stream."""

    def __init__(self, statuses: Mapping[str, Status]) -> None:
        self.statuses = statuses

    async def stream(self, name: str) -> Status:
        if name not in self.statuses:
            raise NotFound(f"there is no stream {name!r}")
        return self.statuses[name]


def account(
    id: str, role: Role = Role.MEMBER, scopes: frozenset[Scope] | None = None, **given: Any
) -> Principal:
    grants = (Grant(Right.SEE, stream="door"),) if id == "friend" else ()
    return Principal(
        Kind.SESSION, f"session-{id}", account=id, name=id, rights=Rights(role, id, grants, scopes, **given)
    )


@pytest.fixture
def admission(tmp_path: Path) -> Admission:
    statuses = {"door": Status("door", owner="owner"), "yard": Status("yard")}
    given: dict[str, Any] = library_settings(tmp_path)
    catalogue = Catalogue(LibrarySettings(**{**given, "folder": Path(given["folder"])}))
    node = cast("AsyncNodeClient", Streams(statuses))
    return Admission(node, statuses, catalogue, RoomDesk(settings(tmp_path)))


def enter(admission: Admission, principal: Principal, key: str, address: str = "10.0.0.1") -> Visitor | None:
    """Who somebody is in a room, None if there is none for it."""

    async def ask() -> Visitor:
        return await admission.visitor_of(principal, key, GUEST, address)

    try:
        return asyncio.run(ask())
    except NotFound:
        return None


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", ""])
def test_on_an_open_node_everybody_at_this_machine_is_an_owner_with_an_id_of_its_own(
    admission: Admission, address: str
) -> None:
    found = enter(admission, OPEN, "door", address)
    assert found == Visitor(None, "guest-id", "Gast", is_admin=True, is_local=True, address=address)
    assert enter(admission, OPEN, "nowhere", address) is None


def test_on_an_open_node_a_client_from_elsewhere_is_a_guest_unless_it_has_the_access_token(
    admission: Admission,
) -> None:
    assert enter(admission, OPEN, "door") == Visitor(None, "guest-id", "Gast", address="10.0.0.1")
    found = enter(admission, Principal(Kind.TOKEN, "token"), "door")
    assert found is not None
    assert found.is_admin


def test_room_of_a_stream_is_open_to_those_who_may_watch_it(admission: Admission) -> None:
    owner, friend = (
        enter(admission, account("owner"), "stream:door"),
        enter(admission, account("friend"), "stream:door"),
    )
    assert owner is not None
    assert (owner.account, owner.is_owner, owner.guest, owner.session) == (
        "owner",
        True,
        None,
        "session-owner",
    )
    assert friend is not None
    assert (friend.is_owner, friend.is_admin) == (False, False)
    assert enter(admission, account("friend"), "stream:yard") is None
    assert enter(admission, account("stranger"), "stream:door") is None
    admin = enter(admission, account("boss", Role.ADMIN), "stream:door")
    assert admin is not None
    assert admin.is_admin


def test_link_opens_the_room_of_its_stream_as_a_guest_and_no_other(admission: Admission) -> None:
    found = enter(admission, LINK, "stream:door")
    assert found == Visitor(None, "guest-id", "Gast", address="10.0.0.1")
    assert enter(admission, LINK, "stream:yard") is None
    assert enter(admission, NOBODY, "stream:door") is None


def test_token_for_one_stream_is_nobodys_name(admission: Admission) -> None:
    media = account("friend", only_stream="door", scopes=frozenset({Scope.WATCH}))
    found = enter(admission, media, "stream:door")
    assert found is not None
    assert (found.account, found.guest) == (None, "guest-id")
    assert enter(admission, media, "stream:yard") is None
    assert reads_only(account("friend", scopes=frozenset({Scope.WATCH})))
    assert not reads_only(account("friend"))
    assert not reads_only(OPEN)


def test_room_of_a_video_is_open_to_those_who_see_it(admission: Admission, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    public, private = shelf.add("public", Visibility.PUBLIC), shelf.add("private", Visibility.PRIVATE)
    try:
        assert enter(admission, NOBODY, f"video:{public.id}") is not None
        assert enter(admission, NOBODY, f"video:{private.id}") is None
        assert enter(admission, account("friend"), f"video:{private.id}") is None
        assert enter(admission, OPEN, f"video:{private.id}") is not None
    finally:
        shelf.close()


def test_private_room_that_nobody_has_made_is_open_to_nobody(admission: Admission) -> None:
    assert enter(admission, OPEN, "room:abcdefghijklmnop") is None

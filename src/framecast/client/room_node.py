"""The rooms of a node for programs that are in none: listing, making, inviting, exporting, removing. Blocks; any number of threads may share one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Self

from framecast.client.room_place import connected, find_node, find_room
from framecast.client.room_values import RoomAuthor, RoomInfo, author_from, info_from
from framecast.errors import Invalid
from framecast.v1 import rooms_pb2

MOST = 200


class RoomNode:
    """Arguments as of `framecast.room`. Every method raises what the node answers; NodeUnavailable if none does."""

    def __init__(
        self,
        node: str | os.PathLike[str] | None = None,
        token: str = "",
        *,
        name: str = "",
        identity: str = "",
    ) -> None:
        self._peer = connected(find_node(node, token))
        self._guest = rooms_pb2.Guest(name=name, secret=identity)

    def rooms(self) -> list[RoomInfo]:
        """Return the rooms of the account, those with news first."""
        found: list[RoomInfo] = []
        before = ""
        while True:
            page = self._peer.ask(
                "ListRooms", rooms_pb2.ListRoomsRequest(before=before, most=MOST, guest=self._guest)
            )
            found += map(info_from, page.rooms)
            before = page.next
            if not before:
                return found

    def make(self, title: str) -> RoomInfo:
        """Make a private room."""
        return info_from(
            self._peer.ask("MakeRoom", rooms_pb2.MakeRoomRequest(title=title, guest=self._guest))
        )

    def remove(self, room: str) -> None:
        """Remove a room with everything that was said in it."""
        self._peer.ask("RemoveRoom", rooms_pb2.RemoveRoomRequest(room=_key(room)))

    def members(self, room: str) -> list[RoomAuthor]:
        """Return the people that a room knows by name."""
        answer = self._peer.ask("ListMembers", rooms_pb2.ListMembersRequest(room=_key(room)))
        return [author_from(one) for one in answer.members]

    def invite(self, room: str, expires_s: float = 0.0, uses: int = 0) -> str:
        """Return the path of a page that makes people members of a private room; 0 is a week, and any number of people."""
        request = rooms_pb2.InviteRequest(room=_key(room), expires_s=expires_s, uses=uses)
        return str(self._peer.ask("Invite", request).path)

    def accept(self, invitation: str) -> RoomInfo:
        """Become a member of a private room, by the link of an invitation or the secret behind its `#`."""
        token = invitation.strip().rpartition("#")[2]
        if not token:
            raise Invalid(
                "an invitation must be its whole link, ADDRESS/rooms/join#SECRET, or the secret alone"
            )
        request = rooms_pb2.AcceptInvitationRequest(token=token, guest=self._guest)
        return info_from(self._peer.ask("AcceptInvitation", request))

    def export(self, room: str) -> Iterator[str]:
        """Yield everything that was said, as lines of JSON, several at once."""
        for answer in self._peer.stream("ExportRoom", rooms_pb2.ExportRoomRequest(room=_key(room))):
            yield answer.lines

    def close(self) -> None:
        """Let the connection go. Idempotent."""
        self._peer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _key(room: str) -> str:
    return find_room(room, None).key

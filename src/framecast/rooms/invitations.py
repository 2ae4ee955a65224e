"""Invitations to a private room: a secret in a link, of which the database keeps the digest. It ends with its time, its uses, or when it is revoked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from framecast.accounts.secret import ROOM, digest_of, is_secret, new_id, new_secret
from framecast.errors import Conflict, Denied, Invalid, NotFound
from framecast.model.room import Room, RoomKind, RoomRole, Visitor
from framecast.model.room_people import RoomInvitation
from framecast.model.room_settings import RoomSettings
from framecast.model.text import described
from framecast.rooms.part import actor_of
from framecast.rooms.people import People
from framecast.store.room_schema import room_invitations, rooms

INVITATION_S = 7 * 86400.0
SHORTEST_S, LONGEST_S = 60.0, 90 * 86400.0
MOST = 100  # of a room
MOST_USES = 1000


class Invitations(People):
    """The invitations."""

    def invite(
        self, key: object, by: Visitor, expires_s: float = INVITATION_S, most_uses: int | None = None
    ) -> tuple[RoomInvitation, str]:
        """Make an invitation to a private room; return it with its secret.

        Raises:
            NotFound: there is no such room. Denied: only its owner and moderators may invite.
            Invalid: it is no private room, or the time or the number is not allowed. Conflict: the room has 100 invitations.
        """
        if not SHORTEST_S <= expires_s <= LONGEST_S:
            raise Invalid(
                f"expires_s must be between {SHORTEST_S:.0f} and {LONGEST_S:.0f}, got {described(expires_s)}"
            )
        if most_uses is not None and not 1 <= most_uses <= MOST_USES:
            raise Invalid(f"most_uses must be between 1 and {MOST_USES}, or null; got {described(most_uses)}")
        secret, now = new_secret(ROOM), self._now()
        with self._store.write() as connection:
            row = self._lock(connection, key, by)
            if row.kind != RoomKind.PRIVATE:
                raise Invalid("only a private room has invitations: share the page of the stream or video")
            self._check_moderator(connection, row, by)
            here = room_invitations.c.room_id == row.id
            connection.execute(delete(room_invitations).where(here, room_invitations.c.expires_at <= now))
            if connection.execute(select(func.count()).where(here)).scalar_one() >= MOST:
                raise Conflict(f"a room has at most {MOST} invitations: revoke some first")
            values = {
                "id": new_id(),
                "room_id": row.id,
                "digest": digest_of(secret),
                "made_by": by.name,
                "created_at": now,
                "expires_at": now + expires_s,
                "most_uses": most_uses,
            }
            connection.execute(insert(room_invitations).values(**values))
            self._note(connection, actor_of(by), "room.invite", f"room {row.key}", str(values["id"]))
            made = room_invitations.c.id == values["id"]
            return _invitation(connection.execute(select(room_invitations).where(made)).one()), secret

    def invitations(self, key: object, by: Visitor) -> list[RoomInvitation]:
        """Return the invitations that have not ended, the newest first; raises as `invite`."""
        with self._store.read() as connection:
            row = self._find(connection, key, by)
            self._check_moderator(connection, row, by)
            alive = (room_invitations.c.room_id == row.id) & (room_invitations.c.expires_at > self._now())
            query = select(room_invitations).where(alive).order_by(room_invitations.c.created_at.desc())
            return [_invitation(one) for one in connection.execute(query)]

    def revoke_invitation(self, key: object, by: Visitor, id: str) -> None:
        """End an invitation.

        Raises:
            NotFound: there is no such room or invitation. Denied: only its owner and moderators may do this.
        """
        with self._store.write() as connection:
            row = self._lock(connection, key, by)
            self._check_moderator(connection, row, by)
            one = (room_invitations.c.room_id == row.id) & (room_invitations.c.id == id[:32])
            if not connection.execute(delete(room_invitations).where(one)).rowcount:
                raise NotFound("there is no such invitation: it has ended, or was revoked")
            self._note(connection, actor_of(by), "room.revoke-invitation", f"room {row.key}", id)

    def invited_to(self, secret: str) -> Room:
        """Return the room that an invitation is for, for the page that it opens.

        Raises:
            NotFound: it has ended.
        """
        with self._store.read() as connection:
            found = self._invitation_row(connection, secret)
            return self._room(connection, rooms.c.id == found.room_id)

    def accept(self, secret: str, who: Visitor) -> Room:
        """Make somebody a member of the room of an invitation. One that is a member already stays what it is, and uses nothing up.

        Raises:
            NotFound: the invitation has ended. Denied: it is for people with an account, or the room has banned `who`. Conflict: the room is full.
        """
        with self._store.write() as connection:
            found = self._invitation_row(connection, secret)
            key = connection.execute(select(rooms.c.key).where(rooms.c.id == found.room_id)).scalar_one()
            row = self._lock(connection, key)
            found = self._invitation_row(connection, secret)  # as it is now that the room is locked
            if self._standing(connection, row, who).is_banned:
                raise Denied("you are banned from this room", reason="banned")
            if self._member(connection, row.id, who.id) is None:
                self._put_member(
                    connection,
                    row,
                    who.id,
                    who.account,
                    who.name,
                    _role_of_newcomer(self._settings(row), who),
                )
                used = {"uses": room_invitations.c.uses + 1}
                connection.execute(
                    update(room_invitations).where(room_invitations.c.id == found.id).values(**used)
                )
                self._raise_side(connection, row.id)
            return self._room(connection, rooms.c.id == row.id)

    def _invitation_row(self, connection: Connection, secret: str) -> Row[Any]:
        if is_secret(secret, ROOM):
            query = (
                select(room_invitations)
                .join(rooms, rooms.c.id == room_invitations.c.room_id)
                .where(room_invitations.c.digest == digest_of(secret), rooms.c.removed_at.is_(None))
            )
            found = connection.execute(query).first()
            is_alive = found is not None and found.expires_at > self._now()
            if found is not None and is_alive and (found.most_uses is None or found.uses < found.most_uses):
                return found
        raise NotFound("this invitation has ended: ask for a new one", reason="invitation")


def _role_of_newcomer(settings: RoomSettings, who: Visitor) -> RoomRole:
    """Return the role of somebody that an invitation lets in; a guest needs the settings of the room."""
    if who.account is not None or who.is_local:
        return RoomRole.MEMBER
    if settings.guests == "off":
        raise Denied("this invitation is for people with an account: sign in first", reason="guests")
    return RoomRole.GUEST


def _invitation(row: Row[Any]) -> RoomInvitation:
    return RoomInvitation(row.id, row.made_by, row.created_at, row.expires_at, row.uses, row.most_uses)

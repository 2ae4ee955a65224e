"""Time-outs and bans of the people of a room: made, lifted, listed, and what they leave of somebody's standing. Each act stands in the audit log."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from framecast.accounts.secret import new_id
from framecast.errors import Conflict, Denied, Invalid, NotFound
from framecast.model.room import (
    RoomKind,
    RoomRole,
    Standing,
    Visitor,
    parse_key,
)
from framecast.model.room_moderation import Restriction, RestrictionKind, Scope
from framecast.model.text import check_text, described, shown
from framecast.rooms.part import actor_of, owns, role_without
from framecast.rooms.restrictions import (
    InForce,
    check_network,
    is_in_force,
    network_of,
    restriction_of,
    restrictions_of,
)
from framecast.rooms.roles import Known, Roles
from framecast.store.room_schema import room_holds, room_members, room_restrictions

LONGEST_REASON = 200
LONGEST_TIMEOUT_S = 28 * 86400
LONGEST_BAN_S = 10 * 366 * 86400
_AUTHOR = re.compile(r"[ag]:[^:/]{1,94}")
MOST_RESTRICTIONS = 1000  # of a room, in force


@dataclass(frozen=True, slots=True)
class _Whom:
    """Whom a new restriction is about."""

    known: Known
    scope: Scope
    session: str = ""
    network: str = ""


class Restraints(Roles):
    """What the moderators of a room do to people."""

    def standing(self, key: object, who: Visitor) -> Standing:
        """Return what somebody may do in a room now. Raises as `standings`."""
        return self.standings(key, [who])[0]

    def standings(self, key: object, people: Iterable[Visitor]) -> list[Standing]:
        """Return what each of several people may do in a room now; of a room in which nothing has happened, by what they are.

        Raises:
            NotFound: there is no such private room.
        """
        given = list(people)
        with self._store.read() as connection:
            try:
                row = self._find(connection, key)
            except NotFound:
                if parse_key(key).kind is RoomKind.PRIVATE:
                    raise
                return [Standing(_role_of(who)) for who in given]
            in_force = InForce(restrictions_of(connection, row.id, self._now(), None))
            query = select(room_members.c.author_id, room_members.c.role)
            known = {
                one: RoomRole(role)
                for one, role in connection.execute(query.where(room_members.c.room_id == row.id))
            }
            roles = [
                RoomRole.OWNER if owns(row, who) else known.get(who.id, role_without(who)) for who in given
            ]
            found = [in_force.left_of(Standing(role), who) for who, role in zip(given, roles, strict=True)]
            lacking = [(one, who) for who in given for one in in_force.to_complete(who)]
        if lacking:
            self._complete(row.id, lacking)
        return found

    def restrict(
        self,
        key: object,
        by: Visitor,
        target: str,
        kind: str,
        seconds: float | None = None,
        reason: str = "",
        scope: str = "account",
        *,
        name: str = "",
        session: str = "",
        address: str = "",
    ) -> Restriction:
        """Give somebody a time-out, or ban it: by the id of an author, or by a range of addresses with the scope `address`.

        `name`, `session` and `address` are those of the target if it is in the room; otherwise those of its last message count, or else those with which a
        process asks for its standing. Held messages of somebody that is banned are refused. It replaces what of this kind is in force.

        Raises:
            Denied: `by` is no moderator, or the target has an equal or a higher role. NotFound: there is no such room or author.
            Invalid: the kind, the scope, the time or the reason is not allowed.
            Conflict: the room has too many restrictions.
        """
        what = _choice("kind", RestrictionKind, kind)
        until_s = _seconds(what, seconds)
        why = check_text("the reason", reason.strip(), LONGEST_REASON)
        given = Known(target, name, session, address)
        with self._store.write() as connection:
            row = self._lock_or_make(connection, key, by)
            standing = self._check_moderator(connection, row, by)
            whom = self._whom(connection, row, given, _choice("scope", Scope, scope), standing)
            until = None if until_s is None else self._now() + until_s
            found = self._restrict(connection, row, by, whom, what, until, why)
            if what is RestrictionKind.BAN and whom.known.id:
                mine = (room_holds.c.room_id == row.id) & (room_holds.c.author_id == whom.known.id)
                connection.execute(delete(room_holds).where(mine))
            self._raise_side(connection, row.id)
            self._note_act(connection, row, by, what, whom.known.name or whom.network, _result(found))
            return found

    def lift(self, key: object, by: Visitor, target: str) -> int:
        """End a restriction, by its id, or all of an author or a range of addresses; return how many.

        Raises:
            Denied: `by` is no moderator, or the target has an equal or a higher role. NotFound: there is no such room.
        """
        with self._store.write() as connection:
            row = self._lock(connection, key, by)
            standing = self._check_moderator(connection, row, by)
            mine = room_restrictions.c.id == target
            if _is_author(target) or "/" in target:
                mine = (room_restrictions.c.author_id == target) | (room_restrictions.c.network == target)
            query = select(room_restrictions).where(room_restrictions.c.room_id == row.id, mine)
            found = connection.execute(query.where(is_in_force(self._now()))).all()
            if not found:
                raise NotFound(f"nobody is restricted by {shown(target, 96)!r} in this room", reason="lifted")
            for author in {one.author_id for one in found} - {""}:
                self._check_lower(connection, row, author, standing.role)
            ids = [one.id for one in found]
            connection.execute(delete(room_restrictions).where(room_restrictions.c.id.in_(ids)))
            self._raise_side(connection, row.id)
            for one in found:
                self._note_act(connection, row, by, "lift", one.author_name or one.network, str(one.kind))
            return len(found)

    def restrictions(self, key: object, by: Visitor) -> list[Restriction]:
        """Return what is in force in a room, the newest first. Only an owner sees addresses.

        Raises:
            Denied: `by` is no moderator. NotFound: there is no such room.
        """
        with self._store.read() as connection:
            row = self._find(connection, key, by)
            standing = self._check_moderator(connection, row, by)
            found = restrictions_of(connection, row.id, self._now(), None)
            sees = standing.role is RoomRole.OWNER
            shown_first = sorted(found, key=lambda one: (-one.created_at, one.id))
            return [restriction_of(one, with_network=sees) for one in shown_first]

    def _standing(self, connection: Connection, row: Row[Any], who: Visitor) -> Standing:
        standing = super()._standing(connection, row, who)
        if standing.role is RoomRole.OWNER:
            return standing
        return InForce(restrictions_of(connection, row.id, self._now(), who)).left_of(standing, who)

    def _check_moderator(self, connection: Connection, row: Row[Any], who: Visitor) -> Standing:
        standing = super()._check_moderator(connection, row, who)
        if standing.muted_until is not None:
            raise Denied("you have a time-out in this room, so you may not moderate it", reason="timeout")
        return standing

    def _note_act(
        self,
        connection: Connection,
        row: Row[Any],
        by: Visitor,
        what: str,
        about: str = "",
        result: str = "done",
    ) -> None:
        """Write an act of a moderator into the audit log."""
        self._note(connection, actor_of(by), f"room.{what}", f"room {row.key} {about}".strip(), result)

    def _whom(
        self, connection: Connection, row: Row[Any], given: Known, scope: Scope, standing: Standing
    ) -> _Whom:
        if scope is Scope.ADDRESS and not _is_author(given.id):
            return _Whom(Known("", ""), scope, network=check_network(given.id))
        return self._whom_of_author(connection, row, given, scope, standing)

    def _whom_of_author(
        self, connection: Connection, row: Row[Any], given: Known, scope: Scope, standing: Standing
    ) -> _Whom:
        try:
            known = self._known(connection, row, given.id)
        except NotFound:
            if not given.name:
                raise
            known = replace(given, name=check_text("the name", given.name, 80))
        self._check_lower(connection, row, given.id, standing.role)
        # What nobody knows is filled in by the process at which the person is: `standings`.
        session = (given.session or known.session) if scope is Scope.SESSION else ""
        network = network_of(given.address or known.address) if scope is Scope.ADDRESS else ""
        return _Whom(known, scope, session, network)

    def _restrict(
        self,
        connection: Connection,
        row: Row[Any],
        by: Visitor,
        whom: _Whom,
        kind: RestrictionKind,
        until: float | None,
        reason: str,
    ) -> Restriction:
        values = {
            "kind": str(kind),
            "scope": str(whom.scope),
            "author_id": whom.known.id,
            "session": whom.session,
            "network": whom.network,
        }
        of_room = room_restrictions.c.room_id == row.id
        same = [room_restrictions.c[name] == value for name, value in values.items()]
        connection.execute(delete(room_restrictions).where(of_room, *same))
        in_force = select(func.count()).where(of_room, is_in_force(self._now()))
        if connection.execute(in_force).scalar_one() >= MOST_RESTRICTIONS:
            raise Conflict(
                f"this room has {MOST_RESTRICTIONS} restrictions: lift some of them", reason="enough"
            )
        id = new_id()
        values |= {"id": id, "author_name": whom.known.name, "reason": reason}
        values |= {"by_id": by.id, "by_name": by.name}
        new = insert(room_restrictions).values(room_id=row.id, created_at=self._now(), until=until, **values)
        connection.execute(new)
        made = connection.execute(select(room_restrictions).where(room_restrictions.c.id == id)).one()
        return restriction_of(made, with_network=False)

    def _complete(self, room: int, lacking: Iterable[tuple[str, Visitor]]) -> None:
        """Write from where somebody is that a moderator has restrained without knowing that, so that it holds for others there."""
        with self._store.write() as connection:
            for id, who in lacking:
                mine = (room_restrictions.c.id == id) & (room_restrictions.c.session == "")
                is_by_address = room_restrictions.c.scope == Scope.ADDRESS
                by_address = update(room_restrictions).where(
                    mine, is_by_address, room_restrictions.c.network == ""
                )
                by_session = update(room_restrictions).where(mine, ~is_by_address)
                changed = connection.execute(by_address.values(network=network_of(who.address))).rowcount
                changed += connection.execute(by_session.values(session=who.session[:64])).rowcount
                if changed:
                    self._raise_side(connection, room)


def _role_of(who: Visitor) -> RoomRole:
    """Return the role of somebody in a room that has no members yet."""
    if who.is_local or who.is_admin or who.is_owner:
        return RoomRole.OWNER
    return role_without(who)


def _is_author(target: str) -> bool:
    """Return whether a target is the id of an author; "a::1" is an address of IPv6."""
    return _AUTHOR.fullmatch(target) is not None


def _choice(what: str, kinds: Any, given: object) -> Any:  # noqa: ANN401  a class of words, and one of them
    if isinstance(given, str) and given in set(kinds):
        return kinds(given)
    found = repr(shown(given, 40)) if isinstance(given, str) else described(given)
    raise Invalid(f"{what} must be one of {', '.join(kinds)}, got {found}")


def _seconds(kind: RestrictionKind, given: object) -> float | None:
    longest = LONGEST_TIMEOUT_S if kind is RestrictionKind.TIMEOUT else LONGEST_BAN_S
    if given is None and kind is RestrictionKind.BAN:
        return None
    if isinstance(given, int | float) and not isinstance(given, bool) and 1 <= given <= longest:
        return given + 0.0
    raise Invalid(f"seconds of a {kind} must be between 1 and {longest}, got {described(given)}")


def _result(made: Restriction) -> str:
    how_long = "until it is lifted" if made.until is None else f"{made.until - made.created_at:.0f} s"
    return f"{made.scope}, {how_long}{f': {made.reason}' if made.reason else ''}"

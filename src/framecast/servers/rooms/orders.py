"""What a client can order in a room, as two tables: what the database does, and what is answered at once. Event loop.

Each order returns what its `done` says, None if it has answered itself. What is wrong with the fields is said by the rooms, which check all of them.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from framecast.errors import Denied, Invalid, WouldBlock
from framecast.model.room import Event, Sent
from framecast.model.text import described
from framecast.servers.rooms.feed import event_in

if TYPE_CHECKING:
    from framecast.rooms import Rooms
    from framecast.servers.rooms.member import Member

Given: TypeAlias = Mapping[str, Any]
Fields: TypeAlias = dict[str, Any]
Work: TypeAlias = "Callable[[Rooms], object]"


async def _send(member: Member, given: Given) -> Fields:
    member.patience.check(time.monotonic())
    text: Any = given.get("text")  # they are checked by the rooms, as everywhere below
    client_id: Any = given.get("id")
    reply_to, media_time_s = _seq_or_none(given, "reply_to"), given.get("media_time_s")
    try:
        sent = await _change(
            member,
            lambda rooms: rooms.send(
                member.feed.key,
                member.visitor,
                text,
                client_id=client_id,
                reply_to=reply_to,
                media_time_s=media_time_s,
            ),
        )
    except WouldBlock as error:
        member.patience.note(error, time.monotonic())
        raise
    assert isinstance(sent, Sent)
    member.hub.on_sent(member)
    return {**_seq_of(sent.event), "is_held": sent.is_held, "is_repeat": sent.is_repeat}


async def _edit(member: Member, given: Given) -> Fields:
    seq = _seq(given)
    text: Any = given.get("text")
    return _seq_of(
        await _change(member, lambda rooms: rooms.edit(member.feed.key, member.visitor, seq, text))
    )


async def _delete(member: Member, given: Given) -> Fields:
    seq = _seq(given)
    return _seq_of(
        await _change(member, lambda rooms: rooms.delete_message(member.feed.key, member.visitor, seq))
    )


async def _react(member: Member, given: Given) -> Fields:
    seq, on = _seq(given), _truth(given, "on")
    emoji: Any = given.get("emoji")
    return _seq_of(
        await _change(member, lambda rooms: rooms.react(member.feed.key, member.visitor, seq, emoji, on))
    )


async def _play(member: Member, given: Given) -> Fields:
    wanted = {name: given.get(name) for name in ("position_s", "speed", "video", "target")}
    action: Any = given.get("action")
    if action == "video" and isinstance(wanted["video"], str):
        await member.hub.admission.check_video(member.visitor, wanted["video"])
    return _seq_of(
        await _change(member, lambda rooms: rooms.play(member.feed.key, member.visitor, action, **wanted))
    )


async def _report(member: Member, given: Given) -> Fields:
    seq, text = _seq(given), _words(given, "text")
    await _change(member, lambda rooms: rooms.report(member.feed.key, member.visitor, seq, text))
    return {}


async def _ignore(member: Member, given: Given) -> Fields:
    author, on = _text(given, "author"), _truth(given, "on")
    # Nobody else hears of it.
    await member.hub.call(lambda rooms: rooms.ignore(member.visitor, author, on), makes=True)
    return {}


async def _more(member: Member, given: Given) -> None:
    since = _seq_or_none(given, "since")
    await member.more(0 if since is None else since)


async def _moderate(member: Member, given: Given) -> Fields:
    action = given.get("action")
    make = _ACTS.get(action) if isinstance(action, str) else None
    if make is None:
        raise Invalid(
            f"the 'action' of moderation must be one of {', '.join(_ACTS)}, got {described(action)}"
        )
    if not member.may_moderate:
        raise Denied("only the moderators and the owner of this room may do this", reason="role")
    result = await member.hub.change(member.feed.key, make(member, given), makes=True)
    member.hub.judges.ask(member.feed)
    return _seq_of(event_in(result))


# --- acts of moderation: what the rooms do


def _restrict(member: Member, given: Given) -> Work:
    target, kind = _text(given, "target"), str(given["action"])
    seconds, reason = _seconds(given), _words(given, "reason")
    scope = _words(given, "scope") or "account"
    who = next((one.visitor for one in member.feed.members if one.visitor.id == target), None)
    name, session, address = ("", "", "") if who is None else (who.name, who.session, who.address)
    return lambda rooms: rooms.restrict(
        member.feed.key,
        member.visitor,
        target,
        kind,
        seconds,
        reason=reason,
        scope=scope,
        name=name,
        session=session,
        address=address,
    )


def _lift(member: Member, given: Given) -> Work:
    target = _text(given, "target")
    return lambda rooms: rooms.lift(member.feed.key, member.visitor, target)


def _clear(member: Member, given: Given) -> Work:
    target = _text(given, "target")
    return lambda rooms: rooms.clear(member.feed.key, member.visitor, target)


def _remove(member: Member, given: Given) -> Work:
    seq = _seq(given, "target" if "seq" not in given else "seq")
    return lambda rooms: rooms.delete_message(member.feed.key, member.visitor, seq)


def _pin(member: Member, given: Given) -> Work:
    seq = None if given["action"] == "unpin" else _seq(given, "target" if "seq" not in given else "seq")
    return lambda rooms: rooms.pin(member.feed.key, member.visitor, seq)


def _role(member: Member, given: Given) -> Work:
    target = _text(given, "target")
    role: Any = given.get("role")
    return lambda rooms: rooms.set_role(member.feed.key, member.visitor, target, role)


def _release(member: Member, given: Given) -> Work:
    target = _text(given, "target")
    return lambda rooms: rooms.release(member.feed.key, member.visitor, target)


def _refuse(member: Member, given: Given) -> Work:
    target = _text(given, "target")
    return lambda rooms: rooms.refuse(member.feed.key, member.visitor, target)


def _resolve(member: Member, given: Given) -> Work:
    target = _text(given, "target")
    return lambda rooms: rooms.resolve(member.feed.key, member.visitor, target)


def _settings(member: Member, given: Given) -> Work:
    patch: Any = given.get("settings")
    return lambda rooms: rooms.change_settings(member.feed.key, member.visitor, patch)


# --- what is answered at once


def _ping(member: Member, given: Given) -> None:
    id = given.get("id")
    if isinstance(id, str):
        id = id[:_LONGEST_ID]
    elif not isinstance(id, int):
        id = ""
    member.tell({"type": "pong", "id": id, "server_s": member.hub.server_s()})


def _typing(member: Member, _given: Given) -> None:
    member.hub.desk.warm()
    if member.is_here and member.may_write and member.feed.crowd.type(member.visitor.id, time.monotonic()):
        member.feed.change_presence()


def _read(member: Member, given: Given) -> None:
    seq = _seq(given)
    if member.is_here and seq > member.read_to:
        member.read_to = min(seq, member.feed.tail.last)
        member.hub.on_read(member)


def _state(member: Member, given: Given) -> None:
    is_stalled, in_sync = _truth(given, "is_stalled"), given.get("in_sync", True) is not False
    if member.is_here:
        member.hub.on_state(member, is_stalled=is_stalled and in_sync)


# --- fields


async def _change(member: Member, work: Callable[[Rooms], Any]) -> Any:  # noqa: ANN401  what the rooms return
    if member.reads_only:
        raise Denied("this token may only read: writing in rooms needs the scope change", reason="scope")
    return await member.hub.change(member.feed.key, work, makes=True)


def _seq_of(event: Event | None) -> Fields:
    return {"seq": None if event is None else event.seq}


def _seq(given: Given, name: str = "seq") -> int:
    found = _seq_or_none(given, name)
    if found is None:
        raise Invalid(f"'{name}' must be the number of an event, got none")
    return found


def _seq_or_none(given: Given, name: str) -> int | None:
    found = given.get(name)
    if found is None or (isinstance(found, int) and not isinstance(found, bool) and 0 <= found < _MOST_SEQ):
        return found
    raise Invalid(f"'{name}' must be the number of an event, got {described(found)}")


def _text(given: Given, name: str) -> str:
    found = given.get(name)
    if isinstance(found, str) and 0 < len(found) <= _LONGEST_ID:
        return found
    raise Invalid(f"'{name}' must be a text of 1 to {_LONGEST_ID} characters, got {described(found)}")


def _words(given: Given, name: str) -> str:
    found = given.get(name)
    if found is None or isinstance(found, str):
        return found or ""
    raise Invalid(f"'{name}' must be a text, got {described(found)}")


def _truth(given: Given, name: str) -> bool:
    found = given.get(name)
    if isinstance(found, bool):
        return found
    raise Invalid(f"'{name}' must be true or false, got {described(found)}")


def _seconds(given: Given) -> float | None:
    found = given.get("seconds")
    if found is None:
        return None
    if isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found <= _MOST_SECONDS:
        return found or None
    raise Invalid(f"'seconds' must be a number, or null for ever, got {described(found)}")


_LONGEST_ID = 128
_MOST_SEQ = 1 << 53
_MOST_SECONDS = 1e10

Order: TypeAlias = "Callable[[Member, Given], Awaitable[Fields | None]]"
ORDERS: Mapping[str, Order] = {
    "send": _send,
    "edit": _edit,
    "delete": _delete,
    "react": _react,
    "play": _play,
    "moderate": _moderate,
    "report": _report,
    "ignore": _ignore,
    "more": _more,
}
AT_ONCE: Mapping[str, Callable[[Member, Given], None]] = {
    "ping": _ping,
    "typing": _typing,
    "read": _read,
    "state": _state,
}
_ACTS: Mapping[str, Callable[[Member, Given], Work]] = {
    "timeout": _restrict,
    "ban": _restrict,
    "lift": _lift,
    "clear": _clear,
    "delete": _remove,
    "pin": _pin,
    "unpin": _pin,
    "role": _role,
    "release": _release,
    "refuse": _refuse,
    "resolve": _resolve,
    "settings": _settings,
}

"""Rooms as messages of `framecast.v1`: the JSON of the WebSocket into responses, requests into the JSON of the WebSocket. Pure.

The fields have the same names in both, so a message is filled by its descriptor; what differs stands in tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from google.protobuf.message import Message

from framecast.errors import Invalid
from framecast.model import number
from framecast.v1 import rooms_pb2
from framecast.v1.rooms_pb2 import JoinRequest, JoinResponse, PlaybackAct

Fields = dict[str, Any]
_MOST_SEQ = (1 << 53) - 1
M = TypeVar("M", bound=Message)


class Responses:
    """Messages of a room as bytes of a `JoinResponse`; an `Encoding` of rooms."""

    def encode(self, fields: Mapping[str, Any]) -> bytes:
        """Return a response."""
        response, kind = JoinResponse(ref=str(fields.get("ref", ""))), str(fields["type"])
        fill(getattr(response, kind), fields)
        getattr(response, kind).SetInParent()
        return response.SerializeToString()


RESPONSES = Responses()


def fill(message: M, fields: Mapping[str, Any]) -> M:
    """Set in a message what is in `fields` and not null, and return it."""
    kind = message.DESCRIPTOR
    change = _FROM_JSON.get(kind.full_name)
    known = kind.fields_by_name
    for name, value in (fields if change is None else change(fields)).items():
        field = known.get(name)
        if field is None or value is None:
            continue
        if field.message_type is None:
            if field.is_repeated:
                getattr(message, name).extend(value)
            else:
                setattr(message, name, value)
        elif field.message_type.GetOptions().map_entry:
            getattr(message, name).update(value)
        elif field.is_repeated:
            for one in value:
                fill(getattr(message, name).add(), one)
        else:
            fill(getattr(message, name), value)
            getattr(message, name).SetInParent()
    return message


def order_of(request: JoinRequest) -> Fields:
    """Return what a member orders, as the WebSocket has it.

    Raises:
        Invalid: nothing is ordered.
    """
    kind = request.WhichOneof("what")
    if kind is None:
        raise Invalid("a request in a room must say what it is: set one of send, edit, react, ping, ...")
    given = getattr(request, kind)
    change = _TO_JSON.get(kind)
    fields = given_of(given) if change is None else change(given)
    return {"type": kind, **fields, **({"ref": request.ref} if request.ref else {})}


def play_of(act: PlaybackAct) -> Fields:
    """Return an act of the playback, as the WebSocket has it.

    Raises:
        Invalid: nothing is to be done.
    """
    kind = act.WhichOneof("act")
    if kind is None:
        raise Invalid("an act of the playback must be one of pause, unpause, seek, source, speed, lead")
    fields = given_of(getattr(act, kind))
    return {
        "action": _ACTIONS.get(kind, kind),
        **{_ACT_FIELDS.get(name, name): value for name, value in fields.items() if value != ""},
    }


def given_of(message: Message) -> Fields:
    """Return the fields of a message; one that may lack and does is left out."""
    return {
        field.name: getattr(message, field.name)
        for field in message.DESCRIPTOR.fields
        if field.message_type is None and (not field.has_presence or message.HasField(field.name))
    }


def settings_patch(given: rooms_pb2.RoomSettings) -> Fields:
    """Return a change of settings."""
    patch = given_of(given)
    if given.HasField("words"):
        patch["words"] = list(given.words.words)
    if patch.get("retention_days") == 0:
        patch["retention_days"] = None
    return patch


def _hello(given: JoinRequest.Hello) -> Fields:
    since = given.since if given.HasField("since") else None
    return {
        "since": since,
        "epoch": given.epoch or None,
        "name": given.guest.name or None,
        "is_watching": given.is_watching,
    }


def _moderate(given: JoinRequest.Moderate) -> Fields:
    fields = {name: value for name, value in given_of(given).items() if value}
    if given.HasField("settings"):
        fields["settings"] = settings_patch(given.settings)
    return fields


_ACTIONS = {"unpause": "play", "source": "video"}
_ACT_FIELDS = {"to": "target"}
_TO_JSON: Mapping[str, Callable[[Any], Fields]] = {
    "hello": _hello,
    "play": play_of,
    "moderate": _moderate,
}


# --- JSON whose fields are others in a message


def _settings_from(fields: Mapping[str, Any]) -> Fields:
    words = fields.get("words")
    changed = {**fields, "words": None if words is None else {"words": words}}
    if "retention_days" in fields:
        changed["retention_days"] = fields["retention_days"] or 0
    return changed


def _event_from(fields: Mapping[str, Any]) -> Fields:
    target = fields.get("target")
    return {**fields, "target": None, "author": target} if isinstance(target, str) else dict(fields)


def _welcome_from(fields: Mapping[str, Any]) -> Fields:
    mine = [
        {"seq": number.integer(seq, 0, _MOST_SEQ), "emoji": emoji} for seq, emoji in fields["mine"].items()
    ]
    return {**fields, "mine": mine}


def _presence_from(fields: Mapping[str, Any]) -> Fields:
    return {**fields, "has_members": fields.get("members") is not None}


def _limits_from(fields: Mapping[str, Any]) -> Fields:
    return {**fields, "rates": _numbers(fields.get("rates") or {})}


def _error_from(fields: Mapping[str, Any]) -> Fields:
    return {**fields, "fields": {name: str(value) for name, value in (fields.get("fields") or {}).items()}}


def _pong_from(fields: Mapping[str, Any]) -> Fields:
    return {**fields, "id": str(fields["id"])}


def _numbers(fields: Mapping[str, Any], before: str = "") -> dict[str, float]:
    """Return the numbers in a tree, by the path to each."""
    found: dict[str, float] = {}
    for name, value in fields.items():
        if isinstance(value, Mapping):
            found |= _numbers(value, f"{before}{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[before + name] = value
    return found


_FROM_JSON: Mapping[str, Callable[[Mapping[str, Any]], Fields]] = {
    "framecast.v1.RoomSettings": _settings_from,
    "framecast.v1.RoomEvent": _event_from,
    "framecast.v1.JoinResponse.Welcome": _welcome_from,
    "framecast.v1.JoinResponse.Presence": _presence_from,
    "framecast.v1.JoinResponse.Limits": _limits_from,
    "framecast.v1.JoinResponse.Error": _error_from,
    "framecast.v1.JoinResponse.Pong": _pong_from,
}

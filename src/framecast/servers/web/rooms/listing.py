"""Which rooms of somebody's list are still open to it: streams and videos may have been taken out of its view since. Event loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fastapi import Request

from framecast.errors import NotFound
from framecast.model.rights import Scope
from framecast.model.room import ListedRoom, RoomKey, RoomKind
from framecast.servers.access.policy import Verdict
from framecast.servers.access.principal import Requirement
from framecast.servers.web.context import web_of
from framecast.servers.web.library.calls import viewer


async def open_to(request: Request, found: Sequence[ListedRoom]) -> list[ListedRoom]:
    """Return those rooms of a list that may be seen now, with the titles of their streams and videos of now."""
    titles = _streams(request, [one.room.key for one in found]) | await _videos(
        request, [one.room.key for one in found]
    )
    return [
        replace(one, room=replace(one.room, title=titles[one.room.key])) if one.room.key in titles else one
        for one in found
        if one.room.key in titles or one.room.key.kind is RoomKind.PRIVATE
    ]


def _streams(request: Request, keys: list[RoomKey]) -> dict[RoomKey, str]:
    web = web_of(request)
    sight, newest = web.sight(request), web.changes.newest
    names = [key for key in keys if key.kind is RoomKind.STREAM and key.name in newest]
    allowed = [key for key in names if sight.verdict(Requirement.WATCH, key.name) is Verdict.ALLOWED]
    return {key: newest[key.name].display_name or key.name for key in allowed}


async def _videos(request: Request, keys: list[RoomKey]) -> dict[RoomKey, str]:
    wanted = [key for key in keys if key.kind is RoomKind.VIDEO]
    catalogue, who = web_of(request).catalogue, viewer(request, Scope.WATCH)
    if not wanted or catalogue is None:
        return {}

    titles = {}
    for key in wanted:
        try:
            video = await catalogue.call(lambda library, id=key.name: library.video(id, who))  # type: ignore[misc]
        except NotFound:
            continue
        titles[key] = video.title
    return titles

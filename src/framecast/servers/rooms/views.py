"""What a member may do in a room, and what it hears of it: a room in which nothing has happened has the settings of the node. Pure."""

from __future__ import annotations

from typing import Any

from framecast.model.room import Room, RoomKey, RoomRole, Standing
from framecast.model.room_playback import may_play
from framecast.model.room_settings import RoomSettings
from framecast.servers.rooms.outlet import Once
from framecast.servers.settings import RoomsSettings


class RoomViews:
    """The rooms of a node with these settings."""

    def __init__(self, settings: RoomsSettings) -> None:
        self._given = settings
        self.limits = Once(text_characters=settings.message_chars, rates=settings.limits)

    def default_settings(self) -> RoomSettings:
        """Return the settings of a room that says nothing itself."""
        return RoomSettings(guests=self._given.guests)

    def settings(self, room: Room | None) -> RoomSettings:
        """Return the settings of a room; None: nothing has happened in it."""
        return room.settings if room is not None else self.default_settings()

    def room(self, key: RoomKey, room: Room | None, *, may_moderate: bool) -> dict[str, Any]:
        """Return what somebody hears of a room."""
        if room is not None:
            return room.to_json(with_words=may_moderate)
        return {
            "key": str(key),
            "kind": str(key.kind),
            "title": "",
            "settings": self.default_settings().to_json(with_words=may_moderate),
            "pinned": None,
            "playback": None,
            "owner": None,
        }

    def may_enter(self, room: Room | None, standing: Standing) -> bool:
        """Return whether a room is open to somebody who is not banned: some are not to guests."""
        return standing.role is not RoomRole.GUEST or self.settings(room).guests != "off"

    def may_write(self, room: Room | None, standing: Standing, now: float) -> bool:
        """Return whether somebody may say something now."""
        if standing.is_banned or (standing.muted_until or 0) > now:
            return False
        settings = self.settings(room)
        if standing.role.may_moderate:
            return True
        return settings.is_open and (standing.role is not RoomRole.GUEST or settings.guests == "write")

    def may_play(self, room: Room | None, standing: Standing, now: float, author: str) -> bool:
        """Return whether somebody has the remote."""
        playback = None if room is None else room.playback
        remote = self.settings(room).remote
        return self.may_write(room, standing, now) and may_play(remote, playback, standing.role, author)

"""Whether somebody may write in a room at all. Pure."""

from __future__ import annotations

import math

from framecast.errors import Denied
from framecast.model.room import RoomRole, Standing
from framecast.model.room_settings import RoomSettings


def check_may_write(settings: RoomSettings, standing: Standing, now: float) -> None:
    """Check that somebody may write in a room with these settings.

    Raises:
        Denied: it may not; the field `reason` says why, `wait_s` for how long.
    """
    if standing.is_banned:
        raise Denied("you are banned from this room", reason="banned")
    if standing.muted_until is not None and standing.muted_until > now:
        wait_s = round(standing.muted_until - now, 3)
        raise Denied(
            f"you may write again in {math.ceil(wait_s)} s: a moderator has given you a time-out",
            reason="timeout",
            wait_s=wait_s,
        )
    if standing.role is RoomRole.GUEST and settings.guests != "write":
        raise Denied("guests may not write in this room: sign in", reason="guests")
    if not settings.is_open and not standing.role.may_moderate:
        raise Denied("this room is closed: only its moderators may write", reason="closed")

"""The people that a room knows by name, and the invitations that bring them, as frozen values. Pure: any process may import it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from framecast.model.room import RoomRole


@dataclass(frozen=True, slots=True)
class RoomMember:
    """Somebody that a room knows by name: a member of a private room, a moderator."""

    id: str
    name: str
    role: RoomRole
    joined_at: float

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"id": self.id, "name": self.name, "role": str(self.role), "joined_at": self.joined_at}


@dataclass(frozen=True, slots=True)
class RoomInvitation:
    """A secret that lets people into a private room. `most_uses` None: as often as its time allows."""

    id: str
    made_by: str
    created_at: float
    expires_at: float
    uses: int
    most_uses: int | None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "made_by": self.made_by,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            "uses": self.uses,
            "most_uses": self.most_uses,
        }

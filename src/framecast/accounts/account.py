"""Values about accounts: what one is, and the actor of a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from framecast.model.rights import Role


@dataclass(frozen=True, slots=True)
class Account:
    """A person, or a program with an identity (`is_service`: no password, tokens only). Times are UTC seconds."""

    id: str
    name: str
    display_name: str
    role: Role
    is_service: bool
    locked: bool
    has_password: bool
    created_at: float
    signed_in_at: float | None

    @property
    def label(self) -> str:
        """The name that people see."""
        return self.display_name or self.name

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, without any secret."""
        return {
            "id": self.id,
            "name": self.name,
            "display_name": self.display_name,
            "role": str(self.role),
            "is_service": self.is_service,
            "locked": self.locked,
            "has_password": self.has_password,
            "created_at": self.created_at,
            "signed_in_at": self.signed_in_at,
        }


@dataclass(frozen=True, slots=True)
class Actor:
    """The one that does something, and its address, for the audit log. `account` None: not a person with an account."""

    account: str | None = None
    address: str = ""
    name: str = ""


COMMAND_LINE = Actor(name="command line")

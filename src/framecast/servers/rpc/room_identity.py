"""Clients without an account in rooms: the secret that one sends becomes the id that others see. Pure."""

from __future__ import annotations

import secrets

from framecast.errors import Invalid
from framecast.servers.rooms.admission import Guest, guest_id
from framecast.servers.rooms.hello import check_guest_name
from framecast.v1 import rooms_pb2

_SHORTEST, _LONGEST = 16, 256


def guest_from(given: rooms_pb2.Guest) -> Guest:
    """Return who a client without an account is; one without a secret is somebody new.

    Raises:
        Invalid: the secret is too short or too long, or the name is not allowed.
    """
    secret = given.secret or secrets.token_urlsafe(16)
    if not _SHORTEST <= len(secret) <= _LONGEST:
        raise Invalid(
            f"the secret of a guest must have {_SHORTEST} to {_LONGEST} characters, got {len(secret)}"
        )
    return Guest(guest_id(secret), check_guest_name(given.name or None))

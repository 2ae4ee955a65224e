"""What a client says first, and the name of a guest."""

from __future__ import annotations

from typing import Any

import pytest

from framecast.errors import Invalid
from framecast.model.room import Author, RoomRole, Visitor
from framecast.servers.rooms.crowd import Crowd
from framecast.servers.rooms.hello import LONGEST_NAME, NAMELESS, parse_hello


def test_hello_says_what_the_client_has() -> None:
    found = parse_hello(
        {"type": "hello", "since": 7, "epoch": "e", "name": "  Ann \n Smith ", "is_watching": True}
    )
    assert (found.since, found.epoch, found.name, found.is_watching) == (7, "e", "Ann Smith", True)
    assert parse_hello({"type": "hello"}).since is None


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "send"},
        {"since": -1},
        {"since": True},
        {"since": 1 << 60},
        {"since": "7"},
        {"epoch": 7},
        {"epoch": "e" * 65},
        {"name": 7},
        {"name": "x" * (LONGEST_NAME + 1)},
        {"name": "An\u202en"},
    ],
)
def test_anything_else_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        parse_hello({"type": "hello", **fields})


def test_guest_takes_nobodys_name() -> None:
    crowd = Crowd()
    crowd.enter(Author("a:1", "Ann", RoomRole.MEMBER))
    guest = Visitor(None, "1", "")
    assert parse_hello({"type": "hello", "name": "ann"}).named(guest, crowd).name == "ann 2"
    assert parse_hello({"type": "hello"}).named(guest, crowd).name == NAMELESS

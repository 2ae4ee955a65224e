"""Tickets of programs of this machine: each says its user, for a minute, and only where a gRPC server takes it."""

from __future__ import annotations

from typing import Any

import pytest

from framecast.errors import NotFound
from framecast.node.tickets import LIVES_S, MOST, Tickets

GRPC: dict[str, Any] = {"servers": {"grpc": {"pid": 7}}}


def test_ticket_says_its_user_until_its_time_is_over() -> None:
    now = [100.0]
    tickets = Tickets(lambda: GRPC, lambda: now[0])
    mine, other = tickets.issue(1000, True)["ticket"], tickets.issue(1001, False)["ticket"]
    assert tickets.find(mine) == {"uid": 1000, "is_own": True}
    assert tickets.find(other) == {"uid": 1001, "is_own": False}
    now[0] += LIVES_S
    for ticket in (mine, other, "", None, "x" * 43):
        with pytest.raises(NotFound, match="unknown or has expired"):
            tickets.find(ticket)


def test_old_tickets_make_room_for_new_ones() -> None:
    tickets = Tickets(lambda: GRPC)
    first, second = tickets.issue(1, False)["ticket"], tickets.issue(2, False)["ticket"]
    for _ in range(MOST - 1):
        tickets.issue(3, False)
    with pytest.raises(NotFound):
        tickets.find(first)
    assert tickets.find(second)["uid"] == 2


def test_node_without_a_grpc_server_says_how_to_have_one() -> None:
    with pytest.raises(NotFound, match=r"grpc\.enabled: true"):
        Tickets(lambda: {"servers": {"web": {}}}).issue(1, True)

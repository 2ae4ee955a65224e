"""Which failures the process that carries a published stream outlives. What it carries: test_uplink_call and test_remote."""

from __future__ import annotations

from pathlib import Path

import pytest

from framecast.client import uplink
from framecast.client.uplink import Uplink
from framecast.client.uplink_call import Outgoing
from framecast.errors import (
    Broken,
    Closed,
    Conflict,
    Denied,
    FramecastError,
    Invalid,
    NodeUnavailable,
    WouldBlock,
)
from framecast.peer.address import PeerAddress

LABEL = "painter.py 42"
OURS = Conflict("stream x has another writer", writer=LABEL)
THEIRS = Conflict("stream x has another writer", writer=f"{LABEL}3")
PASSING = [NodeUnavailable("away"), WouldBlock("late"), Broken("cut"), Closed("stopping")]


def made(was_accepted: bool) -> Uplink:
    return Uplink(Outgoing(Path("node.sock"), "x", PeerAddress("there", stream="x"), LABEL), was_accepted)


@pytest.mark.parametrize("error", [*PASSING, OURS, THEIRS, Denied("token"), Invalid("name")])
def test_whatever_goes_wrong_at_first_is_told(error: FramecastError) -> None:
    assert not made(was_accepted=False)._may_pass(error)


@pytest.mark.parametrize("error", PASSING)
def test_a_node_that_goes_away_later_is_waited_for(error: FramecastError) -> None:
    assert made(was_accepted=True)._may_pass(error)


@pytest.mark.parametrize("error", [THEIRS, Denied("token"), Invalid("name")])
def test_what_never_passes_is_told_later_too(error: FramecastError) -> None:
    assert not made(was_accepted=True)._may_pass(error)


def test_the_name_held_by_our_own_dead_connection_is_waited_for_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr(uplink, "monotonic", lambda: now)
    carrier = made(was_accepted=True)
    now += 31  # the other node's keepalive gives a silent connection up after 30 s
    assert carrier._may_pass(OURS)
    now += 60
    assert not carrier._may_pass(OURS)

"""Several senders on one channel."""

from __future__ import annotations

import pytest

from framecast.clock import NS
from framecast.protocols.rtp.senders import Senders

FIRST, OTHER = 1, 2
MS = NS // 1000


def heard(senders: Senders, ssrc: int, at_ms: int, sequel: bool = False) -> list[bytes]:
    """What is heard with a packet of this sender, whose bytes say when it came."""
    packet = b"%d" % at_ms
    if ssrc == senders.ssrc:
        senders.heard_ns = at_ms * MS
        return [packet]
    found = [one for one, _ in senders.meet(packet, ssrc, sequel, at_ms * MS)]
    if found:
        senders.heard_ns = at_ms * MS
    return found


@pytest.mark.parametrize("named", [None, FIRST])
def test_one_of_two_is_heard_whole(named: int | None) -> None:
    senders = Senders(named)
    found = [heard(senders, FIRST if at % 2 == 0 else OTHER, at * 10) for at in range(1000)]
    assert found == [[b"%d" % (at * 10)] if at % 2 == 0 else [] for at in range(1000)]


def test_the_named_one_is_heard_although_another_comes_first() -> None:
    senders = Senders(FIRST)
    assert heard(senders, OTHER, 0) == []
    assert heard(senders, FIRST, 10) == [b"10"]
    assert heard(senders, OTHER, 20) == []


def test_a_name_that_nobody_bears_costs_nothing() -> None:
    senders = Senders(FIRST)
    found = [one for at in range(0, 1000, 100) for one in heard(senders, OTHER, at)]
    assert found == [b"%d" % at for at in range(0, 1000, 100)]


@pytest.mark.parametrize(("named", "patience_ms"), [(None, 1000), (FIRST, 3000)])
def test_a_sender_that_is_silent_is_followed_by_the_next_with_all_that_it_has_sent(
    named: int | None, patience_ms: int
) -> None:
    senders = Senders(named)
    heard(senders, FIRST, 0)
    found = [heard(senders, OTHER, at) for at in range(40, 4000, 40)]
    first = next(index for index, packets in enumerate(found) if packets)
    assert first * 40 >= patience_ms
    assert [one for packets in found for one in packets] == [b"%d" % at for at in range(40, 4000, 40)]


def test_a_sender_whose_numbers_go_on_is_the_same_one() -> None:
    senders = Senders()
    heard(senders, FIRST, 0)
    assert heard(senders, OTHER, 40, sequel=True) == [b"40"]


def test_a_first_sender_that_makes_no_sense_is_given_up() -> None:
    senders = Senders()
    senders.meet(b"junk", FIRST, False, 0)
    found: list[bytes] = []
    for at in range(0, 1000, 40):
        if senders.ssrc == OTHER:
            break
        found += [one for one, _ in senders.meet(b"%d" % at, OTHER, False, at * MS)]
    assert found[0] == b"0"


def test_goodbye_makes_way_at_once() -> None:
    senders = Senders(FIRST)
    heard(senders, FIRST, 0)
    senders.leave()
    assert heard(senders, OTHER, 40) == [b"40"]


def test_what_is_kept_is_bounded() -> None:
    senders = Senders()
    heard(senders, FIRST, 0)
    for _ in range(20_000):
        senders.heard_ns = 0
        senders.meet(bytes(1000), OTHER, False, NS // 2)
    assert len(senders._kept) <= 4096

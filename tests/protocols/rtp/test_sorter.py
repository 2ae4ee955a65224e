"""Packets that overtake each other."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framecast.protocols.rtp.header import Late, Numbering
from framecast.protocols.rtp.sorter import _MAX_HELD, HOLD_NS, Sorter
from framecast.protocols.rtp.unit import Damaged
from tests.support.rtp import Sender


def packets(count: int, sequence: int = 65530, ssrc: int = 1) -> list[bytes]:
    sender = Sender(sequence=sequence, ssrc=ssrc)
    return [sender.packet(bytes((index & 255,)), index) for index in range(count)]


def taken(sorter: Sorter, came: list[bytes], now_ns: int = 0) -> list[bytes]:
    return [packet for one in came for packet in sorter.take(one, now_ns)]


def test_what_is_in_order_goes_on_at_once() -> None:
    sent, sorter = packets(20), Sorter()
    assert [list(sorter.take(packet, 0)) for packet in sent] == [[packet] for packet in sent]
    assert sorter.due_ns is None


@settings(max_examples=100, deadline=None)
@given(st.permutations(range(12)), st.integers(0, 65535))
def test_every_order_is_undone(order: list[int], sequence: int) -> None:
    first, *sent = packets(13, sequence)
    sorter = Sorter()
    assert taken(sorter, [first]) == [first]
    assert taken(sorter, [sent[index] for index in order]) == sent
    assert sorter.due_ns is None


def test_a_loss_is_waited_for_and_given_up() -> None:
    sent, sorter = packets(6), Sorter()
    assert taken(sorter, [sent[0], sent[2], sent[3]], 1000) == [sent[0]]
    assert sorter.take(sent[5], 2000) == ()
    assert sorter.due_ns == 1000 + HOLD_NS
    assert sorter.overdue(999 + HOLD_NS) == []
    assert sorter.overdue(1000 + HOLD_NS) == [sent[2], sent[3]]
    assert sorter.due_ns == 2000 + HOLD_NS  # each waits its own time
    assert taken(sorter, [sent[4]]) == [sent[4], sent[5]]
    # What was given up and comes after all is no loss any more: the numbering says that it is late.
    assert taken(sorter, [sent[1]]) == [sent[1]]
    assert sorter.due_ns is None


def test_what_waits_is_bounded() -> None:
    sent, sorter = packets(_MAX_HELD + 3), Sorter()
    assert taken(sorter, [sent[0], *sent[2 : _MAX_HELD + 2]]) == [sent[0]]
    assert taken(sorter, sent[_MAX_HELD + 2 :]) == sent[2:]


@pytest.mark.parametrize("jump", [-30_000, 20_000, 5_000])
def test_a_sender_that_begins_anew_is_followed(jump: int) -> None:
    before, after = packets(3, 40_000), packets(4, 40_000 + jump & 0xFFFF)
    sorter, numbers, judged = Sorter(), Numbering(), []
    for packet in taken(sorter, [*before, *after]):
        try:
            numbers.lost(int.from_bytes(packet[2:4], "big"))
        except Damaged:
            continue
        judged.append(packet)
    assert judged == [*before, *after[1:]]  # nobody knows of a first one whether it is junk


def test_what_waits_when_a_sender_begins_anew_is_given_in_order() -> None:
    before, after = packets(6, 100), packets(2, 40_000)
    sorter = Sorter()
    assert taken(sorter, [before[0], before[4], before[2], *after]) == [
        before[0],
        after[0],
        before[2],
        before[4],
        after[1],
    ]


@pytest.mark.parametrize("burst", [2, 10])
def test_a_burst_that_was_given_up_is_late_and_no_new_sender(burst: int) -> None:
    sent, sorter, numbers = packets(400), Sorter(), Numbering()
    late = sent[50 : 50 + burst]
    losses = 0
    for packet in taken(sorter, [*sent[:50], *sent[50 + burst : 300], *late, *sent[300:]]):
        try:
            losses += numbers.lost(int.from_bytes(packet[2:4], "big"))
        except Late:
            assert packet in late
    assert losses == burst


def test_repetitions_and_late_ones_do_not_lead_astray() -> None:
    sent, sorter = packets(40), Sorter()
    assert taken(sorter, sent[:20]) == sent[:20]
    late = [sent[3], sent[4], sent[5], sent[19]]
    assert taken(sorter, late) == late
    assert taken(sorter, sent[20:]) == sent[20:]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=6) | st.sampled_from(packets(40)), max_size=300))
def test_nothing_is_made_up_or_kept_for_ever(came: list[bytes]) -> None:
    sorter, given_out = Sorter(), []
    for packet, now_ns in zip(came, itertools.count(step=HOLD_NS // 7)):
        given_out += [*sorter.take(packet, now_ns), *sorter.overdue(now_ns)]
        assert len(sorter._held) <= _MAX_HELD
    given_out += sorter.overdue(1 << 62)
    assert sorter.due_ns is None
    assert set(given_out) <= set(came)
    # Of two packets with one number, the second is a repetition while the first one waits.
    numbers = [{one[2:4] if len(one) > 3 else one for one in some} for some in (given_out, came)]
    assert numbers[0] == numbers[1]
    assert len(given_out) <= len(came)

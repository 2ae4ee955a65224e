"""The clock of shared playback: no drift, commands in order, late ones, waiting, the leader. With times that the tests give."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framecast.errors import Invalid
from framecast.model.room import PlaybackState, RoomRole
from framecast.model.room_playback import (
    LONGEST_WAIT_S,
    REST_S,
    STALL_S,
    Command,
    PlayAction,
    apply,
    check_command,
    may_lead,
    may_play,
    position_at,
    wait,
    without_leader,
)
from framecast.model.room_presence import Stalled

START = 1_700_000_000.0
ANN, BEN = "a:ann", "a:ben"
PLAYING = PlaybackState(version=3, video="v1", position_s=10.0, at_s=START, is_playing=True, leader=ANN)
PLAY, PAUSE = Command(PlayAction.PLAY), Command(PlayAction.PAUSE)


def seek(position_s: float) -> Command:
    return Command(PlayAction.SEEK, position_s=position_s)


def stalled(since_s: float, id: str = BEN, name: str = "Ben") -> Stalled:
    return Stalled(id, name, since_s)


# Times in 1/64 s are exact as floats, so that the count by fractions below is exact too.
_SPANS = st.integers(1, 64 * 3600).map(lambda ticks: ticks / 64)
_STEPS = st.one_of(
    st.just(PLAY),
    st.just(PAUSE),
    st.integers(0, 64 * 3600).map(lambda ticks: seek(ticks / 64)),
    st.sampled_from([0.25, 0.5, 1.0, 1.5, 2.0, 4.0]).map(
        lambda speed: Command(PlayAction.SPEED, speed=speed)
    ),
)


@given(st.lists(st.tuples(_SPANS, _STEPS), max_size=60))
def test_the_position_is_the_sum_of_what_was_played_however_often_somebody_acts(
    steps: list[tuple[float, Command]],
) -> None:
    state, now = PlaybackState(video="v1", at_s=START), START
    place, speed, plays = Fraction(0), Fraction(1), False
    for span, command in steps:
        now += span
        place += Fraction(span) * speed if plays else 0
        state = apply(state, command, now, ANN)
        match command.action:
            case PlayAction.PLAY:
                plays = True
            case PlayAction.PAUSE:
                plays = False
            case PlayAction.SEEK:
                place = Fraction(command.position_s or 0.0)
            case _:
                speed = Fraction(command.speed or 1.0)
        assert position_at(state, now) == pytest.approx(float(place), abs=1e-3)
    assert (state.is_playing, state.speed) == (plays, float(speed))


@given(st.lists(_SPANS, min_size=1, max_size=50))
def test_looking_changes_nothing(spans: list[float]) -> None:
    now = START
    for span in spans:
        now += span
        assert wait(PLAYING, [], now) is PLAYING
        assert position_at(PLAYING, now) == 10.0 + (now - START)


@given(st.lists(st.tuples(st.sampled_from([ANN, BEN]), _STEPS), max_size=30))
def test_the_version_grows_by_one_with_each_change_and_only_then(steps: list[tuple[str, Command]]) -> None:
    state, now = PLAYING, START
    for by, command in steps:
        now += 1
        after = apply(state, command, now, by)
        assert after.version - state.version == (after is not state)
        state = after


def test_the_later_command_wins_whoever_sent_it() -> None:
    first = apply(PLAYING, seek(100.0), START + 1, ANN)
    second = apply(first, PAUSE, START + 1, BEN)
    third = apply(second, seek(50.0), START + 1.1, ANN)
    assert (position_at(third, START + 60), third.is_playing) == (50.0, False)


def test_what_is_so_already_is_no_change() -> None:
    assert apply(PLAYING, PLAY, START + 5, BEN) is PLAYING
    paused = apply(PLAYING, PAUSE, START + 5, ANN)
    assert apply(paused, PAUSE, START + 6, BEN) is paused
    assert apply(PLAYING, Command(PlayAction.SPEED, speed=1.0), START + 5, BEN) is PLAYING


def test_a_late_pause_stops_where_its_sender_saw_the_picture() -> None:
    at_once = apply(PLAYING, replace(PAUSE, position_s=14.7), START + 5, ANN)
    assert at_once.position_s == 14.7
    from_elsewhere = apply(PLAYING, replace(PAUSE, position_s=400.0), START + 5, ANN)
    assert from_elsewhere.position_s == 15.0


def test_a_clock_that_was_set_back_never_moves_the_playback_back() -> None:
    assert position_at(PLAYING, START - 3600) == 10.0
    paused = apply(PLAYING, PAUSE, START - 3600, ANN)
    assert (paused.position_s, paused.at_s) == (10.0, START - 3600)


def test_a_playback_that_a_clock_has_left_behind_goes_on_from_now() -> None:
    """The clock was set back by an hour: until it is there again, nobody would see the picture move."""
    back = START - 3600
    for after in (wait(PLAYING, [], back), apply(PLAYING, PLAY, back, ANN)):
        assert (after.version, after.at_s, position_at(after, back + 5)) == (4, back, 15.0)
    # Clocks of two nodes differ by less than a second: that is no reason to change anything.
    behind = START - 0.1
    assert position_at(PLAYING, behind) == 10.0
    assert wait(PLAYING, [], behind) is PLAYING
    assert apply(PLAYING, PLAY, behind, ANN) is PLAYING
    paused = replace(PLAYING, is_playing=False)
    assert wait(paused, [], back) is paused


def test_another_speed_counts_from_now_on() -> None:
    fast = apply(PLAYING, Command(PlayAction.SPEED, speed=4.0), START + 10, ANN)
    assert position_at(fast, START + 20) == 60.0


def test_the_end_is_the_end_and_play_begins_again_there() -> None:
    assert position_at(PLAYING, START + 3600, 60.0) == 60.0
    again = apply(PLAYING, PLAY, START + 3600, BEN, duration_s=60.0)
    assert (position_at(again, START + 3605), again.is_playing) == (5.0, True)
    assert apply(PLAYING, seek(1e5), START, ANN, duration_s=60.0).position_s == 60.0


def test_another_video_begins_at_its_start_and_goes_on_playing() -> None:
    after = apply(PLAYING, Command(PlayAction.VIDEO, video="v2"), START + 9, ANN)
    assert (after.video, after.position_s, after.is_playing) == ("v2", 0.0, True)
    waiting = wait(PLAYING, [stalled(START)], START + 2)
    assert apply(waiting, Command(PlayAction.VIDEO, video="v2"), START + 9, ANN).is_playing
    paused = apply(PLAYING, PAUSE, START, ANN)
    assert not apply(paused, Command(PlayAction.VIDEO, video="v2"), START + 9, ANN).is_playing


def test_the_room_waits_for_who_is_stalled_and_goes_on_where_it_was() -> None:
    assert wait(PLAYING, [stalled(START + 4.5)], START + 5) is PLAYING  # too short to wait for
    waiting = wait(PLAYING, [stalled(START + 4)], START + 5)
    assert (waiting.waiting_for, waiting.is_playing, waiting.position_s) == (("Ben",), False, 15.0)
    assert wait(waiting, [stalled(START + 4)], START + 20) is waiting
    both = wait(waiting, [stalled(START + 4), stalled(START + 6, "a:cat", "Cat")], START + 7)
    assert (both.waiting_for, both.at_s) == (("Ben", "Cat"), START + 5)
    on = wait(both, [], START + 9)
    assert (on.is_playing, on.waiting_for) == (True, ())
    assert position_at(on, START + 10) == 16.0


def test_the_room_goes_on_after_30_s_without_those_that_are_still_stalled() -> None:
    ben = stalled(START)
    waiting = wait(PLAYING, [ben], START + STALL_S)
    assert wait(waiting, [ben], START + STALL_S + LONGEST_WAIT_S - 0.1) is waiting
    now = START + STALL_S + LONGEST_WAIT_S
    on = wait(waiting, [ben], now)
    assert on.is_playing
    assert wait(on, [ben], now + 3600) is on  # the same stall
    assert wait(on, [stalled(now + REST_S - 1)], now + REST_S + 1) is on  # so soon again
    assert wait(on, [stalled(now + REST_S)], now + REST_S + STALL_S).waiting_for == ("Ben",)


@given(st.lists(st.tuples(st.floats(0.01, 20), st.booleans()), min_size=1, max_size=80))
def test_no_wait_lasts_longer_than_its_bound_however_the_stalls_come(looks: list[tuple[float, bool]]) -> None:
    state, now, since, began = PLAYING, START, START, None
    for span, is_stalled in looks:
        now += span
        since = since if is_stalled else now
        state = wait(state, [stalled(since)] if is_stalled else [], now)
        began = None if not state.waiting_for else state.at_s
        assert began is None or now - began < LONGEST_WAIT_S
        assert state.is_playing != bool(state.waiting_for)


def test_a_clock_that_was_set_back_ends_a_wait() -> None:
    waiting = wait(PLAYING, [stalled(START)], START + 2)
    assert wait(waiting, [stalled(START)], START - 3600).is_playing


def test_a_paused_room_and_one_at_its_end_wait_for_nobody() -> None:
    paused = apply(PLAYING, PAUSE, START, ANN)
    assert wait(paused, [stalled(START)], START + 9) is paused
    assert wait(PLAYING, [stalled(START + 60)], START + 70, duration_s=60.0) is PLAYING


def test_pause_ends_a_wait_and_play_ends_it_without_those_that_are_stalled() -> None:
    waiting = wait(PLAYING, [stalled(START)], START + 2)
    paused = apply(waiting, PAUSE, START + 3, ANN)
    assert (paused.is_playing, paused.waiting_for) == (False, ())
    on = apply(waiting, PLAY, START + 3, ANN)
    assert on.is_playing
    assert wait(on, [stalled(START)], START + 10) is on
    sought = apply(waiting, seek(90.0), START + 3, ANN)
    assert (sought.waiting_for, sought.position_s) == (("Ben",), 90.0)
    fast = apply(waiting, Command(PlayAction.SPEED, speed=2.0), START + 20, ANN)
    assert (fast.at_s, fast.waiting_for, fast.position_s) == (START + 2, ("Ben",), 12.0)


def test_who_acts_first_leads_and_a_leader_that_leaves_hurts_nobody() -> None:
    fresh = apply(PlaybackState(video="v1"), PLAY, START, BEN)
    assert fresh.leader == BEN
    assert apply(PLAYING, PAUSE, START + 1, BEN).leader == ANN
    assert apply(PLAYING, PAUSE, START + 1, BEN, has_leader=False).leader == BEN
    alone = without_leader(PLAYING)
    assert (alone.leader, alone.version, position_at(alone, START + 5)) == (None, 4, 15.0)
    assert without_leader(alone) is alone


def test_the_remote_is_taken_or_handed_over_without_touching_the_clock() -> None:
    taken = apply(PLAYING, Command(PlayAction.LEAD), START + 5, BEN)
    assert (taken.leader, taken.at_s, taken.position_s) == (BEN, START, 10.0)
    assert apply(taken, Command(PlayAction.LEAD, target=ANN), START + 5, BEN).leader == ANN
    assert apply(PLAYING, Command(PlayAction.LEAD), START + 5, ANN) is PLAYING


@pytest.mark.parametrize(
    ("remote", "role", "author", "plays", "leads"),
    [
        ("everyone", RoomRole.GUEST, BEN, True, True),
        ("moderators", RoomRole.MEMBER, ANN, False, False),
        ("moderators", RoomRole.MODERATOR, BEN, True, True),
        ("leader", RoomRole.MEMBER, ANN, True, True),
        ("leader", RoomRole.MEMBER, BEN, False, False),
        ("leader", RoomRole.OWNER, BEN, False, True),
    ],
)
def test_who_holds_the_remote(remote: str, role: RoomRole, author: str, plays: bool, leads: bool) -> None:
    assert may_play(remote, PLAYING, role, author) is plays
    assert may_lead(remote, PLAYING, role, author) is leads
    assert may_play(remote, without_leader(PLAYING), role, author) is (plays or remote == "leader")


@pytest.mark.parametrize(
    ("action", "fields", "message"),
    [
        ("jump", {}, "action must be one of play, pause, seek, speed, video, lead, got 'jump'"),
        (7, {}, "got 7"),
        ("seek", {}, "needs position_s"),
        ("seek", {"position_s": -1}, "position_s must be between 0 and 604800, got -1"),
        ("seek", {"position_s": float("nan")}, "position_s must be between"),
        ("seek", {"position_s": True}, "position_s must be a number"),
        ("speed", {"speed": 8}, "speed must be between 0.25 and 4, got 8"),
        ("speed", {"speed": 10**400}, "speed must be between"),
        ("video", {"video": ""}, "video must be an id"),
        ("lead", {"target": 7}, "target must be an id"),
    ],
)
def test_a_command_that_is_none_is_refused(action: object, fields: dict[str, object], message: str) -> None:
    with pytest.raises(Invalid, match=message):
        check_command(action, **fields)


def test_a_command_is_taken_as_it_is_meant() -> None:
    assert check_command("seek", position_s=3) == seek(3.0)
    assert check_command("lead", target=BEN) == Command(PlayAction.LEAD, target=BEN)

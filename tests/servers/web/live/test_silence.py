"""When "no signal" is shown, and what it says."""

from framecast.bus import StreamStatus
from framecast.clock import Clock
from framecast.model import State
from framecast.model.cadence import LEAST_S, patience_s
from framecast.servers.web.live.silence import LAST_ONES_S, Silence


def playing(interval_s: float, count: int = 50) -> tuple[Silence, float]:
    silence, now = Silence(0.0, StreamStatus(State.LIVE)), 0.0
    for _ in range(count):
        now += interval_s
        silence.on_picture(now)
    return silence, now


def test_camera_that_stops_is_lost_before_two_seconds_are_over() -> None:
    silence, now = playing(0.04)
    assert not silence.is_lost(now + LEAST_S - 0.1)
    assert silence.is_lost(now + LEAST_S + 0.01)


def test_slow_camera_is_not_lost_between_its_pictures() -> None:
    silence, now = playing(2.0)
    assert not silence.is_lost(now + 2.5)
    assert silence.is_lost(now + patience_s(2.0) + 0.5)


def test_picture_a_minute_is_fresh_until_the_second_one_is_missing() -> None:
    every = [0.0]
    silence = Silence(0.0, StreamStatus(State.LIVE), every_s=lambda: every[0])
    silence.on_picture(60.0)
    assert silence.is_lost(70.0)  # nobody knows yet that it is slow
    every[0] = 60.0
    assert not silence.is_lost(71.0)
    assert not silence.is_old(60.0, 119.0)
    assert not silence.is_lost(60 + patience_s(60) - 1)
    assert silence.is_lost(60 + patience_s(60) + 1)
    silence.on_picture(200.0)
    silence.on_status(StreamStatus(State.OFFLINE, "refused"))
    assert silence.is_lost(201.0)  # a source that has failed is not slow
    # Before the first picture nothing is fresh.
    assert Silence(0.0, StreamStatus(State.LIVE), every_s=lambda: 60.0).is_lost(LEAST_S + 0.1)


def test_a_hole_of_a_file_is_no_loss_as_long_as_the_node_says_live() -> None:
    silence, now = playing(0.04)
    silence.on_picture(now, Clock.FILE)
    assert not silence.is_lost(now + 60)
    silence.on_status(StreamStatus(State.STALLED, "stalled"))
    assert silence.is_lost(now + 60)
    silence, now = playing(0.04)
    silence.on_picture(now, Clock.FILE)
    silence.on_picture(now, Clock.ARRIVAL)  # the stream is a camera by now
    assert silence.is_lost(now + 60)


def test_failure_that_the_node_tells_is_shown_at_once() -> None:
    silence, now = playing(2.0)
    silence.on_status(StreamStatus(State.OFFLINE, "refused"))
    assert silence.is_lost(now + LAST_ONES_S + 0.01)
    assert silence.words == "the address refuses connections"


def test_source_that_sends_what_nobody_can_read_is_not_called_silent() -> None:
    assert Silence(0.0, StreamStatus(State.STALLED, "stalled")).words == "the source stopped sending"
    assert Silence(0.0, StreamStatus(State.STALLED, "bad-data")).words == (
        "the source sends data that cannot be read"
    )


def test_reason_stays_while_the_source_is_dialled_again() -> None:
    silence, now = playing(0.04)
    silence.on_status(StreamStatus(State.OFFLINE, "bad-auth"))
    assert silence.is_lost(now + 1)
    silence.on_status(StreamStatus(State.CONNECTING))
    assert silence.is_lost(now + 1.1)
    assert silence.words == "the user name or password is wrong"


def test_picture_ends_it() -> None:
    silence, now = playing(0.04)
    silence.on_status(StreamStatus(State.OFFLINE, "refused"))
    assert silence.is_lost(now + 1)
    silence.on_status(StreamStatus(State.LIVE))
    silence.on_picture(now + 2)
    assert not silence.is_lost(now + 2.1)
    assert not silence.has_failed


def test_view_of_a_camera_that_never_came_says_that_it_connects() -> None:
    silence = Silence(0.0, StreamStatus(State.CONNECTING))
    assert not silence.is_lost(LEAST_S - 0.1)
    assert silence.is_lost(LEAST_S + 0.1)
    assert silence.words == "connecting"
    assert not silence.has_failed


def test_every_state_has_words() -> None:
    for state in State:
        assert Silence(0.0, StreamStatus(state)).words
    assert Silence(0.0, StreamStatus(node_connected=False)).words == "waiting for the node"

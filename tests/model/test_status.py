"""The status of a stream, as it travels."""

from dataclasses import fields, replace
from fractions import Fraction

import pytest

from framecast.errors import Invalid
from framecast.model import Kind, Picture, State, TrackInfo
from framecast.model.status import Status, public_tracks

VIDEO = TrackInfo(
    "video",
    Kind.PACKETS,
    Fraction(1, 90000),
    "h264",
    picture=Picture("i420", 640, 480),
    width=640,
    height=480,
    rate=Fraction(30000, 1001),
    details={"rotation": "90"},
    epoch=7,
)
FULL = Status(
    name="front",
    source="rtsp://***@camera/1",
    state=State.STALLED,
    reason="stalled",
    detail="nothing came for 10 s",
    since=1000.5,
    reconnects=3,
    readers=2,
    configured="file",
    facts={"transport": "tcp"},
    tracks=(VIDEO, TrackInfo("data", Kind.DATA)),
    newest_at=990.25,
    last_picture_at=990.0,
    every_s=60.0,
    options={"always": True, "stall_s": 5},
    failures={"refused": 2},
    display_name="Haustür",
    groups=("Garten", "Erdgeschoss"),
)


def test_a_status_is_the_same_on_the_other_side() -> None:
    received = Status.from_json(FULL.to_json())
    assert {one.name: getattr(received, one.name) for one in fields(Status)} == {
        one.name: getattr(FULL, one.name) for one in fields(Status)
    }


def test_the_codec_s_own_bytes_stay_here() -> None:
    status = replace(FULL, tracks=(replace(VIDEO, extradata=b"secret"),))
    assert "extradata" not in public_tracks(status.tracks)[0]
    assert Status.from_json(status.to_json()).tracks[0] == VIDEO


def test_a_name_is_enough() -> None:
    assert Status.from_json({"name": "front"}) == Status("front")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"name": "x", "state": "flying"},
        {"name": "x", "since": "noon"},
        {"name": "x", "facts": 7},
        {"name": "x", "tracks": [{"name": "video"}]},
        {"name": "x", "failures": {"refused": "often"}},
    ],
)
def test_what_is_no_status_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        Status.from_json(wrong)


def test_options_and_failures_do_not_make_another_status() -> None:
    """Other nodes do not send them."""
    assert replace(FULL, options={}, failures={}) == FULL
    assert replace(FULL, readers=3) != FULL


def test_failed_is_offline_or_stalled() -> None:
    assert {state for state in State if replace(FULL, state=state).has_failed} == {
        State.OFFLINE,
        State.STALLED,
    }


def test_the_note_says_how_old_the_newest_picture_is() -> None:
    live = replace(FULL, state=State.LIVE, every_s=None)
    assert live.note(990.5) == ""
    assert live.note(1050) == "no picture for 60 s"
    assert replace(live, tracks=FULL.tracks[1:]).note(1050) == "nothing for 60 s"
    assert replace(live, every_s=60.0).note(991) == "every 60 s"
    assert replace(live, newest_at=None).note(1050) == ""
    assert FULL.note(1050) == ""

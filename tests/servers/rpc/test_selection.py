"""What a client of Read asks for: checked, and equal if it would get the same."""

from __future__ import annotations

from typing import Any

import pytest

from framecast.errors import Invalid
from framecast.model import Policy, TrackName
from framecast.servers.rpc.selection import MAX_TRACKS, Selection, is_thinned
from framecast.v1 import media_pb2

Request = media_pb2.ReadRequest


def of(*tracks: str, stream: str = "door", **fields: Any) -> Selection:
    return Selection.of(Request(stream=stream, tracks=tracks, **fields))


def test_without_tracks_it_is_video_and_audio() -> None:
    assert [str(track) for track in of().tracks] == ["video", "audio"]


def test_track_that_is_named_twice_is_read_once_in_the_first_place() -> None:
    assert [str(track) for track in of("frames", "video", "frames").tracks] == ["frames", "video"]


@pytest.mark.parametrize(
    ("tracks", "thinned"),
    [(("video", "audio"), False), (("frames",), True), (("jpeg/80",), True), (("video", "data"), True)],
)
def test_what_changes_nothing_is_left_out_so_that_feeds_are_shared(
    tracks: tuple[str, ...], thinned: bool
) -> None:
    plain, asked = of(*tracks), of(*tracks, max_fps=5, policy="latest")
    assert (plain == asked) is not thinned
    assert (hash(plain) == hash(asked)) is not thinned


def test_rate_and_policy_are_those_of_pictures_and_data_alone() -> None:
    found = of("video", "jpeg/80", "frames", max_fps=5, policy="queue(7)")
    subscriptions = {str(track): found.subscription(track) for track in found.tracks}
    assert {name: one.max_fps for name, one in subscriptions.items()} == {
        "video": 0,
        "jpeg/80": 5,
        "frames": 5,
    }
    assert subscriptions["frames"].policy == subscriptions["jpeg/80"].policy == Policy(7)
    assert subscriptions["video"].policy == Policy(512)


def test_by_default_a_slow_client_gets_the_newest_picture_and_all_packets() -> None:
    found = of("video", "jpeg/80", "data")
    assert [found.policy_of(track).latest for track in found.tracks] == [False, True, False]


@pytest.mark.parametrize("fields", [{"max_fps": 0}, {"max_fps": 1000}, {"batch_ms": 1000}])
def test_bounds_themselves_are_allowed(fields: dict[str, Any]) -> None:
    of("frames", **fields)


def test_most_tracks_are_allowed_and_one_more_is_not() -> None:
    names = [f"frames/bgr/{width}x48" for width in range(16, 16 + 2 * MAX_TRACKS + 2, 2)]
    assert len(of(*names[:MAX_TRACKS]).tracks) == MAX_TRACKS
    with pytest.raises(Invalid, match=f"at most {MAX_TRACKS} in one call, got {MAX_TRACKS + 1}"):
        of(*names)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"max_fps": -1}, "max_fps must be between 0"),
        ({"max_fps": 1000.1}, "max_fps must be between 0"),
        ({"max_fps": float("nan")}, "max_fps must be between 0"),
        ({"batch_ms": 1001}, "batch_ms must be between 0"),
        ({"policy": "oldest"}, "policy 'oldest'"),
        ({"policy": "queue(0)"}, r"policy 'queue\(0\)'"),
        ({"stream": ""}, "name"),
        ({"stream": "a/b"}, "name"),
    ],
)
def test_wrong_field_is_named(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        of("frames", **({"stream": "door"} | fields))


def test_only_records_that_stand_for_themselves_are_thinned() -> None:
    names = ("jpeg/80", "frames", "frames/bgr", "data", "video", "audio")
    assert [is_thinned(TrackName.parse(name)) for name in names] == [True, True, True, True, False, False]

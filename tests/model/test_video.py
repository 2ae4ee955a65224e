"""The rule about seeing and editing a video, without a database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from framecast.model.video import ANONYMOUS, LOCAL, Owner, Video, VideoState, Viewer, Visibility

ANN, BOB = Viewer("ann", False, True), Viewer("bob", False, False)
ADMIN = Viewer("eve", True, True)
VIDEO = Video(
    *(
        "v1",
        Owner("ann", "ann", ""),
        "T",
        "",
        (),
        Visibility.PRIVATE,
        VideoState.READY,
        "",
        "a.mp4",
        1,
        0.0,
        None,
    ),
    *(0.0, None, None, None, None, 0, False, "", None),
)


@pytest.mark.parametrize(
    ("visibility", "seen"),
    [
        (Visibility.PRIVATE, {ANN, ADMIN}),
        (Visibility.MEMBERS, {ANN, ADMIN, BOB}),
        (Visibility.UNLISTED, {ANN, ADMIN, BOB, ANONYMOUS}),
        (Visibility.PUBLIC, {ANN, ADMIN, BOB, ANONYMOUS}),
    ],
)
def test_visibility_counts_for_what_is_ready(visibility: Visibility, seen: set[Viewer]) -> None:
    video = replace(VIDEO, visibility=visibility)
    everybody = (ANN, BOB, ADMIN, ANONYMOUS)
    assert {one for one in everybody if video.may_be_seen_by(one)} == seen
    for hidden in ({"state": VideoState.PROCESSING}, {"is_held": True}, {"deleted_at": 1.0}):
        assert {one for one in everybody if replace(video, **hidden).may_be_seen_by(one)} == {ANN, ADMIN}
    assert {one for one in everybody if video.may_be_edited_by(one)} == {ANN, ADMIN}


def test_token_for_one_video_opens_that_one_and_edits_nothing() -> None:
    token = replace(ANN, only_video="v1")
    assert VIDEO.may_be_seen_by(token)
    assert not VIDEO.may_be_edited_by(token)
    assert not VIDEO.may_be_seen_by(replace(ADMIN, only_video="v2"))
    assert not VIDEO.may_be_seen_by(replace(BOB, only_video="v1"))


def test_video_without_an_owner_belongs_to_the_admins() -> None:
    video = replace(VIDEO, owner=None)
    assert [video.may_be_edited_by(one) for one in (LOCAL, ADMIN, ANN, ANONYMOUS)] == [
        True,
        True,
        False,
        False,
    ]
    assert [video.is_of(one) for one in (LOCAL, ADMIN, ANN, ANONYMOUS)] == [True, True, False, False]
    assert not video.may_be_seen_by(ANONYMOUS)

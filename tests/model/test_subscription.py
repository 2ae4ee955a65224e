"""What a reader may ask for, and what comes back of what it sent."""

from __future__ import annotations

from typing import Any

import pytest

from framecast.errors import Invalid
from framecast.model import Kind, Policy, Subscription, TrackName
from framecast.model.subscription import HELD_VIEWS, MAX_DEPTH, default_policy

FIELDS: dict[str, Any] = {"stream": "cam", "track": "frames/bgr/640x0"}


@pytest.mark.parametrize("text", ["latest", "queue(1)", "queue(100)", f"queue({MAX_DEPTH})"])
def test_policy_is_read_and_written_alike(text: str) -> None:
    assert str(Policy.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "newest", "queue", "queue()", "queue(0)", "queue(4097)", "queue(-1)", None]
)
def test_other_policies_are_refused_with_those_that_there_are(text: object) -> None:
    with pytest.raises(Invalid, match=r"use 'latest' or 'queue\(n\)'"):
        Policy.parse(text)


def test_a_reader_has_credit_for_what_it_queues_and_for_what_it_holds() -> None:
    assert Policy.parse("latest").credits == HELD_VIEWS + 1
    assert Policy.parse("queue(7)").credits == HELD_VIEWS + 7


def test_frames_are_skipped_and_everything_else_is_queued_unless_somebody_says_otherwise() -> None:
    assert default_policy(Kind.FRAMES).latest
    assert not any(default_policy(kind).latest for kind in Kind if kind is not Kind.FRAMES)


def test_subscription_comes_back_as_it_was_sent() -> None:
    track = TrackName.parse("frames/rgb")
    sent = Subscription("cam", track, Policy(5), 12.5, "me", rendition=True, wait=True)
    assert Subscription.from_json(sent.to_json()) == sent


@pytest.mark.parametrize(
    "wrong",
    [
        {"stream": "../cam"},
        {"stream": None},
        {"track": "smell"},
        {"policy": "all"},
        {"max_fps": -1},
        {"max_fps": 1001},
        {"max_fps": "nan"},
        {"max_fps": []},
    ],
)
def test_wrong_fields_are_refused(wrong: dict[str, Any]) -> None:
    assert Subscription.from_json(FIELDS).stream == "cam"
    with pytest.raises(Invalid):
        Subscription.from_json(FIELDS | wrong)


@pytest.mark.parametrize("missing", ["stream", "track"])
def test_missing_fields_are_refused_by_name(missing: str) -> None:
    with pytest.raises(Invalid, match=missing):
        Subscription.from_json({name: value for name, value in FIELDS.items() if name != missing})


def test_label_is_cut_and_flags_are_flags() -> None:
    found = Subscription.from_json(FIELDS | {"label": "x" * 1000, "wait": "yes", "rendition": 1})
    assert len(found.label) == 80
    assert not found.wait
    assert not found.rendition

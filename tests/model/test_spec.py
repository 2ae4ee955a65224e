"""The configuration of one stream: what is accepted, what is refused in which words, what survives JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from framecast.errors import Invalid
from framecast.model import StreamSpec
from framecast.model.spec import PrivateSpec, Reading


@pytest.mark.parametrize("given", ["rtsp://u:p@cam/1", {"source": "rtsp://u:p@cam/1", "name": "other"}])
def test_text_and_mapping_are_the_same_stream_and_the_key_is_its_name(given: object) -> None:
    spec = StreamSpec.from_json("door", given)
    assert (spec.name, spec.source.reveal(), spec.idle_s) == ("door", "rtsp://u:p@cam/1", 10.0)


def test_number_is_the_number_of_a_device() -> None:
    assert (
        StreamSpec.from_json("door", 0).source.reveal() == StreamSpec.from_json("door", "0").source.reveal()
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "needs a source"),
        (True, "needs a source"),
        (["x"], "needs a source"),
        ({}, "has no 'source'"),
        ({"source": ""}, "has no 'source'"),
        ({"source": True}, "must be a URL, a path or a device's number"),
        ({"source": 1001}, "must be a URL, a path or a device's number"),
        ({"source": -1001}, "must be a URL, a path or a device's number"),
        ({"source": "pattern:", "sorce": 1}, "unknown key"),
        ({"source": "pattern:", "transport": "sctp"}, "must be one of tcp, udp, multicast, got 'sctp'"),
        ({"source": "pattern:", "always": 1}, "always of stream door must be true or false"),
        ({"source": "pattern:", "idle_s": -1}, "must be a number from 0 to 86400"),
        ({"source": "pattern:", "idle_s": 86401}, "must be a number from 0 to 86400"),
        ({"source": "pattern:", "stall_s": float("nan")}, "must be a number from 0.5 to 3600"),
        ({"source": "pattern:", "hwaccel": "cuda;rm"}, "hwaccel of stream door must be the name"),
        ({"source": "pattern:", "hwaccel": 3}, "hwaccel of stream door must be the name"),
        ({"source": "pattern:", "display_name": 7}, "display_name of stream door must be a text, got 7"),
        ({"source": "pattern:", "groups": "x"}, "groups of stream door must be a list of names"),
        ({"source": "a.mp4", "pace": "quick"}, "pace must be one of normal, patient, fastest"),
        ({"source": "a.mp4", "pace": "fastest", "pictures": "video"}, "pictures must be a track of frames"),
    ],
)
def test_what_is_wrong_is_refused_by_name(given: object, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        StreamSpec.from_json("door", given)


@pytest.mark.parametrize("edge", [0, 86400])
def test_bounds_themselves_are_allowed(edge: int) -> None:
    assert StreamSpec.from_json("door", {"source": "pattern:", "idle_s": edge}).idle_s == edge


@pytest.mark.parametrize(
    "given",
    [
        {"source": "rtsp://u:p@cam/1", "transport": "udp", "idle_s": 3},
        {"source": "rtsp://u:p@cam/1", "display_name": "Haustür", "groups": ["Garten", "Garten", "Hof"]},
        {"source": "a.mp4", "pace": "fastest", "pictures": "frames/bgr", "loop": False},
    ],
)
def test_json_form_gives_the_same_spec(given: dict[str, Any]) -> None:
    spec = StreamSpec.from_json("door", given)
    assert StreamSpec.from_json("door", spec.to_json()) == spec


def test_options_have_no_secret() -> None:
    spec = StreamSpec.from_json("door", "rtsp://u:geheim@cam/1")
    assert "geheim" not in str(spec.options)
    assert spec.options["transport"] == "tcp"
    assert "source" not in spec.options


def test_stream_that_waits_for_its_reader_is_not_shared() -> None:
    private = StreamSpec.from_json("clip", {"source": "a.mp4", "pace": "patient"})
    assert isinstance(private, PrivateSpec)
    assert private.reading == Reading("patient")
    with pytest.raises(Invalid, match="a shared stream does not wait for readers"):
        private.check_shared()
    shared = StreamSpec.from_json("clip", {"source": "a.mp4", "pace": "normal"})
    assert shared.check_shared() is shared


def test_secrets_are_kept_for_an_editor_of_options() -> None:
    known = StreamSpec.from_json("door", "rtsp://u:geheim@cam/1")
    edited = StreamSpec.from_json("door", {"source": str(known.source), "idle_s": 3})
    assert edited.with_secrets_of(known) == replace(known, idle_s=3)
    with pytest.raises(Invalid, match="type the secret"):
        edited.with_secrets_of(None)


def test_address_from_the_network_is_marked_until_its_owner_had_it_before() -> None:
    known = StreamSpec.from_json("door", "/srv/a.mp4")
    foreign = known.from_network()
    assert foreign.source.is_foreign
    assert not foreign.with_secrets_of(known).source.is_foreign
    assert foreign.with_secrets_of(None).source.is_foreign
    other = StreamSpec.from_json("door", "/srv/b.mp4").from_network()
    assert other.with_secrets_of(known).source.is_foreign

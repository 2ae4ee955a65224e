"""Texts that are meant to be numbers: those that are, and what Python's own parsers take for one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from framecast.errors import Invalid
from framecast.model import Source, StreamSpec, Subscription, TrackInfo, TrackName, number
from framecast.model.envelope import Envelope
from framecast.protocols import sdp as session_description
from framecast.sources.device import path_of
from framecast.sources.numbers import NumbersOptions
from framecast.sources.pattern import PatternOptions

# What is no number here, though int(), float() or Fraction() take most of it.
HOSTILE = [
    "",
    " ",
    "-",
    ".",
    "nan",
    "-nan",
    "inf",
    "Infinity",
    "1e999999999",
    "1e-999999999",
    "9" * 5000,
    "0." + "1" * 5000,
    "1/" + "3" * 5000,
    "\u0663",
    "\uff13\uff10",
    "\u00b2",
    "1_000",
    " 30",
    "30 ",
    "30\n",
    "30\0",
    "0x10",
    "0b11",
    "1/0",
    "0/0",
    "1//2",
    "1/2/3",
    "1/-2",
    "1,5",
    "--1",
    "1e",
    "e5",
    "\ud800",
    "True",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "read",
    [
        lambda text: number.integer(text, -(1 << 63), 1 << 63),
        lambda text: number.decimal(text, -1e300, 1e300),
        lambda text: number.fraction(text, -1, 1 << 62),
        lambda text: number.whole(text, -(1 << 63), 1 << 63),
        lambda text: number.real(text, -1e300, 1e300),
    ],
    ids=["integer", "decimal", "fraction", "whole", "real"],
)
def test_text_that_is_no_number_is_refused_in_a_short_sentence(
    read: Callable[[str], object], text: str
) -> None:
    with pytest.raises(ValueError, match="it must be") as caught:
        read(text)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_no_octal_and_no_bytes(text: str) -> None:
    with pytest.raises(ValueError, match="it must be"):
        number.integer(text, 0, 0o777, 8)
    if text and text.strip("0123456789abcdef"):
        with pytest.raises(ValueError, match="it must be"):
            number.octets(text, 64)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (number.integer, "0", 0),
        (number.integer, "-0", 0),
        (number.integer, "+007", 7),
        (number.decimal, "29.97", 29.97),
        (number.decimal, ".5", 0.5),
        (number.decimal, "1e3", 1000.0),
        (number.decimal, "2.5E-1", 0.25),
        (number.fraction, "30000/1001", Fraction(30000, 1001)),
        (number.fraction, "29.97", Fraction(2997, 100)),
        (number.fraction, "1/99999999999999", Fraction(1, 99999999999999)),
    ],
)
def test_numbers_are_read(read: Callable[[str, int, int], object], text: str, value: object) -> None:
    assert read(text, 0, 100_000) == value


def test_minus_zero_is_zero() -> None:
    assert str(number.decimal("-0.0", -1, 1)) == "0.0"


@pytest.mark.parametrize(
    ("text", "base", "value"), [("0660", 8, 0o660), ("0o660", 8, 0o660), ("fF", 16, 255)]
)
def test_other_bases_are_read(text: str, base: int, value: int) -> None:
    assert number.integer(text, 0, 0o777, base) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, None, "1", [1], 10**400, 1e301])
def test_value_of_json_that_is_no_usable_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="it must be"):
        number.real(value, -1e300, 1e300)
    with pytest.raises(ValueError, match="it must be"):
        number.whole(value, -(1 << 63), 1 << 63)


def test_hexadecimal_bytes_are_read_up_to_their_limit() -> None:
    assert number.octets("1490", 2) == b"\x14\x90"
    with pytest.raises(ValueError, match="2 at most"):
        number.octets("149056", 2)


INFO: dict[str, Any] = {"name": "video", "kind": "packets", "time_base": "1/90000", "rate": "25"}
WISH: dict[str, Any] = {"stream": "door", "track": "video"}


def _header(text: str) -> bytes:
    quoted = text.encode("unicode_escape").decode().replace("\\x", "\\u00").replace("\\U000", "\\u")
    return f'{{"format":"h264","time_base":"{quoted}"}}'.encode()


@pytest.mark.parametrize("text", [text for text in HOSTILE if text])
@pytest.mark.parametrize(
    "read",
    [
        lambda text: PatternOptions.parse(Source(f"pattern:?fps={text}")),
        lambda text: PatternOptions.parse(Source(f"pattern:?size=640x{text}")),
        lambda text: PatternOptions.parse(Source(f"pattern:?size={text}x480")),
        lambda text: PatternOptions.parse(Source(f"pattern:?id={text}")),
        lambda text: NumbersOptions.parse(Source(f"numbers:?period={text}")),
        lambda text: NumbersOptions.parse(Source(f"numbers:?lower={text}")),
        lambda text: path_of(Source(f"/dev/video0?fps={text}")),
        lambda text: path_of(Source(f"/dev/video0?size={text}x480")),
        lambda text: TrackInfo.from_json(INFO | {"time_base": text}),
        lambda text: TrackInfo.from_json(INFO | {"rate": text}),
        lambda text: TrackInfo.from_json(INFO | {"width": text}),
        lambda text: TrackName.parse(f"jpeg/{text}"),
        lambda text: TrackName.parse(f"jpeg/75/{text}x480"),
        lambda text: Subscription.from_json(WISH | {"max_fps": text}),
        lambda text: Subscription.from_json(WISH | {"policy": f"queue({text})"}),
        lambda text: StreamSpec.from_json("door", {"source": "pattern:", "idle_s": text}),
        lambda text: Envelope.parse(TrackName.parse("video"), _header(text), 1),
    ],
)
def test_each_place_that_reads_a_number_refuses_what_is_none(
    read: Callable[[str], object], text: str
) -> None:
    with pytest.raises(Invalid) as caught:
        read(text)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("field", ["width", "height", "sample_rate", "channels", "epoch"])
@pytest.mark.parametrize("value", [10**400, -1, 1.5, float("nan"), "1", None, True])
def test_track_description_has_whole_numbers_only(field: str, value: object) -> None:
    with pytest.raises(Invalid, match="whole number"):
        TrackInfo.from_json(INFO | {field: value})


@pytest.mark.parametrize("value", [10**400, -1, float("nan"), float("inf"), True, None])
def test_rate_of_a_wish_is_a_finite_number(value: object) -> None:
    with pytest.raises(Invalid, match=r"max_fps must be between 0 \(unlimited\) and 1000"):
        Subscription.from_json(WISH | {"max_fps": value})


@pytest.mark.parametrize(
    "text", [text for text in HOSTILE if not text.strip().isascii() or not text.strip().isdecimal()]
)
def test_description_of_a_session_has_no_such_number(text: str) -> None:
    sdp = "v=0\nm=video 0 RTP/AVP {0}\na=rtpmap:{0} H264/{1}\na=framerate:{2}\n"
    with pytest.raises(session_description.Unfit):
        session_description.parse(sdp.format("96", text, "25"), audio=False)
    found = session_description.parse(sdp.format("96", "90000", text), audio=False).video
    assert found
    assert found.rate is None

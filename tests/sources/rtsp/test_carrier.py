"""What client and server agree on for packets inside of their connection."""

from __future__ import annotations

from typing import Any

import pytest

from framecast.errors import SourceError
from framecast.protocols.rtsp.messages import interleaved
from framecast.protocols.sdp import Unfit
from framecast.sources.rtsp.carrier import Interleaved


class Line:
    """The session's connection, as far as it is used here: it keeps what is sent."""

    def __init__(self) -> None:
        self.damage = 0
        self.channels: frozenset[int] = frozenset()
        self.sent: list[bytes] = []

    def receive(self) -> None:
        raise AssertionError("nothing comes")

    def items(self) -> list[Any]:
        return []

    def send(self, data: bytes) -> None:
        self.sent.append(data)


def carrier() -> tuple[Interleaved, Line]:
    line: Any = Line()
    return Interleaved(line), line


@pytest.mark.parametrize(
    ("answer", "channels"),
    [
        ("", (2, 3)),  # what was asked for
        ("RTP/AVP/TCP;unicast;interleaved=2-3", (2, 3)),
        ("RTP/AVP/TCP;unicast;interleaved=6-9;ssrc=1", (6, 9)),
        ("RTP/AVP/TCP;unicast;interleaved=6", (6, 7)),
        ("RTP/AVP/TCP;unicast;INTERLEAVED = 6 - 7", (6, 7)),
        ("RTP/AVP;interleaved=4-5", (4, 5)),  # some leave TCP out
        ("RTP/AVP/TCP;unicast", (2, 3)),
        ("RTP/AVP/TCP;interleaved=254-255", (254, 255)),
        ("RTP/AVP/TCP;interleaved=x", (2, 3)),
    ],
)
def test_channels_are_those_of_the_answer(answer: str, channels: tuple[int, int]) -> None:
    found, _ = carrier()
    assert found.agree(1, answer) == channels


@pytest.mark.parametrize("answer", ["RTP/AVP/UDP;unicast", "RTP/AVP;unicast;client_port=5000-5001"])
def test_server_that_answers_another_transport_does_not_fit(answer: str) -> None:
    with pytest.raises(Unfit):
        carrier()[0].agree(0, answer)


@pytest.mark.parametrize("pair", ["255", "256-257", "10-256", "999-1"])
def test_channel_beyond_a_byte_is_bad_data(pair: str) -> None:
    with pytest.raises(SourceError, match="expected 0 to 255") as caught:
        carrier()[0].agree(0, f"RTP/AVP/TCP;interleaved={pair}")
    assert caught.value.reason == "bad-data"


def test_request_names_the_channels_of_its_track() -> None:
    found, _ = carrier()
    assert found.agree(3, found.transport(3)) == (6, 7)


def test_after_junk_only_packets_of_agreed_channels_are_believed() -> None:
    found, line = carrier()
    found.agree(0, "RTP/AVP/TCP;interleaved=8-9")
    found.agree(1, "")
    assert line.channels == frozenset()
    found.begin()
    assert line.channels == {8, 9, 2, 3}


def test_reports_go_to_the_control_channel_of_each_track() -> None:
    found, line = carrier()
    found.agree(0, "RTP/AVP/TCP;interleaved=8-11")
    found.agree(1, "")
    found.report(b"all")
    found.tell(1, b"one")
    assert line.sent == [interleaved(11, b"all"), interleaved(3, b"all"), interleaved(3, b"one")]


def test_damage_is_that_of_the_connection() -> None:
    found, line = carrier()
    line.damage = 4
    assert found.damage == 4
    found.damage = 0
    assert line.damage == 0

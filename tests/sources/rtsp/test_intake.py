"""What a connection gives, by each implementation, cut wherever the network cuts it; and what ends a session."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framecast.errors import ForkedView, SourceError
from framecast.protocols.rtp.implementation import PYTHON, Implementation
from framecast.protocols.rtp.reception import Found, Reception
from framecast.protocols.rtsp.messages import Message
from framecast.sources.rtsp import intake as module
from framecast.sources.rtsp.carrier import Interleaved
from framecast.sources.rtsp.connection import Connection
from framecast.sources.rtsp.intake import Intake, NativeIntake, intake
from tests.support.implementations import native_or_skip
from tests.support.rtp import START, Sender, interleaved

KEY, DELTA = START + b"\x65\x88key", START + b"\x41\x88delta"
ANSWER = b"RTSP/1.0 200 OK\r\nCSeq: 7\r\nContent-Length: 3\r\n\r\nabc"
NOW_NS = 10**9


def reception_of(rtp: Implementation) -> tuple[list, Reception]:
    tracks = [rtp.track(96, 90_000, rtp.h264(), 0), rtp.track(8, 8000, rtp.g711(1), 1)]
    return tracks, rtp.reception(tracks, {0: 0, 1: 0, 2: 1, 3: 1})


class Wired:
    """An intake at one end of a socket. `send` is the server's end."""

    def __init__(self, rtp: Implementation) -> None:
        self.server, ours = socket.socketpair()
        self.connection = Connection(ours)
        self.connection.channels = frozenset(range(4))
        self.tracks, self.reception = reception_of(rtp)
        self.intake = intake(rtp, Interleaved(self.connection), self.reception, [])

    def close(self) -> None:
        self.server.close()
        self.connection.close(b"")

    def seen(self, units: int, messages: int = 0) -> tuple[list, list[Message]]:
        """Read until that many came."""
        found: list = []
        told: list[Message] = []
        while len(found) < units or len(told) < messages:
            more, some = self.intake.more()
            found += [(track.index, unit.payload) for track, unit in more]
            told += some
        return found, told


@pytest.fixture
def wired(chosen: Implementation) -> Iterator[Wired]:
    found = Wired(chosen)
    yield found
    found.close()


def test_pictures_sound_and_answers_come_in_their_order(wired: Wired, chosen: Implementation) -> None:
    video, sound = Sender(), Sender(payload_type=8, ssrc=9)
    first = interleaved(0, video.picture(KEY, 0)[0])
    wired.server.sendall(first)
    assert wired.seen(1)[0] == [(0, KEY)]
    assert isinstance(wired.intake, NativeIntake) is (chosen is not PYTHON)
    block = interleaved(2, sound.packet(bytes(160), 0))
    more = interleaved(0, video.picture(DELTA, 3600)[0])
    wired.server.sendall(block + ANSWER + more)
    found, (answer,) = wired.seen(2, 1)
    assert found == [(1, bytes(160)), (0, DELTA)]
    assert (answer.status, answer.body) == (200, b"abc")
    wired.server.sendall(interleaved(0, video.picture(DELTA, 7200)[0]))
    assert wired.seen(1)[0] == [(0, DELTA)]
    assert wired.intake.waited_at_ns >= 0


def test_silence_returns_after_a_tick_and_the_end_is_closed(wired: Wired) -> None:
    for _ in range(3):
        assert wired.intake.more() == ([], [])
    wired.server.close()
    with pytest.raises(SourceError) as caught:
        wired.intake.more()
    assert caught.value.reason == "closed"


def test_packets_that_complete_nothing_do_not_keep_the_caller(wired: Wired) -> None:
    """A reader has to look at the clock, even while a picture never ends."""
    wired.server.sendall(interleaved(0, Sender().picture(KEY, 0)[0]))
    wired.seen(1)
    over = threading.Event()
    sender = Sender(sequence=65531)

    def trickle() -> None:
        while not over.wait(0.01):
            wired.server.sendall(interleaved(0, sender.packet(b"\x41\x40", 3600)))

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        for _ in range(3):
            assert wired.intake.more() == ([], [])
    finally:
        over.set()
        thread.join()


def test_what_is_not_media_ends_the_session(wired: Wired) -> None:
    wired.server.sendall(interleaved(0, b"\x80\x60") * 300)
    with pytest.raises(SourceError) as caught:
        wired.seen(1)
    assert caught.value.reason == "bad-data"


def test_goodbye_of_all_senders_ends_the_session(wired: Wired) -> None:
    for channel in (1, 3):
        wired.server.sendall(interleaved(channel, struct.pack(">BBHI", 0x81, 203, 1, 0)))
    with pytest.raises(SourceError) as caught:
        wired.seen(1)
    assert caught.value.reason == "closed"


# --- both, cut anywhere


class Fed(Connection):
    """A connection that gives chunks, without a socket."""

    def __init__(self, chunks: list[bytes]) -> None:
        super(Connection, self).__init__()
        self.is_tls, self.chunks = False, chunks
        self.channels = frozenset(range(4))

    def fileno(self) -> int:
        return 0

    def receive(self) -> None:
        self.put_back(self.chunks.pop(0))


class FedReception:
    """The native one, which reads the chunks of a connection instead of a socket, at one time."""

    def __init__(self, reception: object, connection: Fed) -> None:
        self._connection = connection
        self._native = cast("module.NativeReception", reception)
        self.take, self.hurt, self.feed = (getattr(reception, name) for name in ("take", "hurt", "feed"))

    def receive(self, _fd: int, _patience_ns: int) -> tuple[Found, bytes | None, int]:
        return *self._native.feed(self._connection.chunks.pop(0), NOW_NS), 0


PARTS = st.sampled_from(
    [
        *([b"RTP"] * 8),
        *(ANSWER, b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", b"RTSP/1.0 200 OK\r\nContent-Length: x\r\n\r\n"),
        *(b"junk", b"$\x09\x00\x02ab", b"$\x00\x00\x00", b"\x00", b"$", b"R", interleaved(0, b"\x80\x60")),
    ]
)  # fmt: skip


def streamed(parts: list[bytes], sizes: list[int]) -> list[bytes]:
    """The bytes of parts, `RTP` standing for the next picture, in chunks of these sizes."""
    sender, whole, timestamp = Sender(), b"", 0
    for part in parts:
        if part == b"RTP":
            timestamp += 3600
            packets = sender.picture(DELTA + bytes(range(1, 90)), timestamp, mtu=40)
            part = b"".join(interleaved(0, packet) for packet in packets)
        whole += part
    chunks, index = [], 0
    while whole:
        size = sizes[index % len(sizes)]
        chunks.append(whole[:size])
        whole, index = whole[size:], index + 1
    return chunks


def played(rtp: Implementation, chunks: list[bytes]) -> tuple[list, list, str]:
    """Units, messages, and the reason of the end."""
    connection = Fed(list(chunks))
    _, reception = reception_of(rtp)
    kind: type[Intake] = Intake
    if rtp is not PYTHON:
        reception, kind = cast("Reception", FedReception(reception, connection)), NativeIntake
    taking = kind(Interleaved(connection), reception, [])
    units: list = []
    messages: list = []
    try:
        # Packets behind a text are kept for the next call.
        while connection.chunks or taking._items:
            found, some = taking.more()
            units += [(track.index, unit) for track, unit in found]
            messages += some
    except SourceError as error:
        return units, messages, error.reason
    return units, messages, ""


@contextmanager
def standing_clock() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "monotonic_ns", lambda: NOW_NS)
        yield


@settings(max_examples=300, deadline=None)
@given(st.lists(PARTS, max_size=30), st.lists(st.integers(1, 300), min_size=1, max_size=8))
def test_both_make_the_same_of_any_bytes(parts: list[bytes], sizes: list[int]) -> None:
    chunks = streamed(parts, sizes)
    with standing_clock():
        ours, theirs = played(PYTHON, chunks), played(native_or_skip(), chunks)
    assert ours[2] == theirs[2]
    if not ours[2]:
        assert theirs == ours
    for one, other in zip(ours[:2], theirs[:2], strict=True):  # what came with the end may be lost
        assert one[: len(other)] == other or other[: len(one)] == one


def test_a_stream_without_damage_has_all_its_pictures_in_both() -> None:
    chunks = streamed([b"RTP"] * 20 + [ANSWER] + [b"RTP"] * 20, [7, 100, 3, 250])
    with standing_clock():
        for rtp in (PYTHON, native_or_skip()):
            units, messages, reason = played(rtp, chunks)
            assert (len(units), len(messages), reason) == (40, 1, "")


# --- what only native objects can do


def test_a_native_object_belongs_to_its_process_and_to_one_thread() -> None:
    rtp = native_or_skip()
    _, reception = reception_of(rtp)
    packet = Sender().picture(KEY, 0)[0]
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            reception.take(0, packet, 0)
        except ForkedView:
            os.write(writer, b"forked")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 16) == b"forked"
    os.close(reader)
    os.close(writer)
    assert len(reception.take(0, packet, 0)) == 1
    wired = Wired(rtp)
    try:
        wired.server.sendall(interleaved(0, packet))
        wired.seen(1)
        over = threading.Event()

        def read() -> None:
            while not over.is_set():
                with suppress(RuntimeError):
                    wired.intake.more()

        # While one thread waits without the GIL, others run, see the counters, and are refused instead of waiting.
        thread = threading.Thread(target=read)
        thread.start()
        try:
            while not over.is_set():
                assert wired.tracks[0].lost == 0
                try:
                    wired.reception.take(0, packet, 0)
                except RuntimeError:
                    over.set()
        finally:
            over.set()
            thread.join()
    finally:
        wired.close()

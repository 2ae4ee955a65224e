"""Cameras that send JPEG pictures by HTTP: an endless stream of them, or one for each request (a snapshot). The source's thread.

A stream of pictures (multipart or bare) is read as it comes. One bare picture is a snapshot if its length is known or the answer ends; a server
that does neither is waited for up to half of the time that is left to connect. A snapshot is requested every `interval_s`, on one kept connection, and only after
the answer before: a slow camera gets no second request meanwhile. In both cases a picture is published with its last byte, as MJPEG, and is
timed by its arrival. A failure ends the attempt; the node makes the next one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction
from time import monotonic, monotonic_ns

from framecast.errors import SourceError
from framecast.media.audio import AudioContext
from framecast.media.camera import jpeg_packet
from framecast.media.coding import Coding
from framecast.media.parameters import probe
from framecast.model import EncodedPacket, Kind, StreamSpec, TrackInfo
from framecast.protocols.http.jpegs import BEGIN, Jpegs
from framecast.sources.http.client import Client, Reply

_MICROSECONDS = Fraction(1, 1_000_000)
_MOST_BYTES = 64 << 20  # of a picture
_STREAM_RATE = Fraction(25)
_PEEK_BYTES = 16
_PNG, _APNG = b"\x89PNG\r\n\x1a\n", b"acTL"
# The most bytes before the first picture: a source with more is not a stream of pictures.
_MAX_PREAMBLE = 4 << 20
_NOT_MODIFIED = 304
_CONDITIONS = {"If-None-Match": "etag", "If-Modified-Since": "last-modified"}
_MAX_TAG = 1024  # letters of an ETag that are worth sending back
_MOVING = ("image/gif", "image/apng", "image/png")
# Answers in a row without a whole picture that are tolerated after the first picture.
_MAX_BROKEN = 3


class Camera:
    """An open camera, in the form that `pull` needs. `video` is known from the first picture."""

    audio: TrackInfo | None = None
    video_index, audio_index = 0, -1
    coding = Coding("mjpeg", "mjpeg")

    def __init__(
        self, client: Client, first: bytes, rest: Iterator[bytes], format: str, rate: Fraction
    ) -> None:
        picture = probe(self.coding, first)
        if picture is None:
            raise SourceError("bad-data", "the camera's JPEG picture cannot be decoded")
        self.waited_at_ns = 0
        self._client, self._first, self._rest, self.format = client, first, rest, format
        self.video: TrackInfo | None = TrackInfo(
            "video",
            Kind.PACKETS,
            time_base=_MICROSECONDS,
            codec="mjpeg",
            picture=picture,
            width=picture.width,
            height=picture.height,
            rate=rate,
        )

    @property
    def audio_context(self) -> AudioContext:
        """Cameras of pictures have no sound."""
        raise LookupError("a camera of JPEG pictures has no audio")

    def lost_packets(self, _index: int) -> int:
        """Return 0: TCP loses nothing."""
        return 0

    def packets(self) -> Iterator[EncodedPacket]:
        """Yield the pictures as they come.

        Raises:
            SourceError: stalled, closed, bad-data, or why the camera refuses.
        """
        yield jpeg_packet(self._first)
        for picture in self._rest:
            # A snapshot is always the newest picture.
            self.waited_at_ns = monotonic_ns() if self.format == "snapshot" else self._client.waited_at_ns
            yield jpeg_packet(picture)

    def __enter__(self) -> Camera:
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.close()


def opened(client: Client, spec: StreamSpec, stop: threading.Event) -> Camera | None:
    """Return the camera at an address, None if something else is there.

    Raises:
        SourceError: it cannot be reached, refuses, or sends no picture in time.
    """
    deadline = monotonic() + spec.timeout_s
    reply = client.get(deadline, {})
    jpegs = Jpegs(most_bytes(spec))
    pieces = reply.body(None, spec.stall_s)
    kind = reply.answer.header("content-type").lower()
    head = _head(pieces)
    if not kind.startswith("multipart/") and BEGIN not in head[: _PEEK_BYTES * 4]:
        _refuse(head, kind)
        return None
    found, is_over = _first(jpegs, head, pieces, reply, deadline)
    if not found:
        what = (
            "multipart answer has no whole JPEG picture in it"
            if kind.startswith("multipart/")
            else "JPEG picture is not whole"
        )
        raise SourceError("bad-data", f"the camera's {what}")
    if is_over and len(found) == 1 and not kind.startswith("multipart/"):
        snapshots = Snapshots(client, spec, stop, reply, found[0])
        rate = Fraction(spec.interval_s).limit_denominator(1000)
        return Camera(client, found[0], snapshots.pictures(), "snapshot", 1 / rate)
    return Camera(client, found[0], _stream(jpegs, found[1:], pieces, spec), "mpjpeg", _STREAM_RATE)


def most_bytes(spec: StreamSpec) -> int:
    """Return how large a picture may be."""
    return min(_MOST_BYTES, spec.memory_limit_mb << 20)


def _head(pieces: Iterator[bytes]) -> bytes:
    """Return the beginning of the body: enough to know what it is."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= _PEEK_BYTES and head.strip():
            break
    return head


def _refuse(head: bytes, kind: str) -> None:
    if head.startswith(_PNG) and _APNG not in head[:256]:
        raise SourceError(
            "unsupported",
            "the address gives a PNG picture, expected JPEG: set the camera's snapshots to JPEG",
        )
    if kind.startswith("image/") and "jp" not in kind and kind.partition(";")[0] not in _MOVING:
        raise SourceError("unsupported", f"the address gives a picture of the type {kind:.40}, expected JPEG")
    if kind.startswith("text/html") and head.lstrip()[:1] == b"<":
        raise SourceError(
            "unsupported",
            "the address gives a web page, expected video or a JPEG picture: is it the right path?",
        )


def _first(
    jpegs: Jpegs, head: bytes, pieces: Iterator[bytes], reply: Reply, deadline: float
) -> tuple[list[bytes], bool]:
    """Return the first picture and those that came with it, and whether the answer is over."""
    found = list(jpegs.take(head))
    is_stream = reply.answer.header("content-type").lower().startswith("multipart/")
    size = len(head)
    try:
        while True:
            if found and (is_stream or len(found) > 1 or jpegs.is_inside):
                reply.connection.stay()
                return found, False
            if found:
                # A bare picture: one of a known length is a snapshot. Otherwise the end of the answer shows it, or the next picture a stream.
                reply.connection.hurry(None if reply.answer.is_counted else (monotonic() + deadline) / 2)
            elif monotonic() > deadline:
                raise SourceError("timeout", "the camera did not send a whole picture in time")
            elif not jpegs.is_inside and size > _MAX_PREAMBLE:
                return [], False
            piece = next(pieces, b"")
            if not piece:
                return found, True
            size += len(piece)
            found += jpegs.take(piece)
    except SourceError as error:
        if not found and error.reason != "closed":
            raise
    return found, True


def _stream(jpegs: Jpegs, found: list[bytes], pieces: Iterator[bytes], spec: StreamSpec) -> Iterator[bytes]:
    """Yield the pictures of an endless answer. Text between them does not count as a sign of life."""
    yield from found
    heard = monotonic()
    try:
        for piece in pieces:
            for picture in jpegs.take(piece):
                heard = monotonic()
                yield picture
            if monotonic() - heard > spec.stall_s:
                raise _stalled(spec.stall_s)
    except SourceError as error:
        if error.reason == "timeout":
            raise _stalled(spec.stall_s) from None
        raise


def _stalled(silence_s: float) -> SourceError:
    return SourceError("stalled", f"nothing came for {silence_s:g} s")


class Snapshots:
    """Asks for a picture every `interval_s`, the first of which is here already."""

    def __init__(
        self, client: Client, spec: StreamSpec, stop: threading.Event, reply: Reply, first: bytes
    ) -> None:
        self._client, self._spec, self._stop = client, spec, stop
        self._picture = first
        self._conditions: dict[str, str] = {}
        self._asked = monotonic()
        self._learn(reply)

    def pictures(self) -> Iterator[bytes]:
        """Yield the newest picture every `interval_s`.

        An unchanged picture (304, or the same bytes) is yielded again: it shows the present.

        Raises:
            SourceError: stalled if no answer came in `stall_s`; closed, bad-data, or why the camera refuses.
        """
        broken = 0
        while self._wait():
            picture = self._next()
            broken = 0 if picture else broken + 1
            if broken >= _MAX_BROKEN:
                raise SourceError(
                    "bad-data", f"the camera's last {broken} answers were not whole JPEG pictures"
                )
            if picture:
                self._picture = picture
                yield picture

    def _wait(self) -> bool:
        """Wait until it is time for the next request; False if `stop` came before."""
        due = max(self._asked + self._spec.interval_s, monotonic())
        stopped = self._stop.wait(max(0.0, due - monotonic()))
        self._asked = due
        return not stopped

    def _next(self) -> bytes | None:
        """Return the camera's picture, None if it is not whole."""
        deadline = monotonic() + self._spec.stall_s
        try:
            reply = self._client.get(deadline, self._conditions)
            if reply.answer.status == _NOT_MODIFIED:
                self._read(reply, deadline)
                return self._picture
            pictures = self._read(reply, deadline)
        except SourceError as error:
            if error.reason == "timeout":
                raise _stalled(self._spec.stall_s) from None
            raise
        if pictures:
            self._learn(reply)
        else:
            self._conditions = {}
        return pictures[-1] if pictures else None

    def _read(self, reply: Reply, deadline: float) -> list[bytes]:
        """Return the pictures of an answer. If its Content-Length is too large, it ends a little later; if it is cut, it has no picture."""
        jpegs = Jpegs(most_bytes(self._spec))
        found: list[bytes] = []
        size = 0
        try:
            for piece in reply.body(deadline):
                found += jpegs.take(piece)
                size += len(piece)
                if found:
                    reply.connection.hurry()
                if size > most_bytes(self._spec) or len(found) > 1:
                    raise SourceError("bad-data", "the camera's answer is larger than one picture may be")
        except SourceError as error:
            is_cut = error.reason == "closed" or (error.reason == "timeout" and found)
            if not is_cut or self._stop.is_set():
                raise
        return found

    def _learn(self, reply: Reply) -> None:
        """Remember the headers that identify this picture to the server."""
        told = {ours: reply.answer.header(theirs) for ours, theirs in _CONDITIONS.items()}
        self._conditions = {name: value for name, value in told.items() if 0 < len(value) <= _MAX_TAG}

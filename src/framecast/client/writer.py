"""A stream that the program writes: pictures, encoded packets, sound and data, for every reader there is.

Usable from several threads at once: records go out in the order of the calls. Publishing never waits for a reader, and works on
while the node restarts. When the program dies or closes it, readers wait for the next writer of the name.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from framecast.bus import TrackWriter
from framecast.bus.forked import close_in_child
from framecast.bus.runtime import node_socket
from framecast.client.frame import Frame
from framecast.client.image import check_format, copy_into, describe
from framecast.client.packet import Packet
from framecast.client.publication import Publication
from framecast.client.remote_publication import RemotePublication
from framecast.client.samples import Samples, as_sound
from framecast.client.stamp import Stamp
from framecast.client.timed import Moment
from framecast.client.track_reader import TrackReader
from framecast.errors import Closed, ForkedView, Invalid
from framecast.model import Flag, Kind, Picture, TrackInfo, check_name
from framecast.model.data import Value, pack
from framecast.peer.address import remote_address

_ANNOUNCED_AT_ONCE = {"data": TrackInfo("data", Kind.DATA)}
_KINDS = ("frames", "samples", "data")


class Writer:
    """The only writer of a stream. Made by `framecast.publish`; a context manager."""

    def __init__(
        self,
        publication: Publication | RemotePublication,
        declared: Iterable[str | TrackInfo],
        format: str | None,
        like: TrackInfo | None,
    ) -> None:
        self.name = publication.name
        self._publication = publication
        self._format = format
        self._like = like
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._stamp = Stamp()
        self._tracks: dict[str, TrackWriter] = {}
        declared = tuple(declared)
        # Told to be ready with the last of them: a reader of one that is not announced then is refused.
        self._awaited = {track.name if isinstance(track, TrackInfo) else track for track in declared}
        self._live = False
        self._closed = False
        close_in_child(self)
        for track in declared:
            self._declare(track)
        self._tell_ready()

    @property
    def wanted(self) -> bool:
        """True while somebody reads the stream or waits for it, even before the first `send`. While it is False a program may skip its work."""
        self._check_process()
        return self._publication.wanted

    @property
    def node_connected(self) -> bool:
        """False while the node is gone; this writer comes back to it by itself."""
        self._check_process()
        return self._publication.connected

    def send(
        self,
        image: NDArray[np.generic] | Frame,
        *,
        at: Moment | None = None,
        captured_at: int | None = None,
        format: str | None = None,
    ) -> int:
        """Copy a picture into the stream and return its sequence number; the array is free again at once.

        `image` is uint8: (height, width, 3) bgr or rgb, (height, width) gray, (height * 3 / 2, width) i420 or nv12, any
        strides; or a Frame, which goes on in its own format. `format` None is that of `publish`, else gray for two
        dimensions and bgr for three. Another size or format begins a new epoch.
        `at` is a frame, or anything that was read, whose times the picture takes over. Without it the picture was captured at
        `captured_at` (UTC nanoseconds), or now.

        Raises:
            Invalid: dtype, shape or format is not allowed.
            Conflict: while the node was away another program took the name.
            NotEnoughMemory: the picture is lost, there is no memory for it.
            Closed: this writer was closed.
        """
        pixels, picture = _pixels(image, format or self._format)
        moment = image if at is None and isinstance(image, Frame) else at
        with self._lock:
            track = self._frames(picture, moment)
            meta = self._stamp.meta(track.info.time_base, moment, captured_at)
            slot = track.reserve(picture.layout.size_bytes)
            try:
                copy_into(slot.view, picture, pixels)
            except BaseException:
                track.cancel(slot)
                raise
            return track.publish(slot, meta)

    def send_packet(
        self,
        packet: Packet | bytes | bytearray | memoryview,
        *,
        track: str = "video",
        is_key: bool = True,
        pts: int | None = None,
        dts: int | None = None,
        duration: int = 0,
        at: Moment | None = None,
        captured_at: int | None = None,
    ) -> int:
        """Copy an encoded packet into the stream and return its sequence number.

        A `Packet` of a reader goes on as it is, with its track, codec and times. Bytes belong to a `track` that was
        declared by its `TrackInfo` at `publish`; `pts`, `dts` and `duration` count in that track's time base.

        Raises:
            Invalid: bytes for a track that was not declared.
            As `send`.
        """
        with self._lock:
            self._check()
            if isinstance(packet, Packet):
                writer, meta = self._track(replace(packet.info, epoch=0)), packet.meta
                return writer.send(packet.payload, meta)
            declared = self._tracks.get(track)
            if declared is None or declared.info.kind is not Kind.PACKETS:
                raise Invalid(
                    f"the bytes for track {track} have no known codec: declare the track, "
                    f"publish({self.name!r}, tracks=[TrackInfo({track!r}, Kind.PACKETS, codec=...)])"
                )
            writer = self._track(declared.info)
            meta = self._stamp.meta(declared.info.time_base, at, captured_at)
            flags = Flag.KEY if is_key else Flag.NONE
            when = meta.pts if pts is None else pts
            return writer.send(packet, replace(meta, pts=when, dts=dts, duration=duration, flags=flags))

    def send_samples(
        self,
        block: NDArray[np.generic] | Samples,
        rate: int = 48000,
        *,
        at: Moment | None = None,
        captured_at: int | None = None,
    ) -> int:
        """Copy sound into the stream and return its sequence number.

        `block` is int16, (number of samples, channels) or (number of samples,), at `rate` samples a second; times are of
        its first sample. Without `at` and `captured_at` blocks follow each other without a gap.

        Raises:
            Invalid: dtype or shape is not allowed.
            As `send`.
        """
        if isinstance(block, Samples):
            at, rate, block = at or block, block.rate, block.array
        array = as_sound(block)
        with self._lock:
            info = TrackInfo(
                "samples",
                Kind.SAMPLES,
                time_base=Fraction(1, rate),
                codec="s16",
                sample_rate=rate,
                channels=array.shape[1],
            )
            writer = self._track(info)
            meta = self._stamp.meta_of_sound(info.time_base, len(array), at, captured_at)
            return writer.send(array.tobytes(), meta)

    def send_data(
        self,
        value: Value | bytearray | memoryview | np.generic,
        *,
        at: Moment | None = None,
        captured_at: int | None = None,
    ) -> int:
        """Copy an array of numbers, a JSON value or bytes into the stream and return its sequence number.

        Raises:
            Invalid: an array of objects, or a value that JSON does not know.
            As `send`.
        """
        packed = pack(value)
        with self._lock:
            time_base = self._time_base("data", at)
            writer = self._track(replace(_ANNOUNCED_AT_ONCE["data"], time_base=time_base))
            meta = self._stamp.meta(time_base, at, captured_at)
            slot = writer.reserve(packed.size_bytes)
            packed.write(slot.view)
            return writer.publish(slot, meta)

    def finish(self) -> None:
        """End the stream for good: readers that have got everything end, and do not wait for another writer."""
        with self._lock:
            self._check()
            self._publication.finish()
        self.close()

    def close(self) -> None:
        """End the stream's writer; readers that are here keep what they have. Idempotent, from any thread."""
        if os.getpid() == self._pid:
            self._closed = True
            self._publication.close()

    def after_fork(self) -> None:
        """In a forked child: another thread of the parent may be sending."""
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _declare(self, track: str | TrackInfo) -> None:
        if isinstance(track, TrackInfo):
            self._track(track)
        elif track in _ANNOUNCED_AT_ONCE:
            self._track(_ANNOUNCED_AT_ONCE[track])
        elif track not in _KINDS:
            raise Invalid(f"track {track!r} is not a known name: use {', '.join(_KINDS)} or a TrackInfo")

    def _frames(self, picture: Picture, moment: Moment | None) -> TrackWriter:
        """The track for pictures like this one; nothing is described again while they stay the same."""
        track = self._tracks.get("frames")
        if track is not None and track.info.picture == picture:
            self._check()
            return track
        info = TrackInfo(
            "frames",
            Kind.FRAMES,
            time_base=self._time_base("frames", moment),
            picture=picture,
            width=picture.width,
            height=picture.height,
            rate=self._like.rate if self._like else None,
        )
        return self._track(info)

    def _check(self) -> None:
        self._check_process()
        if self._closed:
            raise Closed(f"the writer of {self.name} was closed")
        self._publication.check()

    def _check_process(self) -> None:
        if os.getpid() != self._pid:
            raise ForkedView("writer")

    def _track(self, info: TrackInfo) -> TrackWriter:
        """The track that holds records like `info`: announced with the first, and again when they change."""
        self._check()
        track = self._tracks.get(info.name)
        if track is None or track.info.at_epoch(0) != info.at_epoch(0):
            track = self._tracks[info.name] = self._publication.publisher.track(info)
            self._awaited.discard(info.name)
            self._tell_ready()
        return track

    def _tell_ready(self) -> None:
        if self._tracks and not self._awaited and not self._live:
            self._live = True
            self._publication.go_live()

    def _time_base(self, name: str, at: Moment | None) -> Fraction:
        """A track keeps the time base that its first record had."""
        track = self._tracks.get(name)
        if track is not None:
            return track.info.time_base
        if at is not None:
            return at.time_base
        return self._like.time_base if self._like else Fraction(1, 1_000_000)


def publish(
    name: str,
    like: TrackReader[Frame] | Frame | None = None,
    *,
    format: str | None = None,
    tracks: Iterable[str | TrackInfo] = ("frames",),
    node: str | os.PathLike[str] | None = None,
    **remote_options: str | int | bool,
) -> Writer:
    """Return the writer of a new stream of the running node; it exists as long as the writer.

        with framecast.open("front-door") as camera, framecast.publish("negative", like=camera) as out:
            for frame in camera:
                out.send(255 - frame.bgr, at=frame)

    `name` may be that of a stream of another node, "grpc://host:50051/negative". Pictures then travel as H.264 and while somebody
    there reads them; `remote_options` change that: raw=True sends them as they are, jpeg=85 as JPEG; token="..." is the node's.
    `like`, a reader or a frame, lends its rate and time base. `format` is what arrays given to `send` are.
    `tracks` says what will be sent: "frames", "samples", "data", or a TrackInfo for encoded packets. A reader who asks for a
    track that is declared waits for it; a reader of another track gets a conversion, or the error that there is none.
    `node`: the runtime folder of another node than the usual one.

    Raises:
        NodeUnavailable: no node answers.
        Conflict: the stream has another writer already.
        Denied: the other node wants another access token.
        Invalid: the name, the format, a track or an option is not allowed.
    """
    info = like.info if like is not None else None
    checked = check_format(format)
    publication = _publication(name, node, remote_options)
    try:
        return Writer(publication, tracks, checked, info)
    except BaseException:
        publication.close()
        raise


def _publication(
    name: str, node: str | os.PathLike[str] | None, options: Mapping[str, str | int | bool]
) -> Publication | RemotePublication:
    address = remote_address(name, options)
    if address is None:
        if options:
            raise Invalid(f"{', '.join(options)}: only for publishing to another node, grpc://host/name")
        check_name(name)
        return Publication(name, node_socket(None if node is None else Path(node)))
    if node is not None:
        raise Invalid(f"{address.url} already names the node: leave out node=")
    return RemotePublication(address)


def _pixels(image: NDArray[np.generic] | Frame, format: str | None) -> tuple[NDArray[np.generic], Picture]:
    if isinstance(image, Frame):
        return image.as_format(image.format), image.picture
    array = np.asarray(image)
    return array, describe(array, format)

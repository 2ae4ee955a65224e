"""`framecast.open` and `framecast.snapshot`: from a name or an address to frames."""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from framecast.client.image import check_format
from framecast.client.place import is_file, locate
from framecast.client.reader import Reader, ReadOptions
from framecast.client.stored import is_stored, resolved
from framecast.client.track_reader import StateCallback
from framecast.clock import NS, monotonic_ns
from framecast.errors import Invalid, NodeUnavailable, NotFound, SourceError, WouldBlock
from framecast.model import PACES, Kind, Policy, TrackName
from framecast.model.source import mask
from framecast.peer.address import PeerAddress, remote_address

# How many pictures of a file are decoded ahead of its reader.
_AHEAD = Policy(16)
# A picture of another node that may come later is asked for again after this time.
_RETRY_S = 0.25


def open(
    what: str | int | os.PathLike[str],
    *,
    format: str | None = None,
    size: tuple[int, int] | None = None,
    track: str | None = None,
    policy: str | None = None,
    max_fps: float = 0.0,
    timeout_s: float | None = None,
    wait: bool = True,
    on_state: StateCallback | None = None,
    node: str | os.PathLike[str] | None = None,
    pace: str | None = None,
    **source_options: str | float | bool,
) -> Reader:
    """Return a reader of a stream: its frames by iteration or `read`, its packets, sound and data by methods.

        with framecast.open("front-door") as camera:
            for frame in camera:
                print(frame.bgr.shape, frame.age_s)

    `what` is the name of a stream of the running node; or `video:ID`, a video of its library; or a URL, file, device (a number or
    /dev/video0), `pattern:` or `numbers:`, which a node of this program's own opens, started at the first need and ended with the program. It then
    takes `source_options`, those that `framecast.yaml` allows under a stream: loop, transport, audio, hwaccel, ...

    `format` (i420, nv12, bgr, rgb, gray) and `size` ((width, height), one may be 0) are made once for all who ask for the
    same, in a process of their own; without them frames are native, and `frame.bgr` converts here.
    `track` names the same by its track name: "frames/bgr/640x360".
    `policy` "latest" skips to the newest frame, "queue(8)" keeps up to 8. `max_fps` thins at the source.
    `pace` of a file: "fastest" gives every picture once, as fast as this reader takes them; "patient" does so at the file's own rate at
    most, and is what a file with a queue gets; "normal" waits for nobody. Only a file that is opened by its path waits.
    `timeout_s`: how long iteration and `read()` wait, None for ever. `wait` true: the stream and its camera may come later; if there is
    no stream of that name yet, a warning lists those that exist. A file must exist.
    `on_state(state, detail)` is called at each change of the stream's state, by the thread that reads.
    `node`: the runtime folder of another node than the usual one.

    Raises:
        NodeUnavailable: `what` is a name and no node answers.
        NotFound: with `wait` false, the node has no such stream. (A source that fails then raises SourceError at `read`.)
        SourceError: not-found: the file does not exist; the message has the path and similar names.
        Invalid: a format, size, policy, name or option that is not allowed.
    """
    name = _track(track, format, size)
    (what, data), node = resolved(what, node), None if is_stored(what) else node
    if not 0 <= max_fps <= 1000:
        raise Invalid(f"max_fps must be between 0 (unlimited) and 1000, got {max_fps}")
    chosen = None if policy is None else Policy.parse(policy)
    if pace is None:
        pace = "patient" if chosen is not None and not chosen.latest and is_file(what) else "normal"
    elif pace not in PACES:
        raise Invalid(f"pace must be one of {', '.join(PACES)}, got {pace!r:.40}")
    waits = pace != "normal"
    if waits:
        # Nothing is skipped: the policy only says how far the source may be ahead.
        chosen = Policy(max(1, chosen.depth)) if chosen is not None else _AHEAD
        source_options |= {"pace": pace, "pictures": str(name)}
    given: dict[str, Any] = dict(source_options)
    if data:
        given |= {"pace": pace, "data": data}
    options = ReadOptions(
        name, str(chosen or Policy()), max_fps, timeout_s, wait and not waits, on_state, pace
    )
    folder = None if node is None else Path(node)
    return Reader(locate(what, folder, wait, given), options)


def snapshot(
    what: str | int | os.PathLike[str],
    *,
    quality: int = 80,
    size: tuple[int, int] | None = None,
    timeout_s: float = 10.0,
    wait: bool = False,
    node: str | os.PathLike[str] | None = None,
    max_age_s: float = 5.0,
) -> bytes:
    """Return the newest picture of a stream as JPEG.

    `quality` is 1 to 100; `size` is (width, height), one may be 0. A stream that does not exist or is offline is an error at once,
    unless `wait` is true: it may come within `timeout_s` then. What is kept of a source that has stopped is no picture of now: one
    that arrived at its source more than `max_age_s` seconds ago is passed over, and the next is waited for; 0 is the next one in any
    case. Of a stream at another node (grpc://host/name) that node gives the picture, and tells its age by its own clock.

    Raises:
        WouldBlock: no picture came in time.
        As `open`.
    """
    if not max_age_s >= 0:
        raise Invalid(
            f"max_age_s must be 0 (the next picture) or a positive number of seconds, got {max_age_s:g}"
        )
    track = TrackName.parse(str(TrackName("jpeg", quality=quality, size=size)))
    until = monotonic() + timeout_s
    remote = remote_address(str(what), {})
    if remote is not None and node is None:
        return _remote_snapshot(remote, track, max_age_s, until, wait)
    asked_ns = monotonic_ns()
    with (
        open(what, timeout_s=timeout_s, wait=wait, node=node) as stream,
        stream.packets(track=str(track)) as pictures,
    ):
        age_s: float | None = None
        while True:
            try:
                picture = pictures.read(max(0.001, until - monotonic()))
            except WouldBlock as error:
                if age_s is None:
                    raise pictures.nothing_came(timeout_s) from error
                raise _too_old(what, age_s, max_age_s) from error
            age_s = (monotonic_ns() - picture.arrived_ns) / NS
            if age_s <= max_age_s or picture.arrived_ns >= asked_ns:
                return picture.payload


def _remote_snapshot(
    address: PeerAddress, track: TrackName, max_age_s: float, until: float, wait: bool
) -> bytes:
    """Ask the node there. With `wait` its stream, or the node itself, may come later."""
    from framecast.peer.peer import Peer, SnapshotOptions  # only programs that ask another node need gRPC

    stream = PeerAddress.of_stream(address.source).stream
    options = SnapshotOptions(track.quality or 0, track.size or (0, 0), max_age_s)
    passing = (NotFound, SourceError, NodeUnavailable, WouldBlock) if wait else (WouldBlock,)
    with Peer(address) as peer:
        while True:
            try:
                return peer.snapshot(stream, options, max(0.001, until - monotonic()))
            except passing:
                if until - monotonic() <= _RETRY_S:
                    raise
                sleep(_RETRY_S)


def _too_old(what: object, age_s: float, max_age_s: float) -> WouldBlock:
    return WouldBlock(
        f"the newest picture of {mask(str(what))} is {age_s:.0f} s old, expected at most {max_age_s:g} s: "
        "its source sends nothing now; use a larger max_age_s to accept the old picture"
    )


def _track(track: str | None, format: str | None, size: tuple[int, int] | None) -> TrackName:
    if track is not None and (format is not None or size is not None):
        raise Invalid("give either track= or format= and size=, not both")
    if track is not None:
        name = TrackName.parse(track)
        if name.kind is not Kind.FRAMES:
            raise Invalid(
                f"track {track} has no pictures: open the stream and use .packets(), .samples() or .data()"
            )
        return name
    if size is not None and format is None:
        format = "i420"  # what a decoder gives, and half the bytes of bgr
    return TrackName.parse(str(TrackName("frames", format=check_format(format), size=size)))

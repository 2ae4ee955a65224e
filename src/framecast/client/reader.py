"""A stream in the program's hand: its frames, and readers of its other tracks.

Belongs to one reading thread; `close` may come from any and also closes what was opened from here. Nothing is
asked of the camera before the first use: a program that only wants packets causes no decoding.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import index
from typing import Any, TypeVar

from framecast.bus import Record, SeekingSubscriber
from framecast.client.data import Item
from framecast.client.fmp4 import Fmp4Reader
from framecast.client.frame import Frame
from framecast.client.packet import Packet, PacketReader
from framecast.client.place import Place
from framecast.client.readable import Readable
from framecast.client.samples import Samples
from framecast.client.track_reader import StateCallback, TrackReader
from framecast.errors import Closed, Invalid
from framecast.model import Kind, Policy, Subscription, TrackName
from framecast.model.subscription import default_policy

# A picture, or a second, that no file has.
_FARTHEST = 1 << 40
T = TypeVar("T")
R = TypeVar("R", bound=Readable[Any])


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What `open` was asked for; the same holds for the readers of other tracks."""

    track: TrackName
    policy: str | None = None
    max_fps: float = 0.0
    timeout_s: float | None = None
    patient: bool = True
    on_state: StateCallback | None = None
    pace: str = "normal"


class Reader(TrackReader[Frame]):
    """The frames of a stream, newest first. Made by `framecast.open`.

    A context manager and an iterator, sync and async: iteration never repeats a frame, goes on through reconnects,
    and ends when the stream ends or this reader is closed.
    """

    def __init__(self, place: Place, options: ReadOptions) -> None:
        waits = options.pace != "normal"
        super().__init__(
            place,
            _subscription(
                place, options, options.track, options.policy, (str(options.track),) if waits else ()
            ),
            Frame,
            timeout_s=options.timeout_s,
            patient=options.patient,
            on_state=options.on_state,
        )
        self._options = options
        self._children: list[Readable[Any]] = []

    def packets(
        self, audio: bool = False, *, track: str = "video", policy: str = "queue(512)"
    ) -> PacketReader:
        """Return a reader of the encoded packets; it begins at a key frame and needs no decoder.

        With `audio` the packets of both tracks come in the order in which the source had them. `track` may also be a
        rendition such as "jpeg/75" or "jpeg/75/640x0": pictures coded once for all who ask for the same.
        """
        names = [track, "audio"] if audio else [track]
        tracks = [self._track(name, policy, Packet, Kind.PACKETS, names) for name in names]
        return self._keep(PacketReader(tracks, self.timeout_s))

    def fmp4(self, audio: bool = False, *, track: str = "video", policy: str = "queue(512)") -> Fmp4Reader:
        """Return a reader of fragmented MP4: an init segment, then one fragment for each frame.

        With `audio` also one for each packet of sound, in the order in which the source had them; sound that MP4 or
        browsers do not have (G.711, PCM) comes as AAC, coded once for all. `track` "video/h264" does the same for pictures.
        Concatenated, what it returns is a file that plays.
        """
        packets = self.packets(audio, track=track, policy=policy)

        def aac() -> TrackReader[Packet]:
            return self._track("audio/aac", policy, Packet, Kind.PACKETS)

        return self._keep(Fmp4Reader(packets, self.timeout_s, aac if audio else None))

    def samples(self, policy: str = "queue(512)") -> TrackReader[Samples]:
        """Return a reader of the decoded sound: int16 blocks, (number of samples, channels)."""
        return self._keep(self._track("samples", policy, Samples, Kind.SAMPLES))

    def data(self, policy: str = "queue(512)") -> TrackReader[Item]:
        """Return a reader of the data track: arrays, JSON values or bytes."""
        return self._keep(self._track("data", policy, Item, Kind.DATA))

    def seek(self, *, frame: int | None = None, time_s: float | None = None) -> int:
        """Go on at another place of a file at the fastest pace; return the number of the picture that comes next, or would.

        `frame` counts from 0, `time_s` from the file's beginning. Works at the end of the file, too. Behind the end nothing comes. Waits
        until the source has found the place; where that is in a file without an index, it reads the file up to there.

        Raises:
            Invalid: the stream is no file at the fastest pace.
            WouldBlock: the source did not answer within `timeout_s`.
            As `read`.
        """
        found: int = self._sought(frame=frame, time_s=time_s)["frame"]
        return found

    def close(self) -> None:
        """Stop reading, here and in every reader opened from here. Idempotent, from any thread."""
        super().close()
        while self._children:
            self._children.pop().close()
        self._place.release()

    def _sought(self, *, frame: int | None = None, time_s: float | None = None) -> dict[str, Any]:
        """As `seek`, and return all that the source answers: `frame`; `before`, the pts of the picture before it; `end`."""
        if self._options.pace != "fastest":
            raise Invalid(f'{self.name} cannot seek: open the file with pace="fastest"')
        if (frame is None) == (time_s is None):
            raise Invalid("seek needs either frame= or time_s=, and not both")
        subscriber = self._ask()
        assert isinstance(subscriber, SeekingSubscriber)
        order: dict[str, Any] = {"time_s": min(max(0.0, time_s or 0.0), _FARTHEST)}
        if frame is not None:
            order = {"frame": min(max(0, index(frame)), _FARTHEST)}
        return subscriber.seek(order, self.timeout_s)

    def _track(
        self,
        name: str,
        policy: str,
        wrap: Callable[[Record], T],
        kind: Kind,
        together: Sequence[str] = (),
    ) -> TrackReader[T]:
        if self._closed:
            raise Closed(f"this reader of {self.name} was closed")
        track = TrackName.parse(name)
        if track.kind is not kind:
            raise Invalid(f"track {name} holds {track.kind}, not {kind}")
        is_fastest = self._options.pace == "fastest"
        if is_fastest and track.is_rendition:
            raise Invalid(
                f'track {name} cannot be read with pace="fastest", which delivers every picture: it is a rendition, which may skip some. '
                "Read the frames (frame.jpeg() makes JPEG) or the file's own packets, or leave pace out"
            )
        reader = TrackReader(
            self._place,
            _subscription(
                self._place, self._options, track, policy, tuple(together or [name]) if is_fastest else ()
            ),
            wrap,
            timeout_s=self.timeout_s,
            patient=self._options.patient,
            on_state=self.on_state,
        )
        reader.fileno()  # asks the node now: what is sent from here on is not missed
        return reader

    def _keep(self, child: R) -> R:
        self._children.append(child)
        return child


def _subscription(
    place: Place, options: ReadOptions, track: TrackName, policy: str | None, awaited: tuple[str, ...]
) -> Subscription:
    """A label of the program's name and number, for people who look at the node."""
    chosen = Policy.parse(policy) if policy is not None else default_policy(track.kind)
    label = f"{os.path.basename(sys.argv[0]) or 'python'} {os.getpid()}"
    frames = track.kind is Kind.FRAMES
    # `wait` always: where it was not wished the node was asked already, and later the node itself may restart.
    return Subscription(
        place.stream, track, chosen, options.max_fps if frames else 0.0, label, wait=True, awaited=awaited
    )

"""Records a stream to a file: from a key frame on, with its sound, through outages of the source.

A reader like any other, in the thread that calls. If the source comes back in another size or codec, which one file
cannot hold, the recording continues in the next file (`name-2.mp4`). If this process is killed the file plays up to its
last two seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from time import monotonic, monotonic_ns

from framecast.client.packet import Packet, PacketReader
from framecast.client.reader import Reader
from framecast.errors import Ended, WouldBlock
from framecast.media.recording import Recording, container_of
from framecast.media.segmenter import CutRule, Placement
from framecast.model import TrackInfo

# How long the beginning waits for the sound to come: a file's tracks stand at its beginning.
HOLD_S = 3.0
# Tracks of one source share a line of time; what differs more from the wall clock has begun a new one.
MAX_SKEW_S = Fraction(1, 2)
_LOOK_UP_S = 0.25
# One file for as long as it can hold the stream.
_CUT = CutRule()
# Sound may begin so much after the picture; what is further apart has another line of time.
_CLOSE_S, _FAR_S = Fraction(1, 20), 30
# A coder moves a picture by no more places.
_REORDERED = 17
# An outage at the end must not make a recording longer than was asked for, and little more than that is no outage.
_OVERTIME_S = 2.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a recording is. `files` are all that were begun, none at first; `seconds` is what they play."""

    seconds: float
    files: tuple[Path, ...]
    tracks: tuple[TrackInfo, ...]


def _ignore(_progress: Progress) -> None:
    """Do nothing with it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be recorded. `seconds` None records until `stop` is set or the stream ends."""

    path: Path
    seconds: float | None = None
    audio: bool = True
    fragmented: bool = False
    patience_s: float = 15.0  # for the first packet
    stop: threading.Event = field(default_factory=threading.Event)
    on_progress: Callable[[Progress], None] = _ignore


def record(reader: Reader, order: Order) -> Progress:
    """Record what `order` asks for and return the result; the file is complete when this returns or raises.

    Raises:
        WouldBlock: nothing came in time. No file was made.
        Invalid: the file's suffix is not known, or its container cannot hold the stream's codec.
        OSError: the disk refuses it, with the file's name; what fitted is kept.
    """
    container_of(order.path)
    with reader.packets(audio=order.audio) as packets:
        files = _Files(packets, order)
        try:
            _run(packets, files, order)
        except BaseException:
            files.abort()
            raise
        files.finish()
        return files.progress


def _run(packets: PacketReader, files: _Files, order: Order) -> None:
    first_by = monotonic() + order.patience_s
    while not order.stop.is_set() and not files.full:
        try:
            files.take(packets.read(_LOOK_UP_S))
        except WouldBlock:
            if files.empty and monotonic() > first_by:
                raise packets.nothing_came(order.patience_s) from None
        except Ended:
            return
        files.begin_file()
        if not files.empty:
            order.on_progress(files.progress)


class _Files:
    """The packets on their way into one file after the other."""

    def __init__(self, packets: PacketReader, order: Order) -> None:
        self._packets = packets
        self._order = order
        self._held: list[Packet] = []
        self._file: Recording | None = None
        self._files: list[Path] = []
        self._before_s = 0.0  # what the finished files play
        self._begun_at: float | None = None
        self._placement: Placement  # of packets in the file
        self._epochs: dict[str, int] = {}
        self._tracks: tuple[TrackInfo, ...] = ()  # of the newest file

    @property
    def empty(self) -> bool:
        """True before the first packet."""
        return self._begun_at is None

    @property
    def full(self) -> bool:
        """True if the file is as long as was asked for, or the time for it is over."""
        wanted, begun = self._order.seconds, self._begun_at
        if wanted is None or begun is None:
            return False
        return self.progress.seconds >= wanted or monotonic() - begun > wanted + _OVERTIME_S

    @property
    def progress(self) -> Progress:
        """How far it is."""
        seconds = self._before_s + (self._file.duration_s if self._file else self._held_s)
        return Progress(seconds, tuple(self._files), self._file.tracks if self._file else self._tracks)

    @property
    def _held_s(self) -> float:
        return self._held[-1].time_s - self._held[0].time_s if self._held else 0.0

    @property
    def _begin_at(self) -> int | None:
        """With which of the packets that are held the file begins, once that is known."""
        has_sound = any(name.startswith("audio") for name in self._packets.names)
        return _beginning(self._held, has_sound=has_sound)

    def take(self, packet: Packet) -> None:
        """Write a packet, or hold it until it is known what the file will contain."""
        if self._begun_at is None:
            self._begun_at = monotonic()
        if self._file is not None and _CUT.ends(
            self._file.duration_s, 0, is_key=packet.is_key, fits=self._belongs(packet)
        ):
            self._close_file()
        if self._file is not None:
            self._write(self._file, packet)
        else:
            self._held.append(packet)

    def begin_file(self) -> None:
        """Open the file for what is held, as soon as all tracks have been met or were waited for long enough."""
        if self._file is not None or not self._held:
            return
        since_s = (monotonic_ns() - self._held[0].published_ns) / 1e9
        if self._packets.awaited and since_s <= HOLD_S:
            return
        assert self._begun_at is not None
        if self._begin_at is not None or monotonic() - self._begun_at > HOLD_S:
            self._open_file()

    def finish(self) -> None:
        """Write what is held, and the file's end."""
        if self._held:
            self._open_file()
        self._close_file()

    def abort(self) -> None:
        """Close the file as it is."""
        if self._file is not None:
            self._file.abort()

    def _belongs(self, packet: Packet) -> bool:
        """A track that turns up late is left out: the file's tracks are those of its beginning."""
        assert self._file is not None
        return packet.track not in {info.name for info in self._file.tracks} or self._file.fits(packet.info)

    def _open_file(self) -> None:
        held, self._held = self._held[self._begin_at or 0 :], []
        infos = self._packets.infos | {packet.track: packet.info for packet in held}
        path = self._next_path()
        self._file = Recording(path, tuple(infos.values()), fragmented=self._order.fragmented)
        self._files.append(path)
        first = _first_shown(held)
        self._placement = Placement(_seconds(first), first.captured_at, MAX_SKEW_S)
        self._epochs = {}
        for packet in held:
            self._write(self._file, packet)

    def _close_file(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            self._before_s += file.duration_s
            self._tracks = file.tracks
            with _named(file.path):
                file.finish()

    def _next_path(self) -> Path:
        path, number = self._order.path, len(self._files) + 1
        return path if number == 1 else path.with_stem(f"{path.stem}-{number}")

    def _write(self, file: Recording, packet: Packet) -> None:
        if packet.track not in {info.name for info in file.tracks}:
            return
        place = self._placement.place(_seconds(packet), packet.captured_at)
        if place < 0 and not _is_picture(packet):
            return  # sound from before the first picture
        if self._epochs.get(packet.track) != packet.epoch:
            self._epochs[packet.track] = packet.epoch
            file.resume(packet.track)
        with _named(file.path):
            file.write(packet.track, packet.payload, packet.meta, place)


def _is_picture(packet: Packet) -> bool:
    return packet.track.partition("/")[0] != "audio"


def _beginning(held: list[Packet], *, has_sound: bool) -> int | None:
    """Return the packet with which a file has sound from its first picture on; None if it has not come yet.

    The bus keeps a group of pictures for readers that join, and no sound: with the pictures of that the file would begin in silence.
    """
    sounds = [_seconds(packet) for packet in held if not _is_picture(packet)]
    if not _is_picture(held[0]):
        return 0
    if has_sound and not sounds:
        return None
    begin: int | None = 0
    if sounds and abs(sounds[0] - _seconds(held[0])) <= _FAR_S:
        heard = sounds[0] - _CLOSE_S
        found = (
            n for n, one in enumerate(held) if _is_picture(one) and one.is_key and _seconds(one) >= heard
        )
        begin = next(found, None)
    if begin is None or not held[begin].is_hidden:
        return begin
    # Behind a cut it takes some pictures until it is known which is shown first.
    return begin if sum(not one.is_hidden for one in held[begin:] if _is_picture(one)) >= _REORDERED else None


def _first_shown(held: list[Packet]) -> Packet:
    """Return the packet with which the file's time begins: what is hidden comes before it."""
    if not held[0].is_hidden:
        return held[0]
    shown = [packet for packet in held if _is_picture(packet) and not packet.is_hidden]
    return min(shown[:_REORDERED], key=_seconds, default=held[0])


def _seconds(packet: Packet) -> Fraction:
    return packet.pts * packet.time_base


class _named:  # noqa: N801  reads as a statement
    """Gives an error of the disk the file's name."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror or str(error), str(self._path)) from error

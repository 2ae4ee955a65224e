"""Video devices of this machine: webcams and grabbers by V4L2. Runs in the source process.

A device that compresses (MJPEG) is published as it is and decoded on demand; raw pictures are copied only while
there are readers. Addresses: /dev/video0, v4l2:/dev/video0, v4l2:0 or 0, with ?size=1280x720&fps=30.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl

from framecast.bus import Publisher
from framecast.clock import NS, Capture, Clock, monotonic_ns, utc_ns
from framecast.errors import Invalid, SourceError
from framecast.media.audio import AudioContext
from framecast.media.camera import CODED, Buffer, Camera, packet_of, raw_decoder
from framecast.media.coding import Coding
from framecast.media.decoder import Damaged, Decoded, Decoder
from framecast.media.parameters import probe
from framecast.model import EncodedPacket, Kind, Meta, Source, State, StreamSpec, TrackInfo, number
from framecast.model.picture import MAX_SIDE
from framecast.sources.pull import carry
from framecast.sources.relay import Relay

_MICROSECONDS = Fraction(1, 1_000_000)
_FALLBACK_FPS = 30


class Device(Protocol):
    """The interface of a camera that this module uses."""

    letters: str
    width: int
    height: int
    fps: float

    def read(self) -> Buffer:
        """Return the next buffer; SourceError if none comes."""
        ...


@dataclass(frozen=True, slots=True)
class DeviceAddress:
    """A device and the options of its address; with a size of None and a rate of 0 the device chooses."""

    path: Path
    size: tuple[int, int] | None = None
    fps: float = 0.0


def run(publisher: Publisher, spec: StreamSpec, stop: threading.Event) -> None:
    """Publish what a device sees.

    Raises:
        SourceError: it is absent, busy, not allowed, or sends nothing.
    """
    address = path_of(spec.source)
    check_there(address.path)
    camera = Camera(str(address.path), address.size, address.fps, spec.stall_s)
    try:
        publish(publisher, spec, stop, camera)
    finally:
        camera.close()


def publish(publisher: Publisher, spec: StreamSpec, stop: threading.Event, device: Device) -> None:
    """Publish the buffers of an open device until `stop`."""
    publisher.note(format=device.letters)
    if device.letters in CODED:
        _publish_coded(publisher, spec, stop, device)
    else:
        _publish_raw(publisher, stop, device)


def is_device(text: str) -> bool:
    """True if an address without a scheme names a video device."""
    return text.startswith("/dev/video") or number.is_digits(text)


def path_of(source: Source) -> DeviceAddress:
    """Return the device and the options that an address names.

    Raises:
        Invalid: it is not a device, or an option is unknown or wrong.
    """
    where, _, query = source.reveal().removeprefix("v4l2:").partition("?")
    if number.is_digits(where):
        where = f"/dev/video{where}"
    if not where.startswith("/dev/"):
        raise Invalid(f"{where!r:.60} is not a video device: use v4l2:/dev/video0, or its number")
    size, fps = None, 0.0
    for name, value in parse_qsl(query, keep_blank_values=True):
        try:
            if name == "size":
                width, _, height = value.partition("x")
                size = (number.integer(width, 1, MAX_SIDE), number.integer(height, 1, MAX_SIDE))
            elif name == "fps":
                fps = number.decimal(value, 0, 1000)
            else:
                raise ValueError("unknown")
        except ValueError:
            raise Invalid(
                f"a device has no option {name!r:.40} with the value {value!r:.40}: use size=1280x720 and fps=30"
            ) from None
    return DeviceAddress(Path(where), size, fps)


def check_there(path: Path) -> None:
    """Return if the device can be opened.

    Raises:
        SourceError: not-found, forbidden or busy.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
            sentence = f"there is no video device {path}: `ls /dev/video*` shows those of this machine"
            raise SourceError("not-found", sentence) from error
        if error.errno in (errno.EACCES, errno.EPERM):
            sentence = f"{path} may not be used by this user: add it to the group 'video'"
            raise SourceError("forbidden", sentence) from error
        reason = "busy" if error.errno == errno.EBUSY else "failed"
        raise SourceError(reason, f"{path} cannot be opened ({error.strerror})") from error


class _Coded:
    """The packets of a device that compresses, in the form that `Relay` needs."""

    def __init__(self, device: Device, clock: _DeviceClock) -> None:
        codec = CODED[device.letters]
        self._device, self._clock = device, clock
        self._first = device.read()
        self.coding = Coding(codec, codec)
        self.video: TrackInfo | None = TrackInfo(
            "video",
            Kind.PACKETS,
            time_base=_MICROSECONDS,
            codec=codec,
            picture=probe(self.coding, self._first.payload.tobytes()),
            width=device.width,
            height=device.height,
            rate=_rate(device),
        )
        self.audio: TrackInfo | None = None
        self.video_index, self.audio_index = 0, -1
        self.waited_at_ns = 0  # the driver's own clock says how old a picture is

    @property
    def audio_context(self) -> AudioContext:
        """Devices have no sound."""
        raise LookupError("a video device has no audio")

    def lost_packets(self, _index: int) -> int:
        """Return 0: no network, no loss."""
        return 0

    def packets(self) -> Iterator[EncodedPacket]:
        """Yield the device's pictures as packets."""
        buffer = self._first
        while True:
            self._clock.captured_ns = buffer.captured_ns
            yield packet_of(buffer)
            buffer = self._device.read()


class _DeviceClock:
    """The driver's time stamp of each buffer, on the wall clock."""

    is_live = False  # the clock of the driver is enough

    def __init__(self) -> None:
        self.captured_ns = 0
        self.lag_ns = 0
        self.note = ""

    def meet(self, packet: EncodedPacket, pts_ns: int, dts_ns: int, track: int) -> Capture | None:
        """Return when the last buffer was captured."""
        return self.now()

    def now(self) -> Capture:
        """Return when the last buffer was captured."""
        age = monotonic_ns() - self.captured_ns
        self.lag_ns = age if 0 <= age < NS else 0  # some drivers use other clocks
        return Capture(utc_ns() - self.lag_ns, Clock.DEVICE)


def _publish_coded(publisher: Publisher, spec: StreamSpec, stop: threading.Event, device: Device) -> None:
    clock = _DeviceClock()
    coded = _Coded(device, clock)
    relay = Relay(publisher, spec, clock, timeless=True)
    relay.bind(coded)
    publisher.ready()
    carry(publisher, relay, coded, stop)


def _publish_raw(publisher: Publisher, stop: threading.Event, device: Device) -> None:
    """Raw pictures: only `frames`, and a copy only while they are wanted."""
    decoder = raw_decoder(device.letters, device.width, device.height)
    clock = _DeviceClock()
    picture = _decoded(decoder, device.read()).picture
    frames = publisher.track(
        TrackInfo(
            "frames",
            Kind.FRAMES,
            time_base=_MICROSECONDS,
            picture=picture,
            width=picture.width,
            height=picture.height,
            rate=_rate(device),
        )
    )
    publisher.ready()
    publisher.report(State.LIVE)
    while not stop.is_set():
        buffer = device.read()
        arrived = monotonic_ns()
        clock.captured_ns = buffer.captured_ns
        capture = clock.now()
        if frames.wanted:
            shown = _decoded(decoder, buffer)
            slot = frames.reserve(picture.layout.size_bytes)
            shown.copy_into(slot.view)
            frames.publish(slot, Meta(arrived // 1000, capture.at_ns, arrived, capture.clock))


def _decoded(decoder: Decoder, buffer: Buffer) -> Decoded:
    try:
        return decoder.decode(buffer.payload.data)[0]
    except (Damaged, IndexError) as error:
        sentence = f"the device gave {buffer.payload.nbytes} bytes, which is not a picture"
        raise SourceError("bad-data", sentence) from error


def _rate(device: Device) -> Fraction:
    return Fraction(device.fps).limit_denominator(1001) if device.fps > 0 else Fraction(_FALLBACK_FPS)

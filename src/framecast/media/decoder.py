"""Decoding video: packets in, pictures out, in the order in which they are shown.

One thread, one decoder. Frame threads are used only for files that are read as fast as possible, because they hold pictures back. A damaged
packet costs its own pictures and no others. Hardware is used if it was asked for and is there; `name` says what really decodes.
"""

from __future__ import annotations

from typing import cast

import av
import av.error
from av.codec.hwaccel import HWAccel
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from framecast.errors import SourceError
from framecast.media.coding import Coding, FFmpegPacket
from framecast.media.planes import Pixels, PlaneCopier
from framecast.model import Picture

# After this many errors without a picture, the decoder falls back to software.
_HARDWARE_PATIENCE = 3
# Formats of pictures that come from hardware; software decoders of these codecs give no semi-planar pictures.
_FROM_HARDWARE = ("nv12", "p010le", "p012le", "p016le", "nv16", "nv24")


class Damaged(Exception):
    """A packet could not be decoded."""


class Decoded:
    """One decoded picture, still in the decoder's memory."""

    __slots__ = ("_copier", "_frame", "corrupt", "picture", "pts")

    def __init__(self, frame: VideoFrame, copier: PlaneCopier) -> None:
        self._frame = frame
        self._copier = copier
        self.picture: Picture = copier.picture(frame)
        self.pts: int | None = frame.pts
        self.corrupt: bool = frame.is_corrupt

    def copy_into(self, out: Pixels) -> None:
        """Write the picture into `out`: the only copy."""
        self._copier.copy(self._frame, self.picture, out)


class Decoder:
    """A decoder for one video track.

    Raises:
        SourceError: FFmpeg cannot decode this codec at all.
    """

    def __init__(
        self, coding: Coding, hwaccel: str = "", *, threads: int = 1, copier: PlaneCopier | None = None
    ) -> None:
        """`threads` is how many pictures are decoded at a time; `copier` converts them."""
        self.coding = coding
        self._copier = copier or PlaneCopier(coding.orientation)
        self._hwaccel = hwaccel
        self._threads = threads
        self._hardware = False
        self._proven = False
        self._errors = 0
        self._context = self._make()

    @property
    def name(self) -> str:
        """The codec and what decodes it, for people."""
        if self._hardware:
            return f"{self.coding.codec} ({self._hwaccel})"
        if self._hwaccel:
            return f"{self.coding.codec} (software; {self._hwaccel} was asked for but does not work here)"
        return f"{self.coding.codec} (software)"

    def decode(
        self, payload: bytes | memoryview, pts: int | None = None, dts: int | None = None
    ) -> list[Decoded]:
        """Return the pictures that the payload of a packet completes.

        Raises:
            Damaged: the packet cannot be decoded; go on with another one, best a key frame.
        """
        try:
            frames = self._context.decode(ffmpeg_packet(payload, pts, dts))
        except av.error.EOFError:
            self._context.flush_buffers()
            return []
        except (av.error.FFmpegError, ValueError) as error:
            self._fall_back()
            raise Damaged(type(error).__name__) from None
        if frames and not self._proven:
            self._prove(frames[0])
        return [Decoded(frame, self._copier) for frame in frames]

    def finish(self) -> list[Decoded]:
        """Return the pictures that are still inside, and get ready for a new beginning."""
        try:
            return [Decoded(frame, self._copier) for frame in self._context.decode(None)]
        except (av.error.FFmpegError, ValueError):
            return []
        finally:
            self._context.flush_buffers()

    def reset(self) -> None:
        """Forget everything: the next packet is a key frame."""
        self._context.flush_buffers()

    def _make(self) -> VideoCodecContext:
        if self._hwaccel:
            context = self._make_hardware()
            if context is not None:
                self._hardware = True
                return context
        return self._make_software()

    def _make_hardware(self) -> VideoCodecContext | None:
        """Use the name of the codec, not of the decoder: hardware works through FFmpeg's own decoders."""
        try:
            hardware = HWAccel(self._hwaccel, allow_software_fallback=True)
            context = av.CodecContext.create(self.coding.codec, "r", hardware)
            if not context.is_hwaccel:
                return None
            return _prepared(context, self.coding, 1)
        except (av.error.FFmpegError, OSError, ValueError, RuntimeError):
            return None

    def _make_software(self) -> VideoCodecContext:
        try:
            return _prepared(av.CodecContext.create(self.coding.decoder, "r"), self.coding, self._threads)
        except (av.error.FFmpegError, ValueError) as error:
            raise SourceError("unsupported", f"FFmpeg cannot decode {self.coding.codec}") from error

    def _prove(self, frame: VideoFrame) -> None:
        self._proven = True
        self._hardware = self._hardware and frame.format.name in _FROM_HARDWARE

    def _fall_back(self) -> None:
        self._errors += 1
        if self._hardware and not self._proven and self._errors >= _HARDWARE_PATIENCE:
            self._hardware = False
            self._context = self._make_software()


def ffmpeg_packet(payload: bytes | memoryview, pts: int | None, dts: int | None) -> FFmpegPacket:
    """Return a packet for FFmpeg's decoders.

    A view of a demuxer's packet becomes that packet, with its side data. Other payloads are copied: decoders read a few bytes
    behind the end (AV_INPUT_BUFFER_PADDING_SIZE), which only FFmpeg's own memory has.
    """
    packet: object = payload.obj if isinstance(payload, memoryview) else None
    if not isinstance(packet, av.Packet):
        packet = av.Packet(len(payload))
        packet.update(payload)  # type: ignore[arg-type]  # any buffer, but its stub names bytes
    packet.pts, packet.dts = pts, dts
    return packet


def _prepared(made: object, coding: Coding, threads: int) -> VideoCodecContext:
    context = cast(VideoCodecContext, made)
    context.thread_count = threads
    context.thread_type = "SLICE" if threads == 1 else "AUTO"
    if coding.extradata:
        context.extradata = coding.extradata
    context.width, context.height = coding.width, coding.height
    if coding.pixels and not context.is_hwaccel:
        context.pix_fmt = coding.pixels
    if coding.tag:
        context.codec_tag = coding.tag
    if coding.bits:
        context.bits_per_coded_sample = coding.bits
    return context

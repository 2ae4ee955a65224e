"""An encoded packet on its way from a demuxer or a receiver to the bus and to decoders. A value: no I/O, any thread."""

from __future__ import annotations

from typing import NamedTuple


class EncodedPacket(NamedTuple):
    """One access unit of video or one frame of audio, with its times in the time base of its track.

    `payload` may be a view of the memory of FFmpeg's demuxer; it is not changed and lives as long as the packet. Times are those
    of the source: None if it gives none; a `duration` of 0 is unknown.
    """

    payload: bytes | memoryview
    track: int  # the number that the source gives to the track: `video_index` or `audio_index`
    pts: int | None
    dts: int | None
    duration: int = 0
    is_key: bool = False
    is_corrupt: bool = False
    is_hidden: bool = (
        False  # a decoder needs it, but it lies before the cut of an edited file and is not shown
    )
    wall_ns: int | None = None  # when it was captured by the clock of the sender, UTC
    extradata: bytes = b""  # new codec parameters that came with it

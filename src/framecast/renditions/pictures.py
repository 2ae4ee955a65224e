"""Pictures into other pictures: another format or size, and JPEG; a camera's own JPEG as it is."""

from __future__ import annotations

from dataclasses import replace

from framecast.bus import Record
from framecast.errors import Invalid
from framecast.media import huffman, jpeg
from framecast.media.pixels import convert, converted, fit
from framecast.model import Flag, Kind, TrackInfo, TrackName
from framecast.renditions.converter import (
    FRAMES_POLICY,
    LATEST,
    Output,
    array_of,
    bytes_of,
    meta_of,
    picture_of,
)


class Convert:
    """`frames/FORMAT[/WxH]`: converted straight into its own slot."""

    input = "frames"
    policy = FRAMES_POLICY
    needs_key = False

    def __init__(self, track: TrackName, output: Output) -> None:
        if track.format is None:
            raise Invalid(f"track {track} does not name a format")
        self._format = track.format
        self._track = track
        self._output = output

    def begin(self, info: TrackInfo) -> None:
        """Describe the new format and size."""
        picture = converted(picture_of(info), self._format, self._track.size)
        self._size_bytes = picture.layout.size_bytes
        self._output.describe(replace(info, name=str(self._track), picture=picture))

    def convert(self, record: Record, flags: Flag) -> None:
        """Convert a picture into a slot."""
        writer = self._output.writer
        slot = writer.reserve(self._size_bytes)
        convert(picture_of(record.info), array_of(record), self._format, slot.view, self._track.size)
        writer.publish(slot, meta_of(record, flags))

    def rest(self) -> None:
        """Do nothing: no results wait here."""


class Jpeg:
    """`jpeg/QUALITY[/WxH]`: always the newest picture."""

    input = "frames"
    policy = LATEST
    needs_key = False

    def __init__(self, track: TrackName, output: Output) -> None:
        if track.quality is None:
            raise Invalid(f"track {track} does not name a quality")
        self._quality = track.quality
        self._track = track
        self._output = output

    def begin(self, info: TrackInfo) -> None:
        """Describe the size of the new pictures."""
        width, height = fit(self._track.size, picture_of(info))
        self._output.describe(
            TrackInfo(
                name=str(self._track),
                kind=Kind.PACKETS,
                time_base=info.time_base,
                codec="mjpeg",
                width=width,
                height=height,
                rate=info.rate,
                epoch=info.epoch,
            )
        )

    def convert(self, record: Record, flags: Flag) -> None:
        """Encode a picture."""
        image = jpeg.encode(picture_of(record.info), array_of(record), self._quality, self._track.size)
        self._output.writer.send(image, meta_of(record, flags))

    def rest(self) -> None:
        """Do nothing: no results wait here."""


class Pass:
    """`jpeg/QUALITY` of a source that sends JPEG: its own pictures, neither decoded nor encoded. Always the newest.

    The quality is the camera's; QUALITY is only part of the name.
    """

    input = "video"
    policy = LATEST
    needs_key = False

    def __init__(self, track: TrackName, output: Output) -> None:
        self._track = track
        self._output = output

    def begin(self, info: TrackInfo) -> None:
        """Describe the pictures of the camera.

        Raises:
            Invalid: the source has changed its codec; the node then chooses another recipe.
        """
        if info.codec != "mjpeg":
            raise Invalid(f"the source sends {info.codec}, expected mjpeg")
        self._output.describe(replace(info, name=str(self._track), extradata=b"", picture=None))

    def convert(self, record: Record, flags: Flag) -> None:
        """Pass a picture on; data that is not JPEG is left out."""
        picture = huffman.complete(bytes_of(record))
        if picture is not None:
            self._output.writer.send(picture, meta_of(record, flags))

    def rest(self) -> None:
        """Do nothing: no results wait here."""

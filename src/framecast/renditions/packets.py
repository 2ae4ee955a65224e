"""Packets under another name: the reader asks for a codec that the stream has already."""

from __future__ import annotations

from dataclasses import replace

from framecast.bus import Record
from framecast.errors import Invalid
from framecast.model import Flag, TrackInfo, TrackName
from framecast.renditions.converter import PACKETS_POLICY, Output, bytes_of, meta_of


class Copy:
    """`video/h264` of pictures that are encoded for `video` anyway, and `audio/aac` of a source that sends AAC."""

    policy = PACKETS_POLICY

    def __init__(self, track: TrackName, output: Output) -> None:
        self.input = track.base
        self.needs_key = track.base == "video"
        self._track = track
        self._output = output

    def begin(self, info: TrackInfo) -> None:
        """Describe the same packets under the other name.

        Raises:
            Invalid: the source has changed its codec; the node then chooses another recipe.
        """
        if info.codec != self._track.format:
            raise Invalid(f"the stream has {info.codec}, expected {self._track.format}")
        self._output.describe(replace(info, name=str(self._track)))

    def convert(self, record: Record, flags: Flag) -> None:
        """Pass a packet on."""
        if not record.is_key:
            flags &= ~Flag.KEY
        self._output.writer.send(bytes_of(record), meta_of(record, flags))

    def rest(self) -> None:
        """Do nothing: no results wait here."""

"""Any sound of a stored file as AAC for a `FragmentFile`: stereo or mono, without gaps, in step with the pictures.

FFmpeg's resampler fills what is missing with silence and takes away what is double, so the number of samples is the time. More than two channels are
mixed down. Peaks of the samples are collected for the waveform. One thread.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.filter.graph import Graph
from numpy.typing import NDArray

from framecast.errors import FramecastError, Invalid
from framecast.media import initsegment
from framecast.media.audio import AudioEncoder, layout_of
from framecast.media.coding import FFmpegPacket
from framecast.media.encoder import Encoded
from framecast.media.fragmentfile import FileTrack, FragmentFile
from framecast.model import Kind, TrackInfo

_RATES = (32000, 44100, 48000)
_BEST_RATE = 48000
_PRIMING = 1024  # samples that the encoder puts before the first one
# Sound that lies further from its time than this is moved by silence or a cut.
_MAX_SKEW_S = 0.04
# FFmpeg's names of layouts with a meaning: stereo, 5.1(side).
_NAMED = re.compile(r"[a-z0-9.]+(\([a-z-]+\))?")

Samples = NDArray[np.int16]


class SoundDecoder:
    """Decodes a track into interleaved 16-bit samples (count, channels) that follow each other from time 0 on."""

    def __init__(self, stream: AudioStream, zero_s: Fraction) -> None:
        context = stream.codec_context
        rate = context.sample_rate
        self.sample_rate = rate if rate in _RATES else _BEST_RATE
        self.channels = 1 if context.layout.nb_channels == 1 else 2
        self._zero_s = zero_s
        self._graph: Graph | None = None
        self._shape: tuple[object, ...] = ()
        self._done = 0

    def decode(self, packet: FFmpegPacket) -> list[Samples]:
        """Return the samples that a packet completes; a packet that is damaged becomes silence."""
        try:
            frames: Any = packet.decode()
        except (av.error.FFmpegError, ValueError):
            return []
        return [block for frame in frames for block in self._moved(frame)]

    def finish(self) -> list[Samples]:
        """Return the samples that are still inside."""
        if self._graph is None:
            return []
        self._graph.push(None)
        done = self._pulled()
        self._graph, self._shape = None, ()
        return done

    def _moved(self, frame: AudioFrame) -> list[Samples]:
        shape = (frame.sample_rate, frame.layout.name, frame.format.name)
        done: list[Samples] = []
        if shape != self._shape:
            done = self.finish()
            self._graph, self._shape = self._made(frame), shape
        assert self._graph is not None
        if frame.pts is not None and frame.time_base is not None:
            at_s = frame.pts * Fraction(frame.time_base) - self._zero_s
            frame.pts = round(at_s * frame.sample_rate)
            frame.time_base = Fraction(1, frame.sample_rate)
        self._graph.push(frame)
        return done + self._pulled()

    def _pulled(self) -> list[Samples]:
        assert self._graph is not None
        done: list[Samples] = []
        while True:
            try:
                frame = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return done
            assert isinstance(frame, AudioFrame)
            count = frame.samples * self.channels
            block = np.frombuffer(memoryview(frame.planes[0])[: 2 * count], np.int16)
            done.append(block.reshape(-1, self.channels).copy())
            self._done += frame.samples

    def _made(self, frame: AudioFrame) -> Graph:
        graph = Graph()
        layout = frame.layout.name
        if not _NAMED.fullmatch(layout):
            layout = f"{frame.layout.nb_channels}C"  # channels without a meaning
        source = f"time_base=1/{frame.sample_rate}:sample_rate={frame.sample_rate}:sample_fmt={frame.format.name}:channel_layout={layout}"
        resample = f"{self.sample_rate}:async=1:min_hard_comp={_MAX_SKEW_S}:first_pts={self._done}"
        shape = f"sample_fmts=s16:sample_rates={self.sample_rate}:channel_layouts={layout_of(self.channels)}"
        try:
            graph.link_nodes(
                graph.add("abuffer", source),
                graph.add("aresample", resample),
                graph.add("aformat", shape),
                graph.add("abuffersink"),
            )
            graph.configure()
        except (av.error.FFmpegError, ValueError) as error:
            raise Invalid(
                f"sound of {frame.format.name} with {layout} cannot be converted: {error}"
            ) from error
        return graph


class SoundEncoder:
    """Encodes a track as AAC. `lock` is held while `file` is written; `on_samples` sees all samples, (count, channels).

    Raises:
        Invalid: FFmpeg refuses.
    """

    def __init__(
        self,
        file: FragmentFile,
        stream: AudioStream,
        zero_s: Fraction,
        *,
        lock: threading.Lock | None = None,
        on_samples: Callable[[Samples], None] | None = None,
    ) -> None:
        self._file, self._lock = file, lock or threading.Lock()
        self._on_samples = on_samples
        self._decoder = SoundDecoder(stream, zero_s)
        self._count = 0
        try:
            self._encoder = AudioEncoder("aac", self._decoder.sample_rate, self._decoder.channels)
        except FramecastError as error:
            raise Invalid(str(error)) from error
        info = TrackInfo(
            "audio",
            Kind.PACKETS,
            time_base=Fraction(1, self._encoder.sample_rate),
            codec="aac",
            extradata=self._encoder.extradata,
            sample_rate=self._encoder.sample_rate,
            channels=self._encoder.channels,
        )
        with self._lock:
            self._track: FileTrack = file.add_track(initsegment.described(info))
            self._track.lead = _PRIMING

    @property
    def sample_rate(self) -> int:
        """Of what `on_samples` sees, and of the track."""
        return self._decoder.sample_rate

    def add(self, packet: FFmpegPacket) -> None:
        """Decode and encode one packet."""
        self._encode(self._decoder.decode(packet))

    def finish(self) -> None:
        """Encode what is still inside. The file is not finished by this: it may have another track."""
        self._encode(self._decoder.finish())
        if self._count:
            self._put(self._encoder.finish())
        with self._lock:
            self._file.finish_track(self._track)

    def _encode(self, blocks: list[Samples]) -> None:
        for block in blocks:
            if self._on_samples is not None:
                self._on_samples(block)
            packets = self._encoder.encode(np.ascontiguousarray(block).reshape(-1), self._count)
            self._count += len(block)
            self._put(packets)

    def _put(self, packets: list[Encoded]) -> None:
        with self._lock:
            for packet in packets:
                at = packet.pts + _PRIMING
                self._file.add(self._track, packet.payload, at, at, packet.duration or _PRIMING, is_key=True)

"""Streams of an output file, made from the description of a track: FFmpeg copies them only from another stream.

The other stream is a few hundred bytes of NUT in memory, with the wanted codec. PyAV copies its parameters; the
track's own extradata replaces the template's. Any thread.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import av
import av.error
import numpy as np
from av.container import InputContainer, OutputContainer

from framecast.errors import Invalid
from framecast.media import display
from framecast.media.audio import layout_of
from framecast.model import TrackInfo

# FFmpeg's encoders that differ from their codec's name. They code the bit of silence that a template holds.
_ENCODERS = {"opus": "libopus", "mp3": "libmp3lame"}
# Without extradata PyAV takes it from the first packets of these, for streams that have no template.
_IN_PACKETS = ("h264", "hevc")
# Of the beginning of a fragmented MP4.
_HEAD = {"movflags": "+empty_moov+default_base_moof+skip_trailer"}
_QUICK = {"probesize": "32", "analyzeduration": "0"}
_SILENCE = 4096
_MOST_CODED = 8
# RFC 7845 section 5.1; cameras send Opus by RTP, where there is no such header.
_OPUS_PRE_SKIP = 312


def head(tracks: Sequence[TrackInfo]) -> bytes:
    """Return ftyp and moov of a fragmented MP4 with these tracks.

    Raises:
        Invalid: FFmpeg refuses them.
    """
    file = io.BytesIO()
    try:
        container = av.open(file, "w", format="mp4", options=_HEAD)
        for info in tracks:
            add_stream(container, info)
        container.start_encoding()
        written = file.getvalue()
        container.close()
    except (av.error.FFmpegError, ValueError) as error:
        names = " and ".join(info.codec for info in tracks) or "nothing"
        raise Invalid(f"MP4 cannot hold {names} as it is: {error}") from error
    return written


def add_stream(container: OutputContainer, info: TrackInfo) -> av.stream.Stream:
    """Add the stream of a track to `container`, to be filled with the track's packets as they are.

    Raises:
        Invalid: the container cannot hold this codec, or FFmpeg has no name for it.
    """
    try:
        if info.codec in _IN_PACKETS and not info.extradata:
            stream = container.add_mux_stream(
                info.codec, info.rate, width=info.width, height=info.height, time_base=info.time_base
            )
            if isinstance(stream, av.VideoStream):
                display.apply(stream, info)
            return stream
        with _video(info) if info.width else _audio(info) as template:
            stream = container.add_stream_from_template(template.streams[0], opaque=True)
    except (av.error.FFmpegError, ValueError) as error:
        raise Invalid(f"{container.format.name} cannot hold {info.codec}: {error}") from error
    if extradata := info.extradata or _own_extradata(info):
        stream.codec_context.extradata = extradata
    if isinstance(stream, av.VideoStream) and info.codec == "vp9":
        stream.codec_context.pix_fmt = "yuv420p"  # MP4 writes it down; profile 0, as all live sources send
    if isinstance(stream, av.VideoStream):
        display.apply(stream, info)
    stream.time_base = info.time_base
    return stream


def _video(info: TrackInfo) -> InputContainer:
    """One packet that is not a picture: only the name of the codec and the size count."""
    file = io.BytesIO()
    with av.open(file, "w", format="nut") as container:
        stream = container.add_mux_stream(
            info.codec, rate=info.rate or 25, width=info.width, height=info.height
        )
        packet = av.Packet(b"\0")
        packet.stream, packet.time_base, packet.pts, packet.dts = stream, info.time_base, 0, 0
        packet.is_keyframe = True
        container.mux(packet)
    file.seek(0)
    return av.open(file, "r", options=_QUICK)


def _audio(info: TrackInfo) -> InputContainer:
    """A short encoded silence: NUT needs complete parameters of audio.

    PCM has any number of channels; FFmpeg's encoders support up to eight, and the extradata has the true number.
    """
    channels = info.channels if info.channels <= _MOST_CODED or info.codec.startswith("pcm") else 2
    layout = layout_of(max(1, channels))
    file = io.BytesIO()
    with av.open(file, "w", format="nut") as container:
        name = _ENCODERS.get(info.codec, info.codec)
        stream = container.add_stream(name, rate=info.sample_rate, layout=layout)
        silence = av.AudioFrame.from_ndarray(
            np.zeros((1, _SILENCE * max(1, channels)), np.int16), format="s16", layout=layout
        )
        silence.sample_rate, silence.pts = info.sample_rate, 0
        context: Any = stream.codec_context
        resampler = av.AudioResampler(context.format, context.layout, info.sample_rate)
        for frame in resampler.resample(silence):
            container.mux(context.encode(frame))
        container.mux(context.encode(None))
    file.seek(0)
    return av.open(file, "r")


def _own_extradata(info: TrackInfo) -> bytes:
    """Return extradata that a codec needs and its source did not give."""
    if info.codec != "opus":
        return b""
    head = b"OpusHead\x01" + bytes([info.channels]) + _OPUS_PRE_SKIP.to_bytes(2, "little")
    return head + info.sample_rate.to_bytes(4, "little") + b"\0\0\0"

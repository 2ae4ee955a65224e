"""Sources that FFmpeg reads by HTTP: HLS, MP4 and other files, endless streams. Runs in the source process.

FFmpeg may use the protocols and formats that are named here, and nothing else: playlists name addresses, and servers redirect; neither may
lead to a file or to another kind of service. The name of a segment means nothing, so it is not checked. An address that may reach certain networks only is
opened by our own client (`opened`), and FFmpeg may use no protocol.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from framecast.media.opening import Opening
from framecast.model import StreamSpec
from framecast.sources import tls
from framecast.sources.http.opened import NO_PROTOCOL, Opener

_PROTOCOLS = "http,https,httpproxy,tls,tcp,crypto"
_FORMATS = "mpjpeg,mjpeg,hls,mov,mp4,matroska,webm,mpegts,flv,mp3,aac,ogg,wav,flac,avi,mpeg,h264,hevc,ivf,obu,webvtt,gif,apng"
# FFmpeg refuses segments without one of the usual extensions. The two lists above are the protection; other demuxers have no such options.
_ANY_NAME = {"allowed_extensions": "ALL", "allowed_segment_extensions": "ALL", "extension_picky": "0"}
# Segments of a playlist come in bursts: a source is silent if nothing comes for longer than two usual segments.
_HLS_SILENCE_S = 15.0


@contextmanager
def opening_for(spec: StreamSpec, stop: threading.Event) -> Iterator[Opening]:
    """Give how FFmpeg may open the URL of `spec`, while the block runs."""
    is_playlist = spec.source.reveal().partition("?")[0].endswith((".m3u8", ".m3u"))
    silence_s = max(spec.stall_s, _HLS_SILENCE_S) if is_playlist else spec.stall_s
    opening = _by_ffmpeg(spec, silence_s)
    if spec.source.networks is None:
        yield opening
        return
    # One connection a file: FFmpeg can use another one again only if it has made it itself.
    once = {**opening.options, "http_persistent": "0", "http_multiple": "0"}
    with Opener(spec, silence_s, stop) as opener:
        yield replace(opening, protocols=NO_PROTOCOL, options=once, opener=opener)


def _by_ffmpeg(spec: StreamSpec, silence_s: float) -> Opening:
    return Opening(
        spec.source.reveal(),
        _PROTOCOLS,
        _FORMATS,
        spec.timeout_s,
        silence_s,
        audio=spec.audio,
        options={
            "fpsprobesize": "0",
            "rw_timeout": str(int(max(spec.timeout_s, spec.stall_s) * 1_000_000)),
            "http_persistent": "1",
            **_ANY_NAME,
            "user_agent": "framecast",
            **tls.ffmpeg_options(spec.source.scheme, verify=spec.verify_tls),
        },
    )

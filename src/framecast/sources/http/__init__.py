"""Video over HTTP: MJPEG of cameras, HLS, MP4 and other files, endless streams. Runs in the source process.

Sources with a pace of their own (MJPEG, endless streams) are live. Sources that come as fast as the network allows (files, HLS) are held
back to their own rate. A file begins again at its end, if the stream loops.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import PurePath

from framecast.bus import Publisher
from framecast.errors import SourceError
from framecast.media.demux import Demuxer
from framecast.media.opening import Opening
from framecast.model import StreamSpec
from framecast.sources import dial, tls
from framecast.sources.http import pictures
from framecast.sources.http.client import Client
from framecast.sources.http.ffmpeg import opening_for
from framecast.sources.pacing import Paced
from framecast.sources.playback import play
from framecast.sources.pull import pull

# Names that do not belong to a camera's pictures.
_MEDIA = frozenset(
    [
        ".m3u8",
        ".m3u",
        ".mp4",
        ".m4v",
        ".mov",
        ".mkv",
        ".webm",
        ".ts",
        ".m2ts",
        ".mts",
        ".flv",
        ".avi",
        ".mpg",
        ".mpeg",
        ".mp3",
        ".m4a",
        ".aac",
        ".ogg",
        ".oga",
        ".ogv",
        ".wav",
        ".flac",
        ".h264",
        ".264",
        ".h265",
        ".265",
        ".hevc",
        ".ivf",
        ".obu",
        ".gif",
        ".apng",
    ]
)


def run(publisher: Publisher, spec: StreamSpec, stop: threading.Event) -> None:
    """Pull a URL until it ends.

    Raises:
        SourceError: it cannot be reached, refuses, is broken, closed or silent.
    """
    publisher.note(**tls.fact(spec.source.scheme, verify=spec.verify_tls))
    if not _is_named_media(spec) and _is_camera(publisher, spec, stop):
        return
    dial.check_answers(spec.source, spec.timeout_s, verify_tls=spec.verify_tls)
    with opening_for(spec, stop) as opening:
        _play(publisher, spec, stop, opening)


def _play(publisher: Publisher, spec: StreamSpec, stop: threading.Event, opening: Opening) -> None:
    demuxer = _open(opening)
    if demuxer.duration_s is not None:
        play(publisher, spec, stop, opening, demuxer)
    elif demuxer.format == "hls":
        pull(publisher, spec, stop, demuxer, Paced(stop))
    else:
        pull(publisher, spec, stop, demuxer)


def _is_camera(publisher: Publisher, spec: StreamSpec, stop: threading.Event) -> bool:
    """Publish a camera of JPEG pictures; False if something else is at the address."""
    try:
        with Client(spec, stop) as client:
            camera = pictures.opened(client, spec, stop)
            if camera is None:
                return False
            pull(publisher, spec, stop, camera)
    except SourceError:
        if not stop.is_set():
            raise
    return True


def _is_named_media(spec: StreamSpec) -> bool:
    """True if the name shows that FFmpeg must read it, without asking the server first."""
    path = spec.source.reveal().partition("?")[0].partition("#")[0]
    return PurePath(path).suffix.lower() in _MEDIA


def _open(opening: Opening) -> Demuxer:
    """Open it as what the server says it is; if the server does not say, look for JPEG pictures in the data.

    Many cameras write multipart without its boundary, types or line ends, or no multipart at all.
    """
    try:
        return Demuxer(opening)
    except SourceError as error:
        if error.reason not in ("bad-data", "unsupported", "failed"):
            raise
        try:
            quick = {**opening.options, "analyzeduration": "200000", "probesize": "1000000"}
            return Demuxer(replace(opening, format="mjpeg", options=quick))
        except SourceError:
            raise error from None

"""Video over HTTP: MJPEG of cameras, HLS, MP4 and other files, endless streams. Runs in the source process.

What comes at its own pace (MJPEG, endless streams) is live. What comes as fast as the line allows (files, HLS) is held
back to its own rate. A file begins again at its end, if the stream loops.
"""

from __future__ import annotations

import threading
from dataclasses import replace

from framecast.bus import Publisher
from framecast.errors import SourceError
from framecast.media.demux import Demuxer, Opening
from framecast.model import StreamSpec
from framecast.sources import dial, tls
from framecast.sources.http.ffmpeg import opening_for
from framecast.sources.pacing import Paced
from framecast.sources.playback import play
from framecast.sources.pull import pull


def run(publisher: Publisher, spec: StreamSpec, stop: threading.Event) -> None:
    """Pull a URL until it ends.

    Raises:
        SourceError: it cannot be reached, refuses, is broken, closed or silent.
    """
    dial.check_answers(spec.source, spec.timeout_s, verify_tls=spec.verify_tls)
    publisher.note(**tls.fact(spec.source.scheme, verify=spec.verify_tls))
    opening = opening_for(spec)
    demuxer = _open(opening)
    if demuxer.duration_s is not None:
        play(publisher, spec, stop, opening, demuxer)
    elif demuxer.format == "hls":
        pull(publisher, spec, stop, demuxer, Paced(stop))
    else:
        pull(publisher, spec, stop, demuxer)


def _open(opening: Opening) -> Demuxer:
    """Open what the server says it is; where that is nothing, look for JPEG pictures in whatever comes.

    Many cameras write multipart without its boundary, its types or its line ends, or no multipart at all.
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

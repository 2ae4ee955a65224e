"""RTP that a session description (SDP) names: in a file or over HTTP. Runs in the source process."""

from __future__ import annotations

import threading

from framecast.bus import Publisher
from framecast.errors import SourceError
from framecast.media.demux import Demuxer
from framecast.media.opening import Opening
from framecast.model import StreamSpec
from framecast.sources import dial, tls
from framecast.sources.file import path_of
from framecast.sources.pull import pull

# RTP comes by UDP; the description itself by one way only.
_PROTOCOLS = "rtp,rtcp,srtp,udp,crypto"
_FORMATS = "sdp,rtp,mpegts,rtp_mpegts"
# A sender that is silent until its next key frame is waited for as long as a source may take to open.
_OPTIONS = {"reorder_queue_size": "64", "max_delay": "100000", "buffer_size": "2097152"}


def run(publisher: Publisher, spec: StreamSpec, stop: threading.Event) -> None:
    """Receive RTP.

    Raises:
        SourceError: the description cannot be loaded or read, or nothing comes.
    """
    if spec.source.scheme in dial.PORTS:
        dial.check_answers(spec.source, spec.timeout_s, verify_tls=spec.verify_tls)
        address, protocols = spec.source.reveal(), f"{_PROTOCOLS},http,https,tls,tcp"
    else:
        path = path_of(spec.source)
        if not path.is_file():
            raise SourceError("not-found", f"there is no file {path}")
        address, protocols = f"file:{path}", f"{_PROTOCOLS},file"
    opening = Opening(
        address,
        protocols,
        _FORMATS,
        spec.timeout_s,
        spec.stall_s,
        format="sdp",
        audio=spec.audio,
        hasty=True,
        options={
            "allowed_media_types": "video+audio" if spec.audio else "video",
            **_OPTIONS,
            **tls.ffmpeg_options(spec.source.scheme, verify=spec.verify_tls),
        },
    )
    pull(publisher, spec, stop, Demuxer(opening), transport="rtp")

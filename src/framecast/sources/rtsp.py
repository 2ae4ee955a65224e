"""Cameras: RTSP over TCP, UDP or multicast, with and without TLS. Runs in the source process."""

from __future__ import annotations

import threading

from framecast.bus import Publisher
from framecast.media.demux import Demuxer, Opening
from framecast.model import StreamSpec
from framecast.sources import dial
from framecast.sources.pull import pull

# What RTSP itself needs: never file, http or anything that a redirection could name.
_PROTOCOLS = {"rtsp": "rtsp,rtp,rtcp,tcp,udp", "rtsps": "rtsp,rtsps,rtp,rtcp,srtp,tls,tcp,udp,crypto"}
# MPEG-TS over RTP is a demuxer within the demuxer.
_FORMATS = "rtsp,rtp,sdp,mpegts,rtp_mpegts"
_TRANSPORTS = {"tcp": "tcp", "udp": "udp", "multicast": "udp_multicast"}
# Over UDP: packets that overtake each other are sorted within 100 ms; the socket holds a large key frame.
_UDP = {"reorder_queue_size": "64", "max_delay": "100000", "buffer_size": "2097152"}


def run(publisher: Publisher, spec: StreamSpec, stop: threading.Event) -> None:
    """Pull a camera.

    Raises:
        SourceError: it cannot be reached, refuses, is broken, closed or silent.
    """
    dial.check_answers(spec.source, spec.timeout_s)
    transport = _TRANSPORTS[spec.transport]
    opening = Opening(
        spec.source.reveal(),
        _PROTOCOLS[spec.source.scheme],
        _FORMATS,
        spec.timeout_s,
        spec.stall_s,
        audio=spec.audio,
        hasty=True,
        options={
            "rtsp_transport": transport,
            "allowed_media_types": "video+audio" if spec.audio else "video",
            "timeout": str(int(max(spec.timeout_s, spec.stall_s) * 1_000_000)),
            **({} if transport == "tcp" else _UDP),
        },
    )
    pull(publisher, spec, stop, Demuxer(opening), transport=spec.transport)

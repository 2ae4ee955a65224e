"""Cameras by FFmpeg's own RTSP demuxer, for everything that this package does not receive itself. Runs in the source process."""

from __future__ import annotations

from framecast.media.demux import Demuxer
from framecast.media.opening import Opening
from framecast.model import StreamSpec
from framecast.sources import tls

# The protocols that RTSP needs: never file, http or others that a redirection could name.
_PROTOCOLS = {"rtsp": "rtsp,rtp,rtcp,tcp,udp", "rtsps": "rtsp,rtsps,rtp,rtcp,srtp,tls,tcp,udp,crypto"}
# MPEG-TS over RTP is a demuxer within the demuxer.
_FORMATS = "rtsp,rtp,sdp,mpegts,rtp_mpegts"
_TRANSPORTS = {"tcp": "tcp", "udp": "udp", "multicast": "udp_multicast"}
# Over UDP: packets that overtake each other are sorted within 100 ms; the socket holds a large key frame.
_UDP = {"reorder_queue_size": "64", "max_delay": "100000", "buffer_size": "2097152"}


def opened(spec: StreamSpec) -> Demuxer:
    """Return a camera that plays.

    Raises:
        SourceError: it cannot be reached, or refuses.
    """
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
            **tls.ffmpeg_options(spec.source.scheme, verify=spec.verify_tls),
        },
    )
    return Demuxer(opening)

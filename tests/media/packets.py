"""What a media file holds, as tracks and records."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from framecast.model import Kind, TrackInfo

BASE_NS = 1_763_700_000_000_000_000


@dataclass
class Packet:
    info: TrackInfo
    payload: bytes
    pts: int
    dts: int
    duration: int
    is_key: bool
    captured_at: int


def tracks_of(path: Path) -> tuple[dict[str, TrackInfo], list[Packet]]:
    """Return what a file holds as tracks and records, as a demuxer publishes them."""
    packets = []
    infos: dict[str, TrackInfo] = {}
    with av.open(str(path)) as container:
        for stream in container.streams:
            context: Any = stream.codec_context
            common: dict[str, Any] = {
                "name": stream.type,
                "kind": Kind.PACKETS,
                "time_base": stream.time_base,
                "codec": context.codec.canonical_name,
                "extradata": context.extradata or b"",
            }
            if stream.type == "video":
                own = {"width": context.width, "height": context.height, "rate": stream.average_rate}
            else:
                own = {"sample_rate": context.sample_rate, "channels": context.channels}
            infos[stream.type] = TrackInfo(**common, **own)
        for packet in container.demux():
            if packet.dts is None or packet.pts is None:
                continue
            info = infos[packet.stream.type]
            at = BASE_NS + int(packet.dts * info.time_base * 10**9)
            packets.append(
                Packet(
                    info, bytes(packet), packet.pts, packet.dts, packet.duration or 0, packet.is_keyframe, at
                )
            )
    return infos, packets

"""The picture that a publisher leaves behind: the newest that its tracks keep, small; none where nothing can be decoded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import av
import pytest

from framecast import renditions
from framecast.clock import Clock, monotonic_ns, utc_ns
from framecast.media.testpicture import Pattern
from framecast.model import Flag, Kind, Meta, TrackInfo
from tests.bus.switch import Switch
from tests.renditions.test_pictures import PATTERN, show, source
from tests.servers.web.mjpeg_reader import blocks_of, size_of
from tests.support.media_files import Clip


@pytest.fixture
def switch() -> Iterator[Switch]:
    with closing(Switch()) as made:
        yield made


def publish_film(switch: Switch, film: Path, count: int, *, damaged: bool = False) -> list[Meta]:
    """Publish the first packets of a film as a camera does."""
    metas: list[Meta] = []
    with av.open(str(film)) as container:
        video = container.streams.video[0]
        assert video.time_base is not None
        info = TrackInfo(
            "video",
            Kind.PACKETS,
            time_base=video.time_base,
            codec=video.codec_context.name,
            extradata=video.codec_context.extradata or b"",
            width=video.width,
            height=video.height,
        )
        track = switch.publisher.track(info)
        for packet in container.demux(video):
            if packet.pts is None or len(metas) == count:
                break
            flags = Flag.KEY if packet.is_keyframe else Flag.NONE
            meta = Meta(packet.pts, utc_ns(), monotonic_ns(), Clock.ARRIVAL, packet.dts, 1, flags)
            payload = bytes(len(bytes(packet))) if damaged else bytes(packet)
            track.send(payload, meta)
            metas.append(meta)
    return metas


def test_newest_raw_picture_is_made_small() -> None:
    large = Pattern(1280, 720, stream_id=5)
    with closing(source(large.picture)) as switch:
        meta = [show(switch, number, large) for number in range(3)][-1]
        found = renditions.last_picture(switch.publisher.tracks)
    assert found is not None
    assert size_of(found.jpeg) == (640, 360)
    blocks = blocks_of(found.jpeg)
    assert blocks is not None
    assert (blocks.stream_id, blocks.frame) == (5, 2)
    assert found.captured_at == meta.captured_at


def test_small_picture_keeps_its_size() -> None:
    with closing(source()) as switch:
        show(switch, 7)
        found = renditions.last_picture(switch.publisher.tracks)
    assert found is not None
    assert size_of(found.jpeg) == (PATTERN.picture.width, PATTERN.picture.height)


def test_encoded_video_is_decoded_up_to_its_newest_picture(switch: Switch) -> None:
    metas = publish_film(switch, Clip().path(), 8)
    found = renditions.last_picture(switch.publisher.tracks)
    assert found is not None
    assert found.captured_at == metas[-1].captured_at


def test_damaged_video_and_no_video_leave_nothing(switch: Switch) -> None:
    assert renditions.last_picture(switch.publisher.tracks) is None
    publish_film(switch, Clip().path(), 8, damaged=True)
    assert renditions.last_picture(switch.publisher.tracks) is None

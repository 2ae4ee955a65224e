"""The web server plays, stalls and cuts."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import islice

import av
import pytest

from tests.support.http_sources import HttpSources
from tests.support.media_files import frame_number


@pytest.fixture
def web() -> Iterator[HttpSources]:
    with HttpSources() as sources:
        yield sources


def numbers(url: str, count: int) -> list[int]:
    with av.open(url, timeout=10) as container:
        frames = islice(container.decode(video=0), count)
        return [frame_number(frame.to_ndarray(format="gray")) for frame in frames]


@pytest.mark.parametrize("kind", ["mjpeg", "hls", "mp4"])
def test_plays_from_the_start(web: HttpSources, kind: str) -> None:
    assert numbers(getattr(web, kind)(), 30) == list(range(30))


@pytest.mark.flaky(
    reruns=2, reason="on a busy machine FFmpeg misses segments, which leave the list meanwhile"
)
def test_live_playlist_goes_on_over_its_loop(web: HttpSources) -> None:
    seen = numbers(web.live_hls(), 125)
    assert seen == [(seen[0] + index) % 100 for index in range(125)]


def test_single_picture_is_the_first(web: HttpSources) -> None:
    assert numbers(web.jpeg(), 1) == [0]


def test_stall_keeps_the_connection(web: HttpSources) -> None:
    with av.open(web.mjpeg(), timeout=(10, 0.5)) as container:
        web.stall()
        with pytest.raises(av.error.FFmpegError):
            drain(container)
        assert web.connections() == 1
        web.resume()
    assert numbers(web.mjpeg(), 3) == [0, 1, 2]


def test_cut_ends_the_stream_and_new_ones_are_welcome(web: HttpSources) -> None:
    with av.open(web.mjpeg(), timeout=10) as container:
        web.cut()
        with pytest.raises(av.error.FFmpegError):
            drain(container)
    assert numbers(web.mjpeg(), 3) == [0, 1, 2]


def test_slow_is_slow(web: HttpSources) -> None:
    web.bytes_per_s = 1000
    with pytest.raises(av.error.FFmpegError):
        av.open(web.mp4(), timeout=0.5)


def test_status_is_answered(web: HttpSources) -> None:
    web.status = 401
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(web.mp4(), timeout=5)
    assert refused.value.code == 401
    refused.value.close()
    assert web.requests == ["/video.mp4"]


def drain(container: av.container.InputContainer) -> None:
    """Read until the stream breaks, with an error even where it merely ends."""
    for _ in islice(container.demux(video=0), 1000):
        pass
    raise av.error.EOFError(0, "the stream ended")

"""One viewer, on a transport whose buffer the test fills and empties."""

import asyncio
from collections.abc import Callable, Iterable
from typing import cast

from framecast.fanout.progress import STUCK_S
from framecast.servers.web.live.jpeg_picture import EAGER_OPENING, OPENING, JpegPicture
from framecast.servers.web.live.mjpeg_viewer import MessageViewer, MjpegOptions, MjpegViewer, ViewerStats


class Pipe:
    """What a viewer needs of a transport."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.waiting = 0
        self.ended = ""
        self.on_lost: Callable[[], None] = lambda: None

    def writelines(self, buffers: Iterable[bytes]) -> None:
        self.written += buffers

    def is_closing(self) -> bool:
        return bool(self.ended)

    def set_write_buffer_limits(self, high: int) -> None:
        assert high == 0  # a picture waits until the one before has left

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def abort(self) -> None:
        self.ended = "aborted"
        self.on_lost()

    def close(self) -> None:
        self.ended = "closed"


class Stand:
    """A viewer with what is around it."""

    def __init__(self, max_fps: float = 0, eager: bool = False) -> None:
        self.newest: JpegPicture | None = None
        self.now = 100.0
        self.stats = ViewerStats()
        self.pipe = Pipe()
        self.gone: list[MjpegViewer] = []
        options = MjpegOptions(max_fps, eager)
        self.viewer = MjpegViewer(
            lambda: self.newest, self.gone.append, self.stats, options, lambda: self.now
        )

    def begin(self) -> None:
        self.pipe.on_lost = self.viewer.on_lost
        self.viewer.begin(cast(asyncio.Transport, self.pipe), b"HEAD")

    def show(self, at_s: float = 0.0, live: bool = True) -> JpegPicture:
        self.newest = JpegPicture(b"JPEG", 0, int(at_s * 1e9), live=live)
        self.viewer.show(self.newest)
        return self.newest


def test_newest_picture_goes_out_with_the_head() -> None:
    stand = Stand()
    stand.newest = JpegPicture(b"JPEG", 0, 0)
    stand.begin()
    assert stand.pipe.written == [b"HEAD" + OPENING + stand.newest.data]


def test_all_viewers_are_written_the_very_same_bytes() -> None:
    stands = [Stand(), Stand()]
    picture = JpegPicture(b"JPEG", 0, 0)
    for stand in stands:
        stand.begin()
        stand.viewer.show(picture)
    assert stands[0].pipe.written[-1] is stands[1].pipe.written[-1]


def test_busy_viewer_skips_to_the_newest() -> None:
    stand = Stand()
    stand.begin()
    stand.pipe.waiting = 10
    skipped, newest = stand.show(), stand.show()
    assert len(stand.pipe.written) == 1
    assert stand.stats.skipped == 2
    stand.pipe.waiting = 0
    stand.viewer.on_writable()
    assert stand.pipe.written[-1] is newest.data
    assert skipped.data not in stand.pipe.written[:-1] or skipped.data == newest.data


def test_picture_is_never_shown_twice() -> None:
    stand = Stand()
    stand.begin()
    picture = stand.show()
    stand.viewer.show(picture)
    stand.viewer.on_writable()
    assert stand.stats.shown == 1


def test_rate_that_was_asked_for_is_kept_on_average_and_news_of_the_signal_come_anyway() -> None:
    stand = Stand(max_fps=10)
    stand.begin()
    for number in range(100):
        stand.show(1 + number * 0.04 + (number % 3) * 0.004)
    assert 38 <= stand.stats.shown <= 42
    shown = stand.stats.shown
    stand.show(1 + 100 * 0.04, live=False)
    assert stand.stats.shown == shown + 1


def test_chromium_gets_the_next_header_with_each_picture() -> None:
    stand = Stand(eager=True)
    stand.newest = JpegPicture(b"JPEG", 0, 0)
    stand.begin()
    assert stand.pipe.written == [b"HEAD" + EAGER_OPENING + b"JPEG\r\n" + EAGER_OPENING]


def test_viewer_that_takes_nothing_is_cut_and_a_slow_one_is_not() -> None:
    stuck, slow = Stand(), Stand()
    for stand in (stuck, slow):
        stand.begin()
        stand.pipe.waiting = 1000
    for _ in range(int(STUCK_S) + 2):
        for stand in (stuck, slow):
            stand.now += 1
            stand.viewer.check()
        slow.pipe.waiting -= 1
    assert stuck.pipe.ended == "aborted"
    assert stuck.stats.cut == 1
    assert slow.pipe.ended == ""


def test_closing_does_not_wait_for_who_does_not_read() -> None:
    stand = Stand()
    stand.begin()
    stand.pipe.waiting = 1
    stand.viewer.close()
    assert stand.pipe.ended == "aborted"


def test_lost_viewer_is_told_once_and_writes_no_more() -> None:
    stand = Stand()
    stand.begin()
    stand.viewer.on_lost()
    stand.show()
    assert stand.gone == [stand.viewer]
    assert len(stand.pipe.written) == 1


def test_change_of_the_signal_is_sent_with_the_picture_that_is_written_and_not_with_one_that_was_replaced() -> (
    None
):
    stand = Stand()
    viewer = MessageViewer(
        lambda: stand.newest, stand.gone.append, stand.stats, MjpegOptions(), lambda: stand.now
    )
    stand.viewer = viewer
    stand.newest = JpegPicture(b"JPEG", 0, 0)
    viewer.attach(cast(asyncio.Transport, stand.pipe))
    assert b'"live": true' in stand.pipe.written[0]
    stand.pipe.waiting = 10
    stand.show(1, live=False)
    stand.show(2, live=False)
    stand.pipe.waiting = 0
    viewer.on_writable()
    assert b'"live": false' in stand.pipe.written[1]
    again = stand.show(3, live=False)
    assert stand.pipe.written[2:] == [again.message]

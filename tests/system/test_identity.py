"""Two streams never show each other's picture, however often they are added, removed, exchanged and restarted."""

from __future__ import annotations

import random
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

import pytest

from framecast.errors import FramecastError
from tests.servers.web.mjpeg_reader import MjpegReader, blocks_of
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer
from tests.support.waiting import until
from tests.system.eyes import of_blocks, of_clip, of_pattern
from tests.system.house import House
from tests.system.witness import Report, Witness

CHANGES = 30
NEAR, FAR = Clip(size=(320, 240), seconds=4, first=1000), Clip(size=(320, 240), seconds=4, first=2000)
IDS = {"left": 11, "right": 22}
View = tuple[str, dict[str, Any], str]  # stream, what it looks like, track


def pattern(name: str) -> str:
    return f"pattern:?size=320x180&fps=25&id={IDS[name]}"


@pytest.mark.timeout(480)  # two minutes on two processors with nothing else to do
def test_two_streams_never_show_each_others_picture(tmp_path: Path) -> None:
    chance = random.Random(7)
    with RtspServer({"/near": NEAR, "/far": FAR}) as cameras, House(tmp_path) as house, ExitStack() as stack:
        sources = {name: pattern(name) for name in IDS} | {
            "near": cameras.url("/near"),
            "far": cameras.url("/far"),
        }
        for name, source in sources.items():
            house.client.put(name, source, idle_s=0.5, retry_max_s=0.3)
        witnesses = [stack.enter_context(Witness(house.runtime, *view)) for view in views()]
        web = [stack.enter_context(Viewer(house, name, IDS[name])) for name in IDS]
        for witness in witnesses:
            witness.see(5)
        for number in range(CHANGES):
            name = chance.choice(list(sources))
            mine = [index for index, view in enumerate(views()) if view[0] == name]
            if chance.random() < 0.5:
                house.client.restart(name)
            else:
                house.client.delete(name)
                # Another one comes in between, and takes the freed numbers.
                house.client.put(
                    f"guest{number}", pattern("left" if name == "right" else "right"), always=True
                )
                house.client.put(name, sources[name], idle_s=0.5, retry_max_s=0.3)
                house.client.delete(f"guest{number}")
                for index in mine:
                    witnesses[index] = stack.enter_context(replace(witnesses[index], house, views()[index]))
            for index in mine:
                witnesses[index].see(2)
        for viewer in web:
            assert viewer.seen > 20
        reports = [witness.finish() for witness in witnesses]
    for report in reports:
        check(report)
    assert [viewer.wrong for viewer in web] == [[], []]


def views() -> list[View]:
    """Every form in which a picture leaves the node, of each stream."""
    found: list[View] = [(name, of_pattern(name, IDS[name], (320, 180)), "frames") for name in IDS]
    found += [(name, of_blocks(IDS[name]), "jpeg/75") for name in IDS]
    for name, clip in (("near", NEAR), ("far", FAR)):
        found += [(name, of_clip(clip), "frames"), (name, of_clip(clip, packets=True), "video")]
    return found


def replace(witness: Witness, house: House, view: View) -> Witness:
    """Its stream was removed, which ends its reader: another takes its place."""
    until(lambda: witness.ended)
    report = witness.finish()
    assert report.end.startswith("Ended")
    check(report)
    return Witness(house.runtime, *view)


def check(report: Report) -> None:
    assert report.wrong == ()
    assert report.unexplained == 0


class Viewer:
    """A page that shows a stream all the time and asks for single pictures in between."""

    def __init__(self, house: House, name: str, stream_id: int) -> None:
        self.seen = 0
        self.wrong: list[str] = []
        self._house, self._name, self._id = house, name, stream_id
        self._over = Event()
        self._threads = [Thread(target=self._repeat, args=(look,)) for look in (self._watch, self._ask)]

    def _repeat(self, look: Callable[[], None]) -> None:
        while not self._over.is_set():
            try:
                look()
            except (OSError, EOFError, FramecastError, AssertionError):
                self._over.wait(0.05)  # the stream is away for a moment: 404, or the connection ends

    def _watch(self) -> None:
        with MjpegReader(self._house.connect(), f"src={self._name}") as viewer:
            while not self._over.is_set():
                part = viewer.part()
                if part.is_live:
                    self._judge(part.jpeg)

    def _ask(self) -> None:
        url = f"{self._house.url}api/frame.jpeg?src={self._name}"
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                self._judge(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                self._over.wait(0.05)

    def _judge(self, jpeg: bytes) -> None:
        blocks = blocks_of(jpeg)
        if blocks is None or blocks.stream_id != self._id:
            self.wrong.append(f"{self._name} showed {blocks}")
        self.seen += 1

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

"""What goes on in a soak: streams that are watched all the time, visitors who come and go, and trouble now and then."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Any, Self

from tests.servers.web.mjpeg_reader import MjpegReader
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer
from tests.support.waiting import until
from tests.system.eyes import of_blocks, of_clip, of_pattern
from tests.system.house import House
from tests.system.witness import Report, Witness

# As the server plays them: two codings of one clip need not be the same.
MKV = "mkv"
# Under trouble: cut, stalled, restarted, and its process killed.
DOOR = Clip(audio="aac", size=(1920, 1080), seconds=10, gop_s=2, bitrate_kbps=4000, container=MKV)
# Never touched, and over UDP.
GATE = Clip(size=(640, 360), seconds=4, first=1000, audio="aac", container=MKV)
FILM = Clip(size=(640, 360), fps=Fraction(30000, 1001), seconds=4, first=3000, audio="aac")
YARD_ID, YARD_SIZE = 77, (1280, 720)

MOST_VISITORS, MOST_VIEWERS = 3, 5
View = tuple[str, dict[str, Any], str]  # stream, what it looks like, track


@dataclass(frozen=True, slots=True)
class Finished:
    """The last report of a witness that was watching `view`."""

    view: View
    report: Report


class Town:
    """A node with four streams and everybody who looks at them. `house` is given, the cameras belong to this."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.chance = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.finished: list[Finished] = []
        self.views: list[View] = [
            ("door", of_clip(DOOR), "frames"),
            ("door", of_clip(DOOR, packets=True), "video"),
            ("gate", of_clip(GATE), "frames"),
            ("gate", of_clip(GATE, packets=True), "video"),
            ("film", of_clip(FILM), "frames"),
            ("yard", of_pattern("yard", YARD_ID, YARD_SIZE), "frames"),
            ("yard", of_blocks(YARD_ID), "jpeg/80/640x0"),
            ("yard", of_blocks(YARD_ID), "frames/bgr/640x0"),
        ]
        self.door = RtspServer(DOOR, user="me", password="secret")
        self.gate = RtspServer(GATE)
        self.residents: list[Witness] = []
        self._visitors: list[tuple[View, Witness]] = []
        self._viewers: list[_Viewer] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        put = self.house.client.put
        put("door", self._stack.enter_context(self.door).url(), stall_s=2.0)
        put("gate", self._stack.enter_context(self.gate).url(), transport="udp")
        put("film", str(FILM.path()))
        put("yard", f"pattern:?size={YARD_SIZE[0]}x{YARD_SIZE[1]}&fps=25&id={YARD_ID}", always=True)
        self.residents = [
            self._stack.enter_context(Witness(self.house.runtime, *view)) for view in self.views
        ]
        for resident in self.residents:
            resident.see(25)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.empty()
        self._stack.__exit__(kind, error, trace)

    # --- what happens

    def happen(self) -> None:
        """Let somebody come or go."""
        if self.chance.random() < 0.5:
            self._visit()
        else:
            self._view()

    def trouble(self) -> None:
        """Let something go wrong, and see it mended: every witness of the stream goes on."""
        name, act = self.chance.choice(
            [
                ("door", self._cut),
                ("door", self._stall),
                ("door", self._restart),
                ("door", self._kill_source),
                ("yard", self._kill_source),
                ("yard", self._kill_rendition),
            ]
        )
        self.done[f"{name}: {act.__name__.strip('_').replace('_', ' ')}"] += 1
        before = [resident.report.epochs for resident in self.residents]
        act(name)
        for resident, epochs in zip(self.residents, before, strict=True):
            if resident.stream == name and act != self._kill_rendition:
                resident.see_epoch(epochs + 1)
            resident.see(5)

    def empty(self) -> None:
        """Let all visitors and viewers go."""
        while self._visitors:
            self._leave(0)
        while self._viewers:
            self._viewers.pop().close()

    def _visit(self) -> None:
        if len(self._visitors) >= MOST_VISITORS or (self._visitors and self.chance.random() < 0.5):
            self._leave(self.chance.randrange(len(self._visitors)))
            return
        view = self.chance.choice(self.views)
        self._visitors.append((view, Witness(self.house.runtime, *view)))
        self.done["readers that came"] += 1

    def _leave(self, index: int) -> None:
        view, visitor = self._visitors.pop(index)
        if self.chance.random() < 0.5:
            self.finished.append(Finished(view, visitor.finish()))
        else:
            visitor.kill()
            self.finished.append(Finished(view, visitor.report))
            self.done["readers that were killed"] += 1

    def _view(self) -> None:
        if len(self._viewers) >= MOST_VIEWERS or (self._viewers and self.chance.random() < 0.5):
            self._viewers.pop(self.chance.randrange(len(self._viewers))).close()
        else:
            self._viewers.append(_Viewer(self.house, self.chance.choice(("yard", "door"))))
            self.done["viewers that came"] += 1

    # --- trouble

    def _cut(self, _name: str) -> None:
        self.door.cut()

    def _stall(self, name: str) -> None:
        self.door.stall()
        until(lambda: self.house.state(name).state != "live")
        self.door.resume()

    def _restart(self, name: str) -> None:
        self.door.kill()
        until(lambda: self.house.state(name).state != "live")
        self.door.start()

    def _kill_source(self, name: str) -> None:
        os.kill(self.house.source(name), signal.SIGKILL)

    def _kill_rendition(self, name: str) -> None:
        os.kill(self.house.rendition(name, self.chance.choice(("jpeg", "convert"))), signal.SIGKILL)


class _Viewer:
    """A browser's view of a stream: reads as fast as it can."""

    def __init__(self, house: House, name: str) -> None:
        self._reader = MjpegReader(house.connect(), f"src={name}&w=320")
        self._thread = threading.Thread(target=self._read, name="viewer")
        self._thread.start()

    def _read(self) -> None:
        with suppress(OSError, EOFError), self._reader:
            while True:
                self._reader.part()

    def close(self) -> None:
        with suppress(OSError):
            self._reader.sock.shutdown(2)
        self._thread.join(30)

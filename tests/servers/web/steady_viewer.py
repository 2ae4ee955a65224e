"""A viewer who watches while others misbehave: each picture is shown when the one before has come, so not one may be missing.

Nothing here depends on time: a picture that comes late is waited for, one that is lost is seen by its number.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from tests.servers.server_process import WAIT_S
from tests.servers.web.mjpeg_reader import MjpegReader
from tests.servers.web.small_node import Camera
from tests.servers.web.web_process import WebProcess
from tests.support.waiting import until


class SteadyViewer:
    """Watches `camera` by MJPEG on a thread of its own; the camera shows nothing by itself any more.

    `count` pictures have come; `wrong` says what was wrong, '' if nothing.
    """

    def __init__(self, web: WebProcess, camera: Camera, headers: str = "") -> None:
        self.count = 0
        self.wrong = ""
        self._web = web
        self._camera = camera
        self._headers = headers
        camera.running.clear()
        self._over = threading.Event()
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="steady viewer", daemon=True)

    def more(self, count: int) -> None:
        """Return when so many more pictures have come, one after the other."""
        with self._more:
            wanted = self.count + count
            assert self._more.wait_for(lambda: self.count >= wanted or self.wrong, WAIT_S), "no picture came"
        assert not self.wrong

    def _run(self) -> None:
        try:
            self._watch()
        except Exception as error:  # noqa: BLE001  whatever disturbs a viewer
            self._end(f"{type(error).__name__}: {error}")

    def _watch(self) -> None:
        with MjpegReader(self._web.connect(), f"src={self._camera.name}", self._headers) as reader:
            newest = self._frame(reader)
            while not self._over.is_set():
                self._camera.show()
                frame = self._frame(reader)
                if frame != newest + 1:
                    self._end(f"after picture {newest} came {frame}")
                    return
                newest = frame
                with self._more:
                    self.count += 1
                    self._more.notify_all()

    def _frame(self, reader: MjpegReader) -> int:
        while not (part := reader.part()).is_live:
            pass  # it is said that no picture has come yet
        assert part.blocks is not None, "the picture is damaged"
        return part.blocks.frame

    def _end(self, wrong: str) -> None:
        with self._more:
            self.wrong = wrong
            self._more.notify_all()

    def __enter__(self) -> Self:
        self._thread.start()
        tracks = self._camera.switch.publisher.tracks
        until(lambda: self.wrong or any(track.wanted for track in tracks.values()))
        assert not self.wrong
        self._camera.show()  # the first one comes with the head of the answer
        self.more(1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.more(1)
        self._over.set()
        self._thread.join(WAIT_S)
        if kind is None:
            assert not self.wrong

"""Windows from the outside: one process each, started, waited for and ended together.

Runs in the command's process, which imports neither pygame nor FFmpeg for it. A window that crashes takes no other with
it; when this process ends, however it does, the kernel closes the windows' stdin and they quit.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import framecast
from framecast.bus.runtime import node_socket
from framecast.client.place import check_known, is_name
from framecast.desktop.display import has_display, no_display
from framecast.desktop.library import check_library
from framecast.desktop.settings import Report, WindowSettings
from framecast.errors import Broken, FramecastError, Invalid, error_from_json

_END_S = 10.0
_READ_BYTES = 65536
MAX_WINDOWS = 64


def check(streams: Sequence[str]) -> None:
    """Find out what can be known before a window opens.

    Raises:
        FramecastError: pygame is not installed, or there is no display.
        NotFound: the node has no stream of a name.
        NodeUnavailable: a name was given and no node answers.
        Invalid: too many.
    """
    check_library()
    if not has_display():
        raise FramecastError(no_display())
    if len(streams) > MAX_WINDOWS:
        raise Invalid(f"at most {MAX_WINDOWS} windows can be open, got {len(streams)} streams")
    for name in filter(is_name, streams):
        check_known(name, node_socket(None))


class Windows:
    """Open windows. `note` gets what a person may want to read. A context manager: leaving it ends them all."""

    def __init__(self, settings: Sequence[WindowSettings], note: Callable[[str], None]) -> None:
        self._note = note
        self._windows: list[_Window] = []
        try:
            self._windows += [_Window(one) for one in settings]
        except BaseException:
            self.close()
            raise

    def wait(self) -> list[Report]:
        """Return each window's report when the last one is closed. SIGINT, SIGTERM and SIGHUP close them.

        Raises:
            FramecastError: why a window could not be shown; the others were shown until they were closed.
        """
        with selectors.DefaultSelector() as selector, _signals(self.quit):
            for window in self._windows:
                selector.register(window.stdout, selectors.EVENT_READ, window)
            while selector.get_map():
                for key, _ in selector.select():
                    if not key.data.listen(self._note):
                        selector.unregister(key.fileobj)
        reports = [window.finish() for window in self._windows]
        failed = [report for report in reports if report.error]
        for report in failed[1:]:
            if report.message != failed[0].message:
                self._note(f"{report.stream}: {report.message}")
        if failed:
            raise error_from_json({"error": failed[0].error, "message": failed[0].message})
        return reports

    def quit(self) -> None:
        """Ask all windows to close."""
        for window in self._windows:
            window.quit()

    def close(self) -> None:
        """Close all windows and wait for their ends. Idempotent."""
        self.quit()
        for window in self._windows:
            window.finish()

    def __enter__(self) -> Windows:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _Window:
    """One window's process."""

    def __init__(self, settings: WindowSettings) -> None:
        self.settings = settings
        self.report: Report | None = None
        self._said = b""
        self.process = subprocess.Popen(
            # -P: a module of the folder must not stand in for one of the standard library.
            [sys.executable, "-P", "-m", "framecast.desktop"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for the command, which ends all windows
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.stdout = self.process.stdout
        try:
            self.process.stdin.write(settings.to_line())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has died, and its report will say so

    def listen(self, note: Callable[[str], None]) -> bool:
        """Hear what it says; False when it has nothing more to say."""
        said = os.read(self.stdout.fileno(), _READ_BYTES)
        *lines, self._said = (self._said + said).split(b"\n")
        for line in lines:
            fields = json.loads(line)
            if "note" in fields:
                note(str(fields["note"]))
            else:
                self.report = Report.from_line(line)
        return bool(said)

    def quit(self) -> None:
        """Ask it to close: its stdin ends."""
        stdin = self.process.stdin
        if stdin is not None and not stdin.closed:
            stdin.close()

    def finish(self) -> Report:
        """Return its report when it has ended; it is killed where it does not."""
        self.quit()
        try:
            code = self.process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.stdout.close()
        if self.report is None:
            died = f"ended with signal {-code}" if code < 0 else f"ended with status {code}"
            self.report = Report(
                self.settings.stream, error=Broken.__name__, message=f"a window {died} without a word"
            )
        return self.report


@contextmanager
def _signals(end: Callable[[], None]) -> Iterator[None]:
    """Have signals end the windows, and the command with them."""

    def note(_number: int, _frame: FrameType | None) -> None:
        end()

    before = {
        number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _environment() -> dict[str, str]:
    """This process's, and where Framecast is found should it not be installed."""
    folder = str(Path(framecast.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH"))))
    return os.environ | {"PYTHONPATH": path, "PYGAME_HIDE_SUPPORT_PROMPT": "1"}

"""The process of one window: settings on stdin, whose end is the end; a report on stdout. Started by `windows`."""

from __future__ import annotations

import json
import os
import sys

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("SDL_VIDEO_X11_WMCLASS", "framecast")  # what desktops group windows by
os.environ.setdefault("SDL_VIDEO_WAYLAND_WMCLASS", "framecast")

from framecast import process
from framecast.desktop.settings import Report, WindowSettings
from framecast.desktop.signals import Ending
from framecast.errors import BY_CODE, FramecastError, SourceError
from framecast.media.opencv import use_one_thread
from framecast.model.source import mask

_MAX_LINE = 1 << 16


def main() -> int:
    """Show one window and return the exit status."""
    lifeline = sys.stdin.fileno()
    label = ""
    try:
        settings = WindowSettings.from_line(_read_line(lifeline))
        label = mask(settings.stream)
        ending = Ending(lifeline)
        process.rename("framecast-view")
        use_one_thread()
        report = _show(settings, ending)
    except FramecastError as error:
        code = next((name for name, kind in BY_CODE.items() if type(error) is kind), "")
        code = code or ("Ended" if isinstance(error, SourceError) else "FramecastError")
        _say(Report(label, error=code, message=mask(str(error))).to_line())
        return 1
    _say(report.to_line())
    return 0


def _show(settings: WindowSettings, ending: Ending) -> Report:
    # Only now: importing pygame takes long, and the command may have ended meanwhile.
    from framecast.desktop.canvas import Canvas, open_screen
    from framecast.desktop.viewer import Viewer

    open_screen()
    title = mask(settings.stream)
    canvas = Canvas(title, settings.size, settings.fullscreen, settings.number, settings.count)
    try:
        return Viewer(settings, canvas, ending, _note).run()
    finally:
        canvas.close()


def _note(text: str) -> None:
    _say(json.dumps({"note": text}).encode() + b"\n")


def _say(line: bytes) -> None:
    try:
        os.write(sys.stdout.fileno(), line)
    except BrokenPipeError:
        return  # the process that started this has gone, and its end is this one's


def _read_line(fd: int) -> bytes:
    """The first line, without taking more than that."""
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < _MAX_LINE:
        byte = os.read(fd, 1)
        if not byte:
            break
        line += byte
    return bytes(line)


if __name__ == "__main__":
    sys.exit(main())

"""The loop of one window: pictures to the canvas, sound to the speaker, keys to actions.

Runs in the main thread of the window's own process. It sleeps in select on what it reads and looks at the window system's
events every 20 ms; it may lose pictures but never holds anybody up. Pictures wait for their sound where that needs
longer, up to a quarter of a second.
"""

from __future__ import annotations

import re
import select
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import monotonic

import numpy as np

from framecast.client.frame import Frame
from framecast.client.reader import Reader
from framecast.clock import utc_ns
from framecast.desktop.canvas import Canvas
from framecast.desktop.keys import Action
from framecast.desktop.pictures import Pictures
from framecast.desktop.settings import Report, WindowSettings
from framecast.desktop.signals import Ending
from framecast.desktop.speaker import Speaker
from framecast.desktop.tally import Tally
from framecast.errors import FramecastError
from framecast.model.source import mask

_EVENTS_S = 0.02
_NOTICE_S = 2.0
_VOLUME_STEP = 0.1
_SNAPSHOT_QUALITY = 95
# Sound may be this much later than its picture before pictures wait for it, and they wait no longer than this.
_SLACK_NS, _HOLD_NS = 40_000_000, 250_000_000
_HELD = 8  # pictures that wait
_SMOOTH = 0.1


class Viewer:
    """One window. `note` gets messages for the terminal."""

    def __init__(
        self, settings: WindowSettings, canvas: Canvas, ending: Ending, note: Callable[[str], None]
    ) -> None:
        self._label = mask(settings.stream)
        self._settings = settings
        self._canvas = canvas
        self._ending = ending
        self._note = note
        self._pictures = Pictures(settings.stream)
        self._speaker = Speaker()
        self._tally = Tally()
        self._wants_sound = settings.sound
        self._heard: Reader | None = None  # whose sound the speaker has
        self._waiting: deque[tuple[float, Frame]] = deque()  # (when it is due, picture)
        self._frame: Frame | None = None  # what the window shows
        self._came_ns = 0.0  # how old pictures are when they come, and when they are shown: smoothed
        self._shown_ns = 0.0
        self._away = "connecting"
        self._paused = self._stats = self._over = False
        self._resumed = False
        self._repaint = True
        self._notice, self._notice_until = "", 0.0

    def run(self) -> Report:
        """Show the stream until somebody quits.

        Raises:
            FramecastError: it cannot be shown.
        """
        try:
            while not (self._over or self._ending.asked):
                self._sleep()
                for action in self._canvas.actions():
                    self._do(action)
                self._listen()
                if not self._paused:
                    self._look()
                self._draw()
        finally:
            self._speaker.close()
            self._pictures.close()
            self._waiting.clear()
        tally = self._tally
        offset = tally.median_offset_ms
        return Report(
            self._label, tally.frames, tally.dropped, tally.mean_fps, tally.median_age_ms, sound_ms=offset
        )

    def _sleep(self) -> None:
        poller = select.poll()
        for fd in (*self._ending.descriptors, self._speaker.fileno()):
            if fd is not None:
                poller.register(fd, select.POLLIN)
        descriptor = self._pictures.fileno()
        if descriptor is not None and not self._paused:
            poller.register(descriptor, select.POLLIN)
        wait_s = _EVENTS_S
        if self._waiting:
            wait_s = min(wait_s, max(0.0, self._waiting[0][0] - monotonic()))
        self._ending.look({fd for fd, _ in poller.poll(wait_s * 1000)})

    # --- pictures and sound

    def _listen(self) -> None:
        reader = self._pictures.reader
        if self._wants_sound and not self._paused and reader is not self._heard:
            self._heard = reader
            if reader is not None:
                self._speaker.open(reader)
        self._speaker.feed()

    def _look(self) -> None:
        """Take the newest picture, and notice if there is none."""
        frame = self._pictures.next()
        if frame is not None:
            self._tally.dropped += 0 if self._resumed else frame.dropped
            self._resumed = False
            self._came_ns = _smoothed(self._came_ns, utc_ns() - frame.captured_at)
            if len(self._waiting) == _HELD:
                self._waiting.popleft()
                self._tally.dropped += 1
            self._waiting.append((monotonic() + self._hold_ns() / 1e9, frame))
        away = self._pictures.away
        if away != self._away and not self._waiting:
            self._away, self._repaint = away, True

    def _hold_ns(self) -> float:
        """How long pictures wait for their sound."""
        sound = self._speaker.playing
        if sound is None or sound.offset_ns is None:
            return 0.0
        longer = sound.needed_ns - self._came_ns - _SLACK_NS
        return max(0.0, min(_HOLD_NS, longer)) if sound.follows_pictures else 0.0

    def _draw(self) -> None:
        now = monotonic()
        due: Frame | None = None
        while self._waiting and self._waiting[0][0] <= now:
            if due is not None:
                self._tally.dropped += 1
            due = self._waiting.popleft()[1]
        if due is not None:
            self._frame, self._repaint = due, True
            self._away = ""
        if self._notice and now > self._notice_until:
            self._notice, self._repaint = "", True
        if self._repaint and self._canvas.visible:
            self._repaint = False
            self._show()
        if due is not None:
            self._count(due)

    def _show(self) -> None:
        if self._frame is None or self._away:
            self._canvas.show_no_signal(self._label, self._away, self._words())
        else:
            frame = self._frame
            pixels = (
                frame.as_format(frame.format).view(np.ndarray).reshape(-1)
            )  # a view: nothing is converted
            self._canvas.show(frame.picture, pixels, self._words())

    def _count(self, frame: Frame) -> None:
        age_ns = utc_ns() - frame.captured_at
        self._shown_ns = _smoothed(self._shown_ns, age_ns)
        sound = self._speaker.playing
        offset_ns = None
        if sound is not None:
            sound.picture_ns = round(self._shown_ns)
            offset_ns = sound.offset_ns
        self._tally.show(monotonic(), age_ns / 1e9, None if offset_ns is None else offset_ns / 1e9)
        self._over = self._over or self._tally.frames == self._settings.frames

    def _words(self) -> list[str]:
        words = [self._notice] if self._notice else []
        if self._paused:
            words.append("paused")
        return words + (self._statistics() if self._stats else [])

    def _statistics(self) -> list[str]:
        tally, frame = self._tally, self._frame
        lines = [f"{tally.fps:.1f} pictures/s, {tally.age_ms:.0f} ms old, {tally.dropped} dropped"]
        if frame is not None:
            lines.append(f"{frame.width} x {frame.height} {frame.format}, {frame.clock.name.lower()} clock")
        sound = self._speaker.playing
        if sound is not None and sound.offset_ns is not None:
            lines.append(f"sound {sound.rate} Hz, {sound.offset_ns / 1e6:+.0f} ms, volume {self._volume} %")
        else:
            lines.append(f"no sound: {self._speaker.trouble}" if self._speaker.trouble else "sound off")
        return lines

    @property
    def _volume(self) -> int:
        return round(100 * self._speaker.volume)

    # --- actions

    def _do(self, action: Action) -> None:
        self._repaint = True
        perform = _ACTIONS.get(action)
        if perform is not None:
            perform(self)

    def _quit(self) -> None:
        self._over = True

    def _pause(self) -> None:
        self._paused = not self._paused
        self._waiting.clear()
        self._silence()
        self._resumed = True  # what went by meanwhile was not missed
        self._canvas.rename(f"{self._label} (paused)" if self._paused else self._label)

    def _switch_sound(self) -> None:
        self._wants_sound = not self._wants_sound
        self._silence()
        self._tell("sound on" if self._wants_sound else "sound off")

    def _silence(self) -> None:
        self._speaker.close()
        self._heard = None

    def _louder(self) -> None:
        self._set_volume(self._speaker.volume + _VOLUME_STEP)

    def _quieter(self) -> None:
        self._set_volume(self._speaker.volume - _VOLUME_STEP)

    def _set_volume(self, volume: float) -> None:
        self._speaker.volume = max(0.0, min(1.0, volume))
        self._tell(f"volume {self._volume} %")

    def _fullscreen(self) -> None:
        self._canvas.toggle_fullscreen()

    def _switch_stats(self) -> None:
        self._stats = not self._stats

    def _save(self) -> None:
        """Write the picture that is shown to a file in the folder in which the command runs."""
        if self._frame is None:
            self._tell("there is no picture to save")
            return
        try:
            path = _free_path(self._label, datetime.now().astimezone())
            path.write_bytes(self._frame.jpeg(_SNAPSHOT_QUALITY))
        except (OSError, FramecastError) as error:
            self._tell(f"the picture was not saved: {error}")
            return
        self._tell(f"saved {path}")
        self._note(f"saved {path}")

    def _tell(self, notice: str) -> None:
        self._notice, self._notice_until = notice, monotonic() + _NOTICE_S


_ACTIONS: dict[Action, Callable[[Viewer], None]] = {
    Action.QUIT: Viewer._quit,
    Action.PAUSE: Viewer._pause,
    Action.FULLSCREEN: Viewer._fullscreen,
    Action.SOUND: Viewer._switch_sound,
    Action.LOUDER: Viewer._louder,
    Action.QUIETER: Viewer._quieter,
    Action.SNAPSHOT: Viewer._save,
    Action.STATS: Viewer._switch_stats,
}


def _smoothed(before: float, now: float) -> float:
    return before + (now - before) * _SMOOTH if before else now


def _free_path(label: str, now: datetime) -> Path:
    """Return a file name that says what and when, and that is not taken."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", label).strip("-.")[:80] or "picture"
    path, number = Path(f"{name}-{now:%Y%m%d-%H%M%S}.jpg"), 1
    while path.exists():
        number += 1
        path = path.with_name(f"{name}-{now:%Y%m%d-%H%M%S}-{number}.jpg")
    return path

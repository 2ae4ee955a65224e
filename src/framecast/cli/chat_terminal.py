"""`framecast chat` on a terminal: messages above, one line of input below. One thread, which waits for keys and for the room at once.

The terminal is put back as it was, however this ends. Everything that is shown of other people goes through `chat_text`.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import termios
import tty
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from time import monotonic
from types import FrameType

from framecast.cli.chat_commands import Quit, Work, run
from framecast.cli.chat_text import Style, coloured, event_lines, message_lines, plain, playback_line, safe
from framecast.cli.failure import sentence
from framecast.cli.input_editor import Entered, InputEditor, Key
from framecast.client.room import LaterActs, Room
from framecast.client.room_values import Done, RoomMessage
from framecast.errors import FramecastError, WouldBlock

TYPING_EVERY_S = 3.0
_PASTE_ON, _PASTE_OFF = "\x1b[?2004h", "\x1b[?2004l"
_READ = 4096


class ChatTerminal:
    """A room on the terminal that stdin and stdout are."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._acts = LaterActs(room)
        self._editor = InputEditor()
        self._style: Style = plain if os.environ.get("NO_COLOR") else coloured
        self._seen = 0  # the number of the newest message that is shown
        self._typed_at = float("-inf")
        self._ready, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._answers: list[Future[Done]] = []

    def run(self, history: Iterable[RoomMessage]) -> None:
        """Serve the person until it leaves.

        Raises:
            FramecastError: the room has gone, or the person was banned. KeyboardInterrupt: Ctrl-C.
        """
        with self._raw():
            for message in history:
                self._seen = message.seq
                self._print(message_lines(message, self._style, self._room.me.id))
            self._print([self._style(f"      * {self._greeting()}", "2")])
            try:
                while self._turn():
                    continue
            except Quit:
                return

    def _turn(self) -> bool:
        self._draw()
        ready, _, _ = select.select([sys.stdin, self._room, self._ready], [], [])
        if self._room in ready:
            self._show_events()
        if self._ready in ready:
            os.read(self._ready, _READ)
            self._show_answers()
        if sys.stdin in ready:
            data = os.read(sys.stdin.fileno(), _READ)
            return bool(data) and self._take(data)
        return True

    def _show_events(self) -> None:
        while True:
            try:
                event = self._room.read_event(0)
            except WouldBlock:
                return
            if event.kind == "message" and event.seq <= self._seen:
                continue
            if event.kind == "playback":
                self._note(playback_line(self._room.playback))
            self._print(event_lines(event, self._style, self._room.me.id))

    def _take(self, data: bytes) -> bool:
        before = self._editor.text
        for found in self._editor.feed(data):
            if found is Key.END:
                return False
            if found is Key.REDRAW:
                self._write("\x1b[H\x1b[2J")
            elif isinstance(found, Entered):
                self._do(found.text)
        if self._editor.text not in (before, "") and not self._editor.text.startswith("/"):
            self._show_typing()
        return True

    def _do(self, text: str) -> None:
        try:
            self._follow(run(self._room, self._acts, text))
        except FramecastError as error:
            self._note(sentence(error))

    def _follow(self, work: Work) -> None:
        if isinstance(work, str):
            self._print(self._style(f"      {safe(text)}", "2") for text in work.split("\n"))
        elif work is not None:
            self._answers.append(work)
            work.add_done_callback(lambda _: os.write(self._wake, b"x"))

    def _show_answers(self) -> None:
        done = [one for one in self._answers if one.done()]
        self._answers = [one for one in self._answers if not one.done()]
        for answer in done:
            error = answer.exception()
            if error is not None:
                self._note(sentence(error))
            elif answer.result().is_held:
                self._note("a moderator decides about your message first")

    def _show_typing(self) -> None:
        if monotonic() - self._typed_at < TYPING_EVERY_S:
            return
        self._typed_at = monotonic()
        try:
            self._acts.show_typing()
        except FramecastError:
            return

    def _greeting(self) -> str:
        room = self._room
        title = safe(room.info.title or room.key)
        may = "" if room.me.may_write else "; you may not write here"
        return f"{title}: you are {safe(room.me.name)}, {room.presence.count} here{may}. /help lists the commands, Ctrl-C leaves"

    # --- the screen

    def _note(self, text: str) -> None:
        self._print([self._style(f"      * {safe(text)}", "33")])

    def _print(self, lines: Iterable[str]) -> None:
        """Write lines above the input."""
        text = "".join(f"{line}\r\n" for line in lines)
        if text:
            self._write(f"\r\x1b[J{text}")

    def _draw(self) -> None:
        prompt = "> "
        width = max(8, shutil.get_terminal_size().columns - len(prompt) - 1)
        drawn = self._editor.drawn(width)
        self._write(f"\r\x1b[K{self._style(prompt, '2')}{drawn.text}\r\x1b[{len(prompt) + drawn.column}C")

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    @contextmanager
    def _raw(self) -> Iterator[None]:
        """Have each key at once; Ctrl-C stays a signal. A window of another size is drawn again."""
        fd = sys.stdin.fileno()
        before = termios.tcgetattr(fd)
        resized = signal.signal(signal.SIGWINCH, self._on_resize)
        try:
            tty.setcbreak(fd)
            self._write(_PASTE_ON)
            yield
        finally:
            self._write(f"{_PASTE_OFF}\r\x1b[J")
            termios.tcsetattr(fd, termios.TCSADRAIN, before)
            signal.signal(signal.SIGWINCH, resized)

    def _on_resize(self, _number: int, _frame: FrameType | None) -> None:
        os.write(self._wake, b"x")

"""One line of input in a terminal: keys in, the text and the place of the cursor out. Pure; what reads keys and draws is `chat_terminal`.

Bytes of the terminal come as they are: UTF-8, control keys, escape sequences, pasted text (bracketed, as xterm has it). The line scrolls sideways in a
window of any width.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from rich.cells import cell_len

LONGEST = 4000  # characters
MOST_HISTORY = 200
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[A-Za-z]|[^\[O])")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")
_PASTE, _PASTED = "\x1b[200~", "\x1b[201~"


class Key(Enum):
    """What is for the program and not for the line."""

    END = auto()  # Ctrl-D on an empty line
    REDRAW = auto()  # Ctrl-L


@dataclass(frozen=True, slots=True)
class Entered:
    """A line that was entered."""

    text: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """What of the line is seen, and the column of the cursor in it."""

    text: str
    column: int


class InputEditor:
    """The line, and the lines before it."""

    def __init__(self) -> None:
        self.text = ""
        self.cursor = 0
        self._history: list[str] = []
        self._place = 0  # in the history; at its end: the new line
        self._draft = ""
        self._first = 0  # the first character that is seen
        self._rest = ""
        self._is_pasting = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> Iterator[Entered | Key]:
        """Take what the terminal sends, and yield what comes of it."""
        text = self._rest + self._decoder.decode(data)
        self._rest = ""
        place = 0
        while place < len(text):
            if text[place] == "\x1b":
                if _UNFINISHED.match(text, place) and len(text) - place < 32:
                    self._rest = text[place:]
                    return
                found = _SEQUENCE.match(text, place)
                place += len(found.group()) if found else 1
                if found:
                    self._on_sequence(found.group())
                continue
            yield from self._on_character(text[place])
            place += 1

    def drawn(self, width: int) -> Drawn:
        """Return what is seen in a window of so many columns."""
        self._first = min(self._first, self.cursor)
        while cell_len(self.text[self._first : self.cursor]) >= max(1, width):
            self._first += 1
        while self._first and cell_len(self.text[self._first - 1 :]) < width:
            self._first -= 1
        seen = self.text[self._first :]
        while cell_len(seen) > width:
            seen = seen[:-1]
        return Drawn(seen, cell_len(self.text[self._first : self.cursor]))

    def _on_sequence(self, sequence: str) -> None:
        if sequence in (_PASTE, _PASTED):
            self._is_pasting = sequence == _PASTE
            return
        act = _SEQUENCES.get(sequence)
        if act is not None and not self._is_pasting:
            act(self)

    def _on_character(self, one: str) -> Iterator[Entered | Key]:
        if self._is_pasting:
            self._insert(" " if one in "\r\n\t" else one)
        elif one in "\r\n":
            text, self.text, self.cursor = self.text, "", 0
            self._remember(text)
            yield Entered(text)
        elif one == "\x04":
            if not self.text:
                yield Key.END
            self._delete()
        elif one == "\x0c":
            yield Key.REDRAW
        elif one in _CONTROLS:
            _CONTROLS[one](self)
        else:
            self._insert(one)

    def _insert(self, one: str) -> None:
        if (one.isprintable() or one in "\u200d\u200c") and len(self.text) < LONGEST:
            self.text = self.text[: self.cursor] + one + self.text[self.cursor :]
            self.cursor += 1

    def _remember(self, text: str) -> None:
        if text.strip() and self._history[-1:] != [text]:
            self._history = [*self._history[1 - MOST_HISTORY :], text]
        self._place, self._draft = len(self._history), ""

    def _go(self, place: int) -> None:
        if not 0 <= place <= len(self._history) or place == self._place:
            return
        if self._place == len(self._history):
            self._draft = self.text
        self._place = place
        self.text = self._draft if place == len(self._history) else self._history[place]
        self.cursor = len(self.text)

    def _move(self, places: int) -> None:
        self.cursor = max(0, min(len(self.text), self.cursor + places))

    def _delete(self) -> None:
        self.text = self.text[: self.cursor] + self.text[self.cursor + 1 :]

    def _erase(self, start: int) -> None:
        self.text = self.text[:start] + self.text[self.cursor :]
        self.cursor = start

    def _word(self) -> int:
        before = self.text[: self.cursor].rstrip()
        return len(before) - len(before.rsplit(None, 1)[-1]) if before else 0

    def _next_word(self) -> int:
        found = re.compile(r"\s*\S*").match(self.text, self.cursor)
        return found.end() if found else self.cursor

    def _cut(self) -> None:
        self.text = self.text[: self.cursor]


_Act = Callable[[InputEditor], None]
_FAR = 1 << 30


def _moves(places: int) -> _Act:
    return lambda editor: editor._move(places)


def _to_word(editor: InputEditor) -> None:
    editor.cursor = editor._word()


def _to_next_word(editor: InputEditor) -> None:
    editor.cursor = editor._next_word()


_CONTROLS: dict[str, _Act] = {
    "\x7f": lambda editor: editor._erase(max(0, editor.cursor - 1)),
    "\x08": lambda editor: editor._erase(max(0, editor.cursor - 1)),
    "\x01": _moves(-_FAR),
    "\x02": _moves(-1),
    "\x05": _moves(_FAR),
    "\x06": _moves(1),
    "\x0b": lambda editor: editor._cut(),
    "\x0e": lambda editor: editor._go(editor._place + 1),
    "\x10": lambda editor: editor._go(editor._place - 1),
    "\x15": lambda editor: editor._erase(0),
    "\x17": lambda editor: editor._erase(editor._word()),
}
_SEQUENCES: dict[str, _Act] = {
    "\x1b[A": lambda editor: editor._go(editor._place - 1),
    "\x1b[B": lambda editor: editor._go(editor._place + 1),
    "\x1b[C": _moves(1),
    "\x1b[D": _moves(-1),
    "\x1bOA": lambda editor: editor._go(editor._place - 1),
    "\x1bOB": lambda editor: editor._go(editor._place + 1),
    "\x1bOC": _moves(1),
    "\x1bOD": _moves(-1),
    "\x1b[H": _moves(-_FAR),
    "\x1b[F": _moves(_FAR),
    "\x1bOH": _moves(-_FAR),
    "\x1bOF": _moves(_FAR),
    "\x1b[1~": _moves(-_FAR),
    "\x1b[4~": _moves(_FAR),
    "\x1b[3~": lambda editor: editor._delete(),
    "\x1b[1;5C": _to_next_word,
    "\x1b[1;5D": _to_word,
    "\x1bf": _to_next_word,
    "\x1bb": _to_word,
    "\x1b\x7f": lambda editor: editor._erase(editor._word()),
}

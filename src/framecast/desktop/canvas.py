"""One desktop window: shows pictures and a few words, and tells what the person does.

SDL's window, drawn by this process into memory that the window system shows; by measurement that is the cheapest way for
pictures that change all the time (`framecast.media.screen`): SDL's own way through OpenGL costs 4 to 9 ms a
picture where there is no GPU. One thread.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from time import monotonic
from typing import Any

import numpy as np
import pygame
import pygame.font
import pygame.image
from numpy.typing import NDArray

from framecast.desktop import letterbox
from framecast.desktop.display import no_display
from framecast.desktop.keys import KEYS, Action
from framecast.errors import FramecastError
from framecast.media.nosignal import no_signal
from framecast.media.screen import Painter
from framecast.model import Picture

_DEFAULT_SIZE = (960, 540)
_ROOM = 0.9  # of the screen: for the window's frame and the desktop's bars
_DOUBLE_CLICK_S = 0.4
_BLACK = (0, 0, 0)
_TEXT, _PANEL = (240, 240, 240), (0, 0, 0, 160)
_TEXT_ROWS = 36  # a line of text is the window's height by this, within limits
_TEXT_SIZES = (12, 28)
# Blue, green, red and a byte that does not count: what `Painter` writes.
_MASKS = (0xFF0000, 0xFF00, 0xFF)
_NO_SCREEN = ("offscreen", "dummy")


def open_screen() -> None:
    """Connect to the desktop.

    Raises:
        FramecastError: there is none.
    """
    asked_for = os.environ.get("SDL_VIDEODRIVER", "")
    try:
        pygame.display.init()
    except pygame.error as error:
        raise FramecastError(no_display(str(error))) from error
    driver = pygame.display.get_driver()
    if driver in _NO_SCREEN and asked_for != driver:
        pygame.display.quit()
        raise FramecastError(no_display("none was found"))
    if driver == "x11":  # pictures by shared memory, not by OpenGL
        os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
    pygame.font.init()


class Canvas:
    """A window. It begins with a usual size and takes the first picture's proportion, unless `size` is given."""

    def __init__(
        self, title: str, size: tuple[int, int] | None, fullscreen: bool, number: int = 0, count: int = 1
    ) -> None:
        screen = pygame.display.get_desktop_sizes()[0]
        self._cell = letterbox.cell(number, count, screen)
        self._adapts = size is None and not fullscreen
        size = size or letterbox.shrink(_DEFAULT_SIZE, self._room)
        try:
            self._window = pygame.Window(title, size, self._position(size), resizable=True)
        except pygame.error as error:
            raise FramecastError(no_display(str(error))) from error
        self._window.minimum_size = (160, 90)
        self._full = False
        self._hidden = False
        self._clean = False  # what is around the picture is black
        self._clicked_at = 0.0
        self._painter = Painter()
        self._fonts: dict[int, pygame.font.Font] = {}
        if fullscreen:
            self.toggle_fullscreen()

    @property
    def size(self) -> tuple[int, int]:
        """Of the window, without its frame."""
        return self._window.get_surface().get_size()

    @property
    def visible(self) -> bool:
        """False while it is minimised: drawing would be for nothing."""
        return not self._hidden

    def actions(self) -> list[Action]:
        """Return what was asked for since the last call."""
        found = []
        for event in pygame.event.get():
            action = self._understand(event)
            if action is not None:
                found.append(action)
        return found

    def toggle_fullscreen(self) -> None:
        """Fill the screen, or be a window again."""
        self._full = not self._full
        self._clean = self._adapts = False
        if self._full:
            self._window.set_fullscreen(True)
        else:
            self._window.set_windowed()

    def rename(self, title: str) -> None:
        """Show another title."""
        self._window.title = title

    def show(self, picture: Picture, buffer: NDArray[np.uint8], words: Sequence[str] = ()) -> None:
        """Show a picture and lines of text over it."""
        if self._adapts:
            self._adapt(picture)
        surface = self._window.get_surface()
        box = letterbox.fit((picture.width, picture.height), surface.get_size())
        if words or not self._clean:
            surface.fill(_BLACK)
        self._clean = not words
        if surface.get_bitsize() == 32 and surface.get_masks()[:3] == _MASKS:
            self._paint(surface, box, picture, buffer)
        else:
            between = pygame.Surface((box.width, box.height), 0, 32, (*_MASKS, 0))
            self._paint(between, letterbox.Box(0, 0, box.width, box.height), picture, buffer)
            surface.blit(between, (box.left, box.top))
        self._write(surface, words)
        self._window.flip()

    def show_no_signal(self, stream: str, reason: str, words: Sequence[str] = ()) -> None:
        """Show that there is no picture, and why."""
        surface = self._window.get_surface()
        jpeg = no_signal(*surface.get_size(), stream, reason)
        surface.blit(pygame.image.load(io.BytesIO(jpeg), "no-signal.jpg"), (0, 0))
        self._clean = False
        self._write(surface, words)
        self._window.flip()

    def close(self) -> None:
        """Close the window and let go of the desktop."""
        self._window.destroy()
        pygame.quit()

    @property
    def _room(self) -> tuple[int, int]:
        return int(self._cell.width * _ROOM), int(self._cell.height * _ROOM)

    def _position(self, size: tuple[int, int]) -> tuple[int, int]:
        """In the middle of the window's own part of the screen."""
        cell = self._cell
        return cell.left + max(0, cell.width - size[0]) // 2, cell.top + max(0, cell.height - size[1]) // 2

    def _adapt(self, picture: Picture) -> None:
        """Become as large as the first picture, where there is room."""
        self._adapts = False
        size = letterbox.shrink((picture.width, picture.height), self._room)
        if size != self.size:
            self._window.size = size
            self._window.position = self._position(size)

    def _paint(
        self, surface: pygame.Surface, box: letterbox.Box, picture: Picture, buffer: NDArray[np.uint8]
    ) -> None:
        # Locks the surface until the last reference is gone; pygame's annotations do not tell that it is a buffer.
        memory: Any = surface.get_buffer()
        rows = np.frombuffer(memory, np.uint8).reshape(surface.get_height(), surface.get_pitch())
        part = rows[box.top : box.top + box.height, 4 * box.left : 4 * (box.left + box.width)]
        height, width = min(box.height, part.shape[0]) & ~1, min(box.width, part.shape[1] // 4) & ~1
        if height and width:
            place = part[:height, : 4 * width].reshape(height, width, 4)
            self._painter.paint(picture, buffer, place)

    def _write(self, surface: pygame.Surface, words: Sequence[str]) -> None:
        """Lines of text in the upper left corner, on a dark panel."""
        if not words:
            return
        least, most = _TEXT_SIZES
        font = self._font(max(least, min(most, surface.get_height() // _TEXT_ROWS)))
        lines = [font.render(line, True, _TEXT) for line in words]
        air = font.get_height() // 2
        width = max(line.get_width() for line in lines) + 2 * air
        panel = pygame.Surface((width, len(lines) * font.get_linesize() + 2 * air), pygame.SRCALPHA)
        panel.fill(_PANEL)
        for row, line in enumerate(lines):
            panel.blit(line, (air, air + row * font.get_linesize()))
        surface.blit(panel, (air, air))

    def _font(self, size: int) -> pygame.font.Font:
        if size not in self._fonts:
            self._fonts[size] = pygame.font.Font(None, round(size * 1.3))
        return self._fonts[size]

    def _understand(self, event: pygame.event.Event) -> Action | None:
        if event.type in (pygame.QUIT, pygame.WINDOWCLOSE):
            return Action.QUIT
        if event.type == pygame.KEYDOWN:
            return KEYS.get(pygame.key.name(event.key))
        if event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            return self._click()
        if event.type in (pygame.WINDOWHIDDEN, pygame.WINDOWMINIMIZED):
            self._hidden = True
        elif event.type in _REPAINTS:
            self._hidden = self._clean = False
            return Action.REPAINT
        return None

    def _click(self) -> Action | None:
        now, before = monotonic(), self._clicked_at
        self._clicked_at = now
        if now - before > _DOUBLE_CLICK_S:
            return None
        self._clicked_at = 0.0
        return Action.FULLSCREEN


_REPAINTS = (
    pygame.WINDOWSIZECHANGED,
    pygame.WINDOWEXPOSED,
    pygame.WINDOWSHOWN,
    pygame.WINDOWRESTORED,
    pygame.WINDOWMAXIMIZED,
)

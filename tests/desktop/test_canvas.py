"""A window's memory, on SDL's driver that shows nothing: in a process of its own, as windows are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

PROGRAM = """
import json, sys
import numpy as np
import pygame
from framecast.desktop.canvas import Canvas, open_screen
from framecast.desktop.keys import Action
from framecast.model import Picture

open_screen()
canvas = Canvas("a", None, False)
surface = canvas._window.get_surface
found = {"begin": canvas.size}
red = np.zeros((240, 320, 3), np.uint8)
red[..., 2] = 255
canvas.show(Picture("bgr", 320, 240, full_range=True), red.reshape(-1))
found["adapted"] = canvas.size
found["red"] = tuple(surface().get_at((160, 120)))[:3]
canvas._window.size = (600, 240)
pygame.event.pump()
canvas.actions()
canvas.show(Picture("bgr", 320, 240, full_range=True), red.reshape(-1))
found["after"] = [tuple(surface().get_at(place))[:3] for place in ((10, 120), (300, 120), (590, 120))]
canvas.show(Picture("bgr", 320, 240, full_range=True), red.reshape(-1), ["words"])
left = pygame.surfarray.array3d(surface())[:130]
found["words"] = bool(left.any())
canvas.show(Picture("bgr", 320, 240, full_range=True), red.reshape(-1))
found["no words"] = bool(pygame.surfarray.array3d(surface())[:130].any())
canvas.show_no_signal("front-door", "the camera has left")
found["no signal"] = tuple(surface().get_at((5, 5)))[:3]

def post(kind, **fields):
    pygame.event.post(pygame.event.Event(kind, fields))

pygame.event.clear()
for key in (pygame.K_q, pygame.K_ESCAPE, pygame.K_SPACE, pygame.K_UP, pygame.K_x):
    post(pygame.KEYDOWN, key=key)
for _ in range(3):
    post(pygame.MOUSEBUTTONDOWN, button=1, pos=(1, 1))
post(pygame.WINDOWCLOSE)
found["actions"] = [action.name for action in canvas.actions()]
post(pygame.WINDOWMINIMIZED)
canvas.actions()
found["hidden"] = not canvas.visible
post(pygame.WINDOWRESTORED)
found["repaint"] = [action.name for action in canvas.actions()]
found["visible"] = canvas.visible
canvas.close()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """Give what a process with a window has seen."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"SDL_VIDEODRIVER": "dummy", "PYGAME_HIDE_SUPPORT_PROMPT": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_window_takes_the_size_of_the_first_picture(found: dict[str, Any]) -> None:
    assert found["begin"] != [320, 240] == found["adapted"]
    assert found["red"] == [255, 0, 0]


def test_what_is_beside_the_picture_is_black(found: dict[str, Any]) -> None:
    assert found["after"] == [[0, 0, 0], [255, 0, 0], [0, 0, 0]]


def test_words_stand_over_all_and_leave_nothing_behind(found: dict[str, Any]) -> None:
    assert found["words"]
    assert not found["no words"]


def test_no_signal_fills_the_window(found: dict[str, Any]) -> None:
    assert found["no signal"] != [0, 0, 0]
    assert found["no signal"] != [255, 0, 0]


def test_keys_clicks_and_the_close_button_are_understood(found: dict[str, Any]) -> None:
    assert found["actions"] == ["QUIT", "QUIT", "PAUSE", "LOUDER", "FULLSCREEN", "QUIT"]


def test_minimised_window_is_not_drawn(found: dict[str, Any]) -> None:
    assert found["hidden"]
    assert found["repaint"] == ["REPAINT"]
    assert found["visible"]


def test_display_that_cannot_be_opened_is_a_sentence() -> None:
    program = "from framecast.desktop.canvas import open_screen; open_screen()"
    for display, words in ((":9876", "the display :9876 cannot be opened"), ("", "there is no display here")):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={key: value for key, value in os.environ.items() if key != "SDL_VIDEODRIVER"}
            | {"DISPLAY": display, "WAYLAND_DISPLAY": ""},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 1
        assert f"FramecastError: {words}" in done.stderr

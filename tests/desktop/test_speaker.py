"""A window's sound, on SDL's devices without an ear: in a process of its own, as windows are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framecast
from tests.client.nodes import TestNode

PROGRAM = """
import json, select, sys
import framecast
from framecast.desktop.speaker import Speaker

speaker = Speaker()
speaker.volume = float(sys.argv[2])
with framecast.open(sys.argv[1]) as reader:
    speaker.open(reader)
    while not speaker.trouble and (speaker.playing is None or speaker.playing.stats.played < 48000):
        select.select([speaker.fileno()], [], [], 1)
        speaker.feed()
    sound = speaker.playing
    found = {"trouble": speaker.trouble, "sound": sound and [sound.rate, sound.channels]}
    for _ in range(2):
        speaker.close()
    found["after"] = [speaker.playing, speaker.fileno()]
print(json.dumps(found))
"""


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    """Give a node in a folder of its own."""
    return TestNode(tmp_path)


def hear(node: TestNode, stream: str, *, volume: float = 1, driver: str = "dummy") -> dict[str, Any]:
    """Return what a process with a speaker has seen when it has played a second, or cannot."""
    disk = {"SDL_AUDIODRIVER": driver, "SDL_DISKAUDIOFILE": str(node.folder / "sound.raw")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, stream, str(volume)],
        env=os.environ
        | disk
        | {"FRAMECAST_RUNTIME_DIR": str(node.folder), "PYGAME_HIDE_SUPPORT_PROMPT": "1"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_sound_is_played_as_loud_as_wanted_until_it_is_closed(node: TestNode) -> None:
    loudest = []
    with node, framecast.NodeClient(node.folder) as client:
        client.put("tone", "pattern:?size=160x120")
        for volume in (1.0, 0.25):
            found = hear(node, "tone", volume=volume, driver="disk")
            assert found == {"trouble": "", "sound": [48000, found["sound"][1]], "after": [None, None]}
            loudest.append(np.abs(np.fromfile(node.folder / "sound.raw", np.int16)).max())
    assert 0 < loudest[1] <= loudest[0] / 3


def test_stream_without_sound_says_so(node: TestNode) -> None:
    with node, framecast.NodeClient(node.folder) as client:
        client.put("sensor", "numbers:")
        found = hear(node, "sensor")
    assert (found["trouble"], found["sound"]) == ("this stream has no sound", None)


def test_machine_without_a_device_says_so_and_keeps_nothing_open(node: TestNode) -> None:
    with node, framecast.NodeClient(node.folder) as client:
        client.put("tone", "pattern:?size=160x120")
        found = hear(node, "tone", driver="none-such")
    assert found["trouble"].startswith("no sound device: ")
    assert found["after"] == [None, None]

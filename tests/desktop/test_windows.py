"""Windows as processes: they end with the command, however it ends, and do not take each other along."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from framecast.desktop.windows import MAX_WINDOWS, check
from framecast.errors import FramecastError, Invalid
from tests.cli.running import Node
from tests.desktop.watching import Watching, exists
from tests.support.display import Display
from tests.support.waiting import until


def test_interrupt_ends_all_windows(display: Display, node: Node) -> None:
    with Watching(display, node.folder, "wide", "high", "--mute") as watching:
        for name in ("wide", "high"):
            watching.window(name)
        pids = watching.windows()
        assert len(pids) == 2
        watching.interrupt()
        code, said, complained = watching.ended()
    assert (code, complained) == (0, "")
    assert len(said.splitlines()) == 2
    assert not any(exists(pid) for pid in pids)


def test_killed_command_leaves_no_window(display: Display, node: Node) -> None:
    with Watching(display, node.folder, "wide", "--mute") as watching:
        pid = watching.window("wide").pid
        watching.process.kill()
        watching.ended()
        until(lambda: not exists(pid), "the window's end")


def test_window_that_is_killed_takes_no_other_with_it(display: Display, node: Node) -> None:
    with Watching(display, node.folder, "wide", "high", "--mute") as watching:
        wide, high = watching.window("wide"), watching.window("high")
        os.kill(wide.pid, signal.SIGKILL)
        until(lambda: "wide" not in display.windows(), "the window's end")
        assert high.size != (0, 0)
        high.press("q")
        code, _, complained = watching.ended()
    assert code == 7
    assert complained == "framecast: a window ended with signal 9 without a word\n"


def test_close_button_closes_one_window(display: Display, node: Node) -> None:
    with Watching(display, node.folder, "wide", "--mute") as watching:
        watching.window("wide").close()
        assert watching.ended()[0] == 0


def test_windows_stand_beside_each_other(display: Display, node: Node) -> None:
    names = ["wide", "high"]
    with Watching(display, node.folder, *names, "--mute", "--size", "400x300") as watching:
        windows = [watching.window(name) for name in names]
        assert abs(windows[0].left - windows[1].left) >= 400
        watching.interrupt()
        assert watching.ended()[0] == 0


def test_password_is_not_in_the_arguments_nor_in_the_title(
    display: Display, node: Node, free_port: int
) -> None:
    url = f"rtsp://me:hidden-word@127.0.0.1:{free_port}/x"
    with Watching(display, node.folder, url, "--mute") as watching:
        window = watching.window(f"rtsp://***@127.0.0.1:{free_port}/x")
        for pid in (watching.process.pid, window.pid):
            with open(f"/proc/{pid}/cmdline", "rb") as arguments:
                assert b"hidden-word" not in arguments.read()
        window.press("q")
        code, said, complained = watching.ended()
    assert code == 0
    assert "hidden-word" not in said + complained
    assert ": 0 pictures" in said


def test_missing_library_is_a_sentence_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":1")
    check(["pattern:"])
    monkeypatch.setitem(sys.modules, "pygame", None)
    with pytest.raises(FramecastError, match=r"windows need the library pygame-ce .* -m pip install "):
        check(["pattern:"])


def test_too_many_windows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":1")
    check(["pattern:"] * MAX_WINDOWS)
    with pytest.raises(Invalid, match="got 65 streams"):
        check(["pattern:"] * (MAX_WINDOWS + 1))

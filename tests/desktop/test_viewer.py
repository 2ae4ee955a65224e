"""Windows as a person sees them: on a virtual display, with real keys, read from the screen."""

from __future__ import annotations

import re
import select
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import framecast
from framecast.media.testpicture import read_blocks
from tests.cli.running import Node
from tests.desktop.watching import Watching, resume, stop
from tests.support.display import Display, Window, lit
from tests.support.waiting import until

WIDE, HIGH = Fraction(16, 9), Fraction(4, 3)


def number(window: Window, proportion: Fraction = WIDE) -> int | None:
    """The number of the picture that a window shows."""
    blocks = window.blocks(proportion)
    return None if blocks is None else blocks.frame


def moves(window: Window, proportion: Fraction = WIDE) -> None:
    """Wait until the picture is another one."""
    first = int(until(lambda: (number(window, proportion) or -1) + 1, "a picture"))
    until(lambda: (number(window, proportion) or 0) >= first, "another picture")


@contextmanager
def white(node: Node, name: str, size: tuple[int, int]) -> Iterator[Callable[[], object]]:
    """A program's stream of white pictures: gives a function that sends one."""
    image = np.full((size[1], size[0], 3), 255, np.uint8)
    with framecast.publish(name, node=node.folder / "run") as out:
        yield lambda: out.send(image)


def test_two_windows_show_two_streams_that_move_until_both_are_quit(display: Display, node: Node) -> None:
    with Watching(display, node.folder, "wide", "high") as watching:
        wide, high = watching.window("wide"), watching.window("high")
        assert wide.pid != high.pid
        moves(wide)
        moves(high, HIGH)
        assert [wide.blocks(WIDE).stream_id, high.blocks(HIGH).stream_id] == [16, 43]  # type: ignore[union-attr]
        assert (wide.size, high.size) == ((640, 360), (640, 480))
        wide.press("q")
        until(lambda: "wide" not in display.windows(), "the end of the first window")
        moves(high, HIGH)
        high.press("Escape")
        code, said, complained = watching.ended()
    assert (code, complained) == (0, "")
    assert [line.partition(":")[0] for line in said.splitlines()] == ["wide", "high"]


@pytest.mark.parametrize("size", [(900, 300), (300, 800), (641, 479)])
def test_picture_keeps_its_proportion_in_the_middle_of_black(
    size: tuple[int, int], display: Display, node: Node
) -> None:
    with (
        white(node, "white", (640, 480)) as send,
        Watching(display, node.folder, "white", "--mute") as watching,
    ):
        window = watching.window("white")
        until(lambda: send() or lit(window.grab()) == (0, 0, 640, 480), "the picture in its own size")
        window.resize(*size)
        scale = min(size[0] / 640, size[1] / 480)
        width, height = 640 * scale, 480 * scale
        expected = ((size[0] - width) / 2, (size[1] - height) / 2, width, height)

        def fits() -> bool:
            send()
            around = window.grab()
            seen = lit(around)
            if seen is None or any(abs(one - two) > 2 for one, two in zip(seen, expected, strict=True)):
                return False
            left, top, width, height = seen
            around[top : top + height, left : left + width] = 0
            return not around.any()

        until(fits, f"a picture at {expected}, and black around it")


def test_pause_holds_the_picture_and_going_on_shows_the_newest(display: Display, node: Node) -> None:
    with (
        framecast.open("wide", node=node.folder / "run", timeout_s=20) as other,
        Watching(display, node.folder, "wide", "--mute", "--size", "640x500") as watching,
    ):
        window = watching.window("wide")
        moves(window)
        window.press("space")
        held = display.window("wide (paused)").blocks()
        assert held is not None
        begin = other.read().seq
        while (newest := other.read()).seq < begin + 40:
            continue
        assert window.blocks() == held
        window.press("space")
        until(lambda: (number(window) or 0) >= newest.seq, "the newest picture")
        window.press("q")
        code, said, _ = watching.ended()
    assert code == 0
    assert "dropped" in said


def test_window_fills_the_screen_and_is_a_window_again(display: Display, node: Node) -> None:
    with Watching(display, node.folder, "wide", "--mute", "--size", "500x400") as watching:
        window = watching.window("wide")
        moves(window)
        assert window.size == (500, 400)
        window.press("f")
        until(lambda: window.size == display.size, "the whole screen")
        moves(window)
        window.double_click()
        until(lambda: window.size == (500, 400), "the window")
        moves(window)


def test_window_begins_with_the_whole_screen_when_asked_to(display: Display, node: Node) -> None:
    with Watching(display, node.folder, "wide", "--mute", "--fullscreen") as watching:
        window = watching.window("wide")
        until(lambda: window.size == display.size, "the whole screen")
        moves(window)


def test_saved_picture_is_the_one_that_is_shown_in_its_own_size(
    display: Display, node: Node, tmp_path: Path
) -> None:
    with Watching(display, node.folder, "wide", "--mute", "--size", "400x400", cwd=tmp_path) as watching:
        window = watching.window("wide")
        moves(window)
        window.press("space")
        shown = display.window("wide (paused)").blocks(WIDE)
        window.press("s")
        file: Path = until(lambda: next(tmp_path.glob("wide-*.jpg"), None), "the file")
        window.press("s")
        until(lambda: len(list(tmp_path.glob("wide-*.jpg"))) == 2, "a second file, not over the first")
        window.press("q")
        code, _, complained = watching.ended()
    assert code == 0
    assert f"saved {file.name}" in complained
    with av.open(str(file)) as picture:
        saved = np.asarray(next(picture.decode(video=0)).to_ndarray(format="gray"), np.uint8)
    assert saved.shape == (360, 640)
    assert shown is not None
    assert read_blocks(saved) == shown


def test_figures_stand_over_the_picture_and_go_again(display: Display, node: Node) -> None:
    with Watching(display, node.folder, "wide", "--mute", "--size", "640x640") as watching:
        window = watching.window("wide")
        moves(window)

        def bar() -> bool:
            """Something is written above the picture, where all is black."""
            return bool(window.grab()[:100].any())

        assert not bar()
        window.press("i")
        until(bar, "the figures")
        window.press("i")
        until(lambda: not bar(), "their end")


def test_source_that_dies_leaves_no_frozen_picture_and_comes_back(display: Display, node: Node) -> None:
    with ExitStack() as program:
        send = program.enter_context(white(node, "white", (640, 480)))
        with Watching(display, node.folder, "white", "--mute") as watching:
            window = watching.window("white")
            shows(window, send)
            program.close()
            until(lambda: is_dim(window), "no signal")
            send = program.enter_context(white(node, "white", (640, 480)))
            shows(window, send)
            program.close()
            until(lambda: is_dim(window), "no signal")
            window.press("q")
            assert watching.ended()[0] == 0


def shows(window: Window, send: Callable[[], object]) -> None:
    """Send white pictures until one is shown."""
    until(lambda: send() or lit(window.grab()) == (0, 0, 640, 480), "the picture")


def is_dim(window: Window) -> bool:
    """Neither black nor the white picture: what is shown where there is none."""
    return 15 < float(window.grab().mean()) < 100


def test_stream_that_is_removed_and_added_again_is_shown_again(display: Display, node: Node) -> None:
    source = "pattern:?size=640x360&fps=25&id=7"
    assert node.command("add", "later", source).returncode == 0
    with Watching(display, node.folder, "later", "--mute") as watching:
        window = watching.window("later")
        moves(window)
        assert node.command("remove", "later").returncode == 0
        until(lambda: window.blocks() is None, "no signal")
        assert node.command("add", "later", source).returncode == 0
        moves(window)
        assert node.command("remove", "later").returncode == 0
        window.press("q")
        assert watching.ended()[0] == 0


def test_window_that_stands_still_or_draws_all_the_time_changes_nothing_for_another_reader(
    display: Display, node: Node
) -> None:
    arguments = ("wide", "--mute", "--fullscreen")
    with (
        framecast.open("wide", node=node.folder / "run", policy="queue(60)", timeout_s=20) as other,
        Watching(display, node.folder, *arguments) as watching,
    ):
        window = watching.window("wide")
        moves(window)
        pid = window.pid
        other.read()
        seen = [other.read().dropped for _ in range(50)]
        stop(pid)
        try:
            seen += [other.read().dropped for _ in range(50)]
        finally:
            resume(pid)
        assert sum(seen) == 0
        newest = other.read().seq
        until(lambda: (number(window) or 0) >= newest, "the newest picture")


def test_window_without_sound_leaves_the_sound_alone(display: Display, node: Node) -> None:
    def readers() -> int:
        return int(node.streams()["wide"]["readers"])

    with Watching(display, node.folder, "wide", "--mute") as watching:
        window = watching.window("wide")
        moves(window)
        assert readers() == 1
        window.press("m")
        until(lambda: readers() == 2, "a reader of the sound")
        window.press("m")
        until(lambda: readers() == 1, "its end")


def test_tone_is_played_until_it_is_switched_off(display: Display, node: Node, tmp_path: Path) -> None:
    raw = tmp_path / "sound.raw"
    disk = {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(raw)}
    with Watching(display, node.folder, "wide", more=disk) as watching:
        window = watching.window("wide")
        until(lambda: raw.exists() and raw.stat().st_size > 4 * 48000, "two seconds of sound")
        window.press("m")
        until(lambda: not _grows(raw), "silence")
        window.press("q")
        code, said, _ = watching.ended()
    assert code == 0
    assert "sound" in said
    sound = np.fromfile(raw, np.int16)[48000:96000]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    peak = int(spectrum.argmax())
    assert 400 <= peak <= 480  # this driver's clock is some percent fast, and the sound is stretched to it
    assert spectrum[380:500].sum() > 0.5 * spectrum.sum()


def _grows(file: Path) -> bool:
    """Whether anything is added to it in a third of a second, which are ten chunks and more."""
    before = file.stat().st_size
    select.select([], [], [], 0.3)
    return file.stat().st_size > before


def test_window_without_a_sound_device_shows_its_pictures(display: Display, node: Node) -> None:
    broken = {"SDL_AUDIODRIVER": "none-such"}
    with Watching(display, node.folder, "wide", "--frames", "20", more=broken) as watching:
        code, said, _ = watching.ended()
    assert code == 0
    assert said.startswith("wide: 20 pictures")
    assert "sound" not in said


def test_sound_is_heard_with_its_picture(display: Display, node: Node) -> None:
    with Watching(display, node.folder, "wide", "--frames", "100") as watching:
        code, said, _ = watching.ended()
    assert code == 0
    found = re.search(r"sound ([+-]\d+) ms", said)
    assert found, said
    assert abs(int(found[1])) <= 80

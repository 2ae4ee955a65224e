"""A watched file, changed in all the ways that programs change files."""

import asyncio
import os
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from framecast.node.watch import FileWatch

SETTLE_S = 0.2


def replaced(path: Path, text: str) -> None:
    fresh = path.with_name("fresh")
    fresh.write_text(text)
    fresh.replace(path)


def rewritten(path: Path, text: str) -> None:
    path.write_text(text)


def removed_and_made(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


def change(path: Path, *changes: Callable[[], None], others: Sequence[Path] = ()) -> int:
    """Return how often the watch spoke up until the last change was told."""

    async def watch() -> int:
        told = 0
        changed = asyncio.Event()

        def on_change() -> None:
            nonlocal told
            told += 1
            changed.set()

        file_watch = FileWatch([path, *others], on_change, SETTLE_S)
        try:
            for apply in changes:
                changed.clear()
                apply()
                async with asyncio.timeout(20):
                    await changed.wait()
        finally:
            file_watch.close()
        return told

    return asyncio.run(watch())


@pytest.mark.parametrize("way", [replaced, rewritten, removed_and_made])
def test_change_is_told(tmp_path: Path, way: Callable[[Path, str], None]) -> None:
    path = tmp_path / "framecast.yaml"
    path.write_text("one")
    assert change(path, lambda: way(path, "two"), lambda: way(path, "three")) == 2


def test_file_behind_links_is_followed_when_a_link_is_exchanged(tmp_path: Path) -> None:
    """As Kubernetes mounts a ConfigMap: file -> ..data/file, ..data -> a folder with a date."""
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "framecast.yaml").write_text(name)
    (tmp_path / "..data").symlink_to("first")
    path = tmp_path / "framecast.yaml"
    path.symlink_to("..data/framecast.yaml")

    def exchange() -> None:
        (tmp_path / "..new").symlink_to("second")
        (tmp_path / "..new").rename(tmp_path / "..data")

    def write() -> None:
        (tmp_path / "second" / "framecast.yaml").write_text("third")

    assert change(path, exchange, write) == 2


def test_same_content_and_other_files_are_no_change(tmp_path: Path) -> None:
    path = tmp_path / "framecast.yaml"
    path.write_text("one")

    def several() -> None:
        (tmp_path / "other").write_text("x")
        replaced(path, "one")
        replaced(path, "two")

    assert change(path, several) == 1


def test_files_of_several_folders_are_watched_by_one(tmp_path: Path) -> None:
    paths = [tmp_path / name / "file" for name in ("a", "b", "missing")]
    for path in paths:
        path.parent.mkdir()
    for path in paths[:2]:
        path.write_text("one")
    changes = [lambda path=path: path.write_text("two") for path in paths]
    assert change(paths[0], *changes, others=paths[1:]) == 3


def test_file_that_is_followed_later_is_watched_and_one_that_is_followed_no_more_is_not(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "a" / "file", tmp_path / "b" / "file"
    for path in (first, second):
        path.parent.mkdir()
        path.write_text("one")

    async def watch() -> int:
        told = 0
        changed = asyncio.Event()

        def on_change() -> None:
            nonlocal told
            told += 1
            changed.set()

        file_watch = FileWatch([first], on_change, SETTLE_S)
        try:
            file_watch.follow([second])
            first.write_text("two")
            second.write_text("two")
            async with asyncio.timeout(20):
                await changed.wait()
        finally:
            file_watch.close()
        return told

    assert asyncio.run(watch()) == 1


def test_change_that_came_before_a_file_was_followed_again_is_told(tmp_path: Path) -> None:
    """As when a file changes while the configuration that names it is read."""
    path = tmp_path / "file"
    path.write_text("one")

    async def watch() -> None:
        changed = asyncio.Event()
        file_watch = FileWatch([path], changed.set, SETTLE_S)
        try:
            path.write_text("two")
            file_watch.follow([path])
            async with asyncio.timeout(20):
                await changed.wait()
        finally:
            file_watch.close()

    asyncio.run(watch())


def test_file_that_is_gone_is_told(tmp_path: Path) -> None:
    path = tmp_path / "framecast.yaml"
    path.write_text("one")
    assert change(path, path.unlink, lambda: rewritten(path, "one")) == 2


def test_file_that_is_held_open_for_writing_is_told_when_it_is_closed(tmp_path: Path) -> None:
    """As an editor or a template writes it: truncated, then line by line."""
    path = tmp_path / "framecast.yaml"
    path.write_text("one")
    other = tmp_path / "other"

    async def watch() -> None:
        changed = asyncio.Event()
        marked = asyncio.Event()
        file_watch, mark = FileWatch([path], changed.set, SETTLE_S), FileWatch([other], marked.set, SETTLE_S)
        try:
            with path.open("w") as file:
                for line in ("two", "three"):
                    file.write(line)
                    file.flush()
                    marked.clear()
                    other.write_text(line)  # told after the time in which the open file would have been, too
                    async with asyncio.timeout(20):
                        await marked.wait()
                    assert not changed.is_set()
            async with asyncio.timeout(20):
                await changed.wait()
        finally:
            file_watch.close()
            mark.close()

    asyncio.run(watch())


def test_other_files_of_the_folder_do_not_put_it_off(tmp_path: Path) -> None:
    path, noise = tmp_path / "framecast.yaml", tmp_path / "log"
    path.write_text("one")

    async def watch() -> None:
        changed = asyncio.Event()
        file_watch = FileWatch([path], changed.set, SETTLE_S)

        async def write() -> None:
            while not changed.is_set():
                noise.write_text("x")
                await asyncio.sleep(SETTLE_S / 10)

        try:
            path.write_text("two")
            async with asyncio.timeout(20):
                await write()
        finally:
            file_watch.close()

    asyncio.run(watch())


def test_pipe_in_place_of_a_file_does_not_stop_the_loop(tmp_path: Path) -> None:
    path = tmp_path / "framecast.yaml"
    path.write_text("one")

    def piped() -> None:
        path.unlink()
        os.mkfifo(path)

    assert change(path, piped) == 1


def test_file_is_followed_although_its_folder_was_away(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "framecast.yaml"
    path.parent.mkdir()
    path.write_text("one")

    def again() -> None:
        path.parent.mkdir()
        path.write_text("two")

    assert change(path, lambda: shutil.rmtree(path.parent), again, lambda: rewritten(path, "three")) == 3


def test_each_exchange_of_a_mounted_configuration_is_told_although_the_old_folder_is_removed(
    tmp_path: Path,
) -> None:
    """As Kubernetes does it at every change: cfg4k #65, mediamtx #181."""
    path = tmp_path / "framecast.yaml"
    path.symlink_to("..data/framecast.yaml")

    def exchange(number: int) -> None:
        folder = tmp_path / f"..{number}"
        folder.mkdir()
        (folder / "framecast.yaml").write_text(str(number))
        (tmp_path / "..new").symlink_to(folder.name)
        (tmp_path / "..new").rename(tmp_path / "..data")
        shutil.rmtree(tmp_path / f"..{number - 1}", ignore_errors=True)

    exchange(0)
    assert change(path, *(partial(exchange, number) for number in range(1, 4))) == 3

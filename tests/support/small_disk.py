"""A real file system that is small and can lose its power: ext4 in a file, mounted by the kernel. Needs root and loop devices; tests are skipped without them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MIB = 1 << 20


class SmallDisk:
    """A mounted disk. `folder` is where."""

    def __init__(self, image: Path, folder: Path) -> None:
        self._image, self.folder = image, folder

    @property
    def free(self) -> int:
        """How many bytes a program can still write."""
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def fill(self, left: int) -> Path:
        """Let a file take all but `left` bytes, and return it."""
        ballast = self.folder / "ballast"
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, self.free - left)
        return ballast

    @contextmanager
    def after_power_cut(self) -> Iterator[Path]:
        """Mount what the disk has at this moment, without what is only in the memory of the kernel."""
        copy = self._image.with_suffix(".cut")
        shutil.copyfile(self._image, copy)
        with _mounted(copy, self.folder.with_name("cut")) as folder:
            yield folder


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[SmallDisk]:
    """Make a disk of `size` bytes in the folder `place`, and remove it. Everything that uses it must have ended."""
    image = place / "disk.image"
    with image.open("wb") as file:
        file.truncate(size)
    if os.getuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("this test needs root and mkfs.ext4 (package e2fsprogs): it mounts a small disk")
    subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", image], check=True)
    with _mounted(image, place / "disk") as folder:
        yield SmallDisk(image, folder)


@contextmanager
def _mounted(image: Path, folder: Path) -> Iterator[Path]:
    folder.mkdir()
    done = subprocess.run(["mount", "-o", "loop", image, folder], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(
            f"this test mounts a small disk, and this system does not allow it: {done.stderr.strip()}"
        )
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)

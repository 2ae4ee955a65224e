"""The streams that the API has added, in one private file that survives crashes.

The file is written beside the old one and renamed after fsync: a crash or a full disk leaves the old file. A lock file makes two nodes
with one data folder take turns; each writes its own change into what it finds. A damaged file does not stop the node: its readable
entries are used, and the file is kept under another name, never overwritten. Addresses are sealed (`saved_entry`); those of a plain file of an
earlier version are sealed at the next change. Any thread; blocks for the disk.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from framecast import private_file
from framecast.errors import FramecastError
from framecast.keyfile import KeyFile
from framecast.log import get_logger
from framecast.model import StreamSpec
from framecast.node import salvage
from framecast.node.saved_entry import compact, sealed, spec_of

FILE_NAME = "streams.json"

log = get_logger(__name__)


class SavedStreams:
    """`streams.json` in the data folder. Blocks for the disk: call it from a thread."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / FILE_NAME
        self._keys = KeyFile(data_dir)
        self.found = False  # the file existed when it was loaded
        self.problems: list[str] = []  # sentences: what was wrong with it
        # Streams that exist although nobody has saved them; saved with the first change.
        self.implicit: dict[str, StreamSpec] = {}

    def load(self) -> dict[str, StreamSpec]:
        """Return the saved streams that can be read. Never raises; `problems` says what is wrong."""
        self.found = os.path.lexists(self.path)
        self.problems = []
        try:
            given = self._read()
        except salvage.Damaged as damaged:
            given = damaged.readable
            self._repair(damaged)
        except OSError as error:
            given = {}
            self._complain(
                f"{self.path} cannot be read ({error.strerror or error}), so its streams are missing: "
                "let this user read it, or set --data-dir to another folder; then restart the node"
            )
        else:
            self._warn_if_read_only()
        return dict(self._specs(given))

    def _warn_if_read_only(self) -> None:
        """Say before the first change that it will fail. Makes no folder."""
        folder = self.path.parent
        while not os.path.lexists(folder) and folder != folder.parent:
            folder = folder.parent
        if not os.access(folder, os.W_OK | os.X_OK):
            self._complain(
                f"the data folder {self.path.parent} cannot be written ({os.strerror(errno.EACCES)}: {folder}): streams that are "
                "added will not be saved; let this user write there, or set --data-dir to another folder"
            )

    def _specs(self, given: dict[str, Any]) -> Iterator[tuple[str, StreamSpec]]:
        for name, entry in given.items():
            try:
                yield name, spec_of(name, entry, self._keys, self._complain).check_shared()
            except (FramecastError, TypeError, ValueError, OverflowError, RecursionError) as error:
                self._complain(f"a saved stream is skipped: {error} (in {self.path})")

    def _repair(self, damaged: salvage.Damaged) -> None:
        """Keep the damaged file under another name, and put its readable entries in its place."""
        what = f"{self.path} is damaged ({damaged})"
        try:
            with self._turn():
                aside = self._write(damaged.readable, is_damaged=True)
        except FramecastError as error:
            self._complain(f"{what}, and is not repaired: {error}")
            return
        count = len(damaged.readable)
        self._complain(
            f"{what}: it is kept as {aside}, and {count or 'none'} of its streams could be read: "
            "add the others again, or replace it by a good copy and restart the node"
        )

    def _complain(self, problem: str) -> None:
        log.error(problem)
        self.problems.append(problem)

    def put(self, spec: StreamSpec) -> None:
        """Save a stream.

        Raises:
            FramecastError: it could not be written; what was saved before stays.
        """
        with self._turn():
            found, is_damaged = self._now()
            self._write({**found, spec.name: compact(spec)}, is_damaged)

    def delete(self, name: str) -> None:
        """Remove a saved stream.

        Raises:
            FramecastError: as `put`.
        """
        with self._turn():
            found, is_damaged = self._now()
            self._write({key: value for key, value in found.items() if key != name}, is_damaged)

    def set_aside(self) -> Path:
        """Keep the file under another name, because its streams are somewhere else now; return that name.

        Raises:
            FramecastError: it cannot be renamed.
        """
        aside = self.path.with_name(f"{self.path.name}.imported")
        try:
            with self._turn():
                self.path.replace(aside)
        except OSError as error:
            raise FramecastError(
                f"{self.path} cannot be renamed ({error.strerror}): rename it, otherwise its streams come back at the next start"
            ) from error
        return aside

    def _now(self) -> tuple[dict[str, Any], bool]:
        """The entries of the file now, and whether it must be kept because it may have more."""
        try:
            return self._read(), False
        except salvage.Damaged as damaged:
            return damaged.readable, True
        except OSError:
            return {}, True

    def _read(self) -> dict[str, Any]:
        try:
            return salvage.read(self.path)
        except FileNotFoundError:
            return {name: compact(spec) for name, spec in self.implicit.items()}

    def _write(self, streams: dict[str, Any], is_damaged: bool = False) -> Path | None:
        """Replace the file by these entries, their addresses sealed; return where a damaged file is kept."""
        streams = {name: sealed(name, entry, self._keys) for name, entry in streams.items()}
        aside: list[Path] = []

        def keep() -> None:
            if is_damaged:
                aside.append(salvage.set_aside(self.path))

        try:
            private_file.replace(self.path, json.dumps(streams, indent=1), keep)
        except OSError as error:
            raise FramecastError(
                f"{self.path} could not be written ({error.strerror or error}): nothing was changed"
            ) from error
        return aside[0] if aside else None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        try:
            lock = private_file.locked(self.path)
        except OSError as error:
            raise FramecastError(
                f"the data folder {self.path.parent} could not be written ({error.strerror}), so nothing was changed: "
                "let the node's user write there, or start it with another --data-dir"
            ) from error
        with lock:
            yield

"""The streams that the API has added, in one private file that survives everything.

Written beside and renamed into place after fsync: a crash or a full disk leaves the old file. A lock file makes two nodes
with one data folder take turns; each writes its own change into what it finds.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog

from framecast.errors import FramecastError, Invalid
from framecast.model import StreamSpec
from framecast.model.kinds import names_credentials

FILE_NAME = "streams.json"
# The key of an entry that says who has given its address: the owner of the node, or somebody over the network.
_ORIGIN = "origin"

log = structlog.get_logger(__name__)


class SavedStreams:
    """`streams.json` in the data folder. Blocks for the disk: call it from a thread."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / FILE_NAME

    def load(self) -> dict[str, StreamSpec]:
        """Return what is saved.

        Raises:
            Invalid: the file cannot be read; it is left as it is for a person to mend.
        """
        specs = {}
        for name, given in self._read().items():
            try:
                specs[name] = _spec(name, given)
            except Invalid as error:
                log.error("a saved stream is left out", file=str(self.path), why=str(error))
        return specs

    def put(self, spec: StreamSpec) -> None:
        """Save a stream.

        Raises:
            FramecastError: the disk does not take it; what was saved before stays.
        """
        with self._turn():
            self._write({**self._read(), spec.name: _compact(spec)})

    def delete(self, name: str) -> None:
        """Forget a stream.

        Raises:
            FramecastError: as `put`.
        """
        with self._turn():
            self._write({key: value for key, value in self._read().items() if key != name})

    def _read(self) -> dict[str, Any]:
        try:
            given = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise Invalid(f"{self.path} cannot be read ({error}): mend it, or move it away") from error
        if not isinstance(given, dict):
            raise Invalid(f"{self.path} must contain one JSON object of streams: mend it, or move it away")
        return given

    def _write(self, streams: dict[str, Any]) -> None:
        fresh = self.path.with_suffix(".new")
        try:
            fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with open(fd, "w", encoding="utf-8") as file:
                json.dump(streams, file, indent=1)
                file.flush()
                os.fsync(fd)
            fresh.replace(self.path)
            _sync_folder(self.path.parent)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise FramecastError(
                f"{self.path} cannot be written ({error.strerror}): nothing was changed"
            ) from error

    @contextmanager
    def _turn(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = self.path.with_suffix(".lock").open("a")
        except OSError as error:
            raise FramecastError(
                f"{self.path.parent} cannot be written ({error.strerror}): nothing was changed"
            ) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _compact(spec: StreamSpec) -> dict[str, Any]:
    """Only what differs from the defaults, so that better defaults of later versions count."""
    plain = StreamSpec(spec.name, spec.source).to_json()
    fields = {key: value for key, value in spec.to_json().items() if key == "source" or value != plain[key]}
    if spec.source.is_foreign:
        fields[_ORIGIN] = "network"
    elif names_credentials(spec.source.reveal()):
        fields[_ORIGIN] = "owner"
    return fields


def _spec(name: str, given: Any) -> StreamSpec:  # noqa: ANN401  whatever JSON has
    if not isinstance(given, dict):
        return StreamSpec.from_json(name, given)
    spec = StreamSpec.from_json(name, {key: value for key, value in given.items() if key != _ORIGIN})
    # An entry without an origin may be from before these were kept: a file goes on being played, but a key is not sent to whoever
    # once named its file.
    usual = "network" if names_credentials(spec.source.reveal()) else "owner"
    return spec if given.get(_ORIGIN, usual) == "owner" else spec.from_network()


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)

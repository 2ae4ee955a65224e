"""Reading the configuration again while the node runs: what counts now, what later, and when the file is not to be believed.

Runs in the node's loop. A file that is missing, empty or wrong changes nothing: the last good configuration stays, which is said once,
and the file is used as soon as it is good. So a program that saves in steps ends no stream. An empty file never counts while
the node runs: `streams: {}` is how to say that there are none.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import structlog

from framecast.errors import FramecastError, Invalid
from framecast.node import small_file
from framecast.node.config import Config
from framecast.node.yaml_document import MAX_BYTES

# Keys that count at once.
NOW = ("streams", "defaults", "log", "media_dirs")
# Keys that count at once by starting the servers again, which keep their ports.
SERVERS = ("hosts", "origins", "base_path", "access_token", "access_token_file")
_TOKENS = ("access_token", "access_token_file")
# Values that are no secrets, so that a change of them can be shown.
_SHOWN = ("host", "port", "data_dir", "runtime_dir", "base_path", "insecure", "hosts", "origins", "enabled")

log = structlog.get_logger(__name__)


class Reload:
    """The configuration that counts. `load` reads it again; `apply` follows it, given what counts now and the changed keys."""

    def __init__(
        self, config: Config, load: Callable[[], Config], apply: Callable[[Config, list[str]], None]
    ) -> None:
        self.config = config
        self.at = time.time()  # when the newest good configuration was read
        self.later: list[str] = []  # what waits for the next start, for people
        self.problem = ""  # why the file is not used, for people
        self._first = config
        self._load = load
        self._apply = apply

    @property
    def problems(self) -> list[str]:
        """What a person should know: the file is not used, keys that wait."""
        return [*filter(None, (self.problem,)), *self.later]

    def __call__(self) -> None:
        """Read it again and follow it."""
        try:
            given = self._read()
        except (FramecastError, OSError, ValueError, RecursionError) as error:
            problem = f"the configuration is not used, the last good one stays: {error}"
            if problem != self.problem:
                log.error(problem)
            self.problem = problem
            return
        self.problem, self.at = "", time.time()
        changed = [
            key for key in type(given).model_fields if getattr(given, key) != getattr(self.config, key)
        ]
        config = self._effective(given)
        self._tell_later(given, config)
        now = [key for key in changed if key in (*NOW, *SERVERS)]
        self.config = config
        self._apply(config, changed)
        log.info("the configuration was read again", changed=", ".join(now) or "nothing")

    def _read(self) -> Config:
        path = self.config.path
        if path is not None and not _says_something(path):
            raise Invalid(
                f"{path} is missing or empty; to remove all streams write 'streams: {{}}' into it, "
                "to run without it start the node again"
            )
        config = self._load()
        config.check_exposure()
        config.token()
        return config

    def _effective(self, given: Config) -> Config:
        """What counts now: a key that needs a start keeps its value, and so does a token that these need."""
        waiting = [key for key in type(given).model_fields if key not in (*NOW, *SERVERS)]
        effective = given.model_copy(update={key: getattr(self._first, key) for key in waiting})
        try:
            effective.check_exposure()
        except FramecastError:
            effective = effective.model_copy(update={key: getattr(self.config, key) for key in _TOKENS})
        return effective

    def _tell_later(self, given: Config, effective: Config) -> None:
        """Say which keys wait, where that is news."""
        later = [
            f"{what}: takes effect at the next start"
            for key in type(given).model_fields
            for what in _differences(key, getattr(effective, key), getattr(given, key))
        ]
        for one in later:
            if one not in self.later:
                log.warning(one)
        self.later = later


def _says_something(path: Path) -> bool:
    """True where a YAML file has more than comments; one that cannot be read is left to who explains why."""
    try:
        text = small_file.decoded(path, small_file.read(path, MAX_BYTES))
    except Invalid:
        return path.exists()
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return any(line not in ("", "---", "...", "null", "~") for line in lines)


def _differences(key: str, before: object, after: object) -> list[str]:
    """Which keys differ, with their values where these are no secrets."""
    if before == after:
        return []
    fields = getattr(type(after), "model_fields", None)
    if fields and type(before) is type(after):
        return [
            difference
            for name in fields
            for difference in _differences(f"{key}.{name}", getattr(before, name), getattr(after, name))
        ]
    if key.rpartition(".")[2].removeprefix("imagezmq_") in _SHOWN:
        return [f"{key} changed from {before} to {after}"]
    return [f"{key} changed"]

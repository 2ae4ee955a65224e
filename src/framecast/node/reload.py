"""Reading the configuration again while the node runs: which changes take effect now, which at the next start.

Runs in the node's loop. A file that is missing, empty or wrong changes nothing: the last valid configuration stays in use, which is
logged once, and the file is used as soon as it is valid. So a program that saves in steps ends no stream. An empty file is never used
while the node runs: `streams: {}` removes all streams.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from framecast.errors import FramecastError, Invalid
from framecast.log import get_logger
from framecast.model.setting import Change, Row, mixed, rows, value_of
from framecast.node import small_file
from framecast.node.config import Config
from framecast.node.yaml_document import MAX_BYTES

_TOKENS = ("access_token", "access_token_file")

log = get_logger(__name__)


class Reload:
    """The configuration in use. `load` reads it again; `apply` is called with the new one and the keys that have changed."""

    def __init__(
        self,
        config: Config,
        load: Callable[[], Config],
        apply: Callable[[Config, list[str]], None],
        has_accounts: Callable[[], bool] = lambda: False,
    ) -> None:
        self.config = config
        self.at = time.time()  # when the newest valid configuration was read
        self.later: list[str] = []  # sentences: which changes wait for the next start
        self.problem = ""  # a sentence: why the file is not used
        self._first = config
        self._load = load
        self._apply = apply
        self._has_accounts = has_accounts

    @property
    def problems(self) -> list[str]:
        """Sentences for people: why the file is not used, which changes wait for the next start."""
        return [*filter(None, (self.problem,)), *self.later]

    def __call__(self) -> None:
        """Read the configuration again and apply it."""
        try:
            given = self._read()
        except (FramecastError, OSError, ValueError, RecursionError) as error:
            problem = f"the configuration is not used, the last valid one stays: {error}"
            if problem != self.problem:
                log.error(problem)
            self.problem = problem
            return
        self.problem, self.at = "", time.time()
        config = self._effective(given)
        changed = [row.key for row in _differing(self.config, config)]
        self._report_later(given, config)
        self.config = config
        self._apply(config, changed)
        log.info("the configuration was read again", changed=", ".join(changed) or "nothing")

    def _read(self) -> Config:
        path = self.config.path
        if path is not None and not _says_something(path):
            raise Invalid(
                f"{path} is missing or empty: to remove all streams, write 'streams: {{}}' into it; "
                "to run without it, restart the node"
            )
        config = self._load()
        config.check_exposure()
        config.token()
        config.check_certificates()
        return config

    def _effective(self, given: Config) -> Config:
        """What counts now: a key that needs a restart keeps its value, and so does a token that such keys need without accounts."""
        effective = mixed(given, self._first, lambda setting: setting.change is not Change.START)
        if effective.needs_accounts and not self._has_accounts():
            return replace(effective, **{key: getattr(self.config, key) for key in _TOKENS})
        return effective

    def _report_later(self, given: Config, effective: Config) -> None:
        """Log which keys wait for a restart, once each."""
        later = [
            f"{_change(row, effective, given)}: takes effect at the next start"
            for row in _differing(effective, given)
        ]
        for one in later:
            if one not in self.later:
                log.warning(one)
        self.later = later


def _says_something(path: Path) -> bool:
    """True if a YAML file has more than comments; also for a file that cannot be read, because loading it explains why."""
    try:
        text = small_file.decoded(path, small_file.read(path, MAX_BYTES))
    except Invalid:
        return path.exists()
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return any(line not in ("", "---", "...", "null", "~") for line in lines)


def _differing(before: Config, after: Config) -> list[Row]:
    return [row for row in rows(Config) if value_of(before, row.key) != value_of(after, row.key)]


def _change(row: Row, before: Config, after: Config) -> str:
    """What has changed, with the values if these are not secret."""
    if row.setting.is_secret:
        return f"{row.key} changed"
    was, now = (row.text_of(value_of(one, row.key)) for one in (before, after))
    return f"{row.key} changed from {was or 'nothing'} to {now or 'nothing'}"

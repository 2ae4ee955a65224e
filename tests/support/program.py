"""A program that runs beside a test, and the lines that it prints."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LIMIT_S = 60.0


class Program:
    """Runs a command. Its stdout and stderr are read together, line by line, by a thread."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        *,
        own_session: bool = False,
    ) -> None:
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=own_session,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def text(self) -> str:
        """Everything that it has printed so far."""
        return "\n".join(self.lines)

    def wait_until(self, condition: Callable[[], object]) -> bool:
        """Return True once `condition()` is true, or the program has ended; False after `LIMIT_S`."""
        with self._changed:
            return bool(self._changed.wait_for(lambda: condition() or self._has_ended, LIMIT_S))

    def ended(self) -> int:
        """Return the exit code when it has ended."""
        code = self.process.wait(LIMIT_S)
        self._listener.join(LIMIT_S)
        return code

    def release(self) -> None:
        """Wait for its end, and close what it printed to."""
        self.ended()
        assert self.process.stdout
        self.process.stdout.close()

    @property
    def _has_ended(self) -> bool:
        return self.process.poll() is not None and not self._listener.is_alive()

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        self.process.wait()
        with self._changed:
            self._changed.notify_all()

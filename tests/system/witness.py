"""A reader in a process of its own, that checks every picture that it gets and accounts for every one that it does not.

    with Witness(folder, "door", of_pattern("door", 7, (320, 180))) as witness:
        witness.wait(lambda report: report.records > 100)
        ...
    assert witness.report.wrong == ()

The process is this module: it prints its report as JSON lines until its standard input ends.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, time
from types import TracebackType
from typing import Any, Self

import framecast
from framecast.errors import Closed, Ended, NotFound, WouldBlock
from framecast.model import State, TrackName
from tests.system.eyes import Seen, eye

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
REPORT_EVERY_S = 0.1
_WINDOW = 250  # pictures


@dataclass(frozen=True, slots=True)
class Report:
    """What a witness has seen so far. `states` are (state, reason and detail, UTC seconds)."""

    records: int = 0
    dropped: int = 0  # missed, and said so
    unexplained: int = 0  # missed without a word
    skipped: int = (
        0  # left out by the source before anybody had them, and said so: its decoder did not keep up
    )
    wrong: tuple[str, ...] = ()  # torn, of another stream, repeated, or skipped inside the source
    epochs: int = 0
    newest: int = -1  # number of the newest picture
    newest_at: float = 0.0  # UTC seconds when it was captured
    longest_gap_s: float = 0.0  # between two pictures, by when they came
    latest_s: float = 0.0  # the oldest age at which a picture came
    drift_s: float = (
        0.0  # how far the newest pictures are behind the stream's own rate, counted from its first ones
    )
    states: tuple[tuple[str, str, float], ...] = ()
    end: str = ""  # the error that ended it, '' where it was told to


class Notes:
    """Counts for the report; runs in the witness's process."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._eye = eye(description)
        self._fields: dict[str, Any] = asdict(Report())
        self._wrong: list[str] = []
        self._states: list[tuple[str, str, float]] = []
        self._epoch = -1
        self._expected = 0
        self._came_at = 0.0
        self._late: deque[float] = deque(maxlen=_WINDOW)
        self._first_late: float | None = None

    def hear(self, state: State, detail: str) -> None:
        """Note a change of the stream's state."""
        self._states.append((str(state), detail, time()))

    def take(self, seen: Seen) -> None:
        """Look at a picture, and at what should have come before it."""
        fields, now = self._fields, monotonic()
        fields["records"] += 1
        fields["dropped"] += seen.dropped
        same = seen.epoch == self._epoch
        if same:
            fields["unexplained"] += abs(seen.seq - self._expected - seen.dropped)
            fields["longest_gap_s"] = max(fields["longest_gap_s"], now - self._came_at)
        else:
            fields["epochs"] += 1
        self._epoch, self._expected, self._came_at = seen.epoch, seen.seq + 1, now
        fields["newest_at"] = seen.captured_at / 1e9
        fields["latest_s"] = max(fields["latest_s"], seen.age_s)
        if not same:
            self._late.clear()
            self._first_late = None
        self._measure_drift(seen)
        try:
            self._follow(self._eye.look(seen), seen, same)
        except ValueError as error:
            self._wrong.append(f"epoch {seen.epoch} seq {seen.seq}: {error}")

    def _measure_drift(self, seen: Seen) -> None:
        """By the fastest of the last pictures: how busy the machine was with one of them is no drift."""
        self._late.append(seen.published_ns / 1e9 - float(seen.seq / (seen.info.rate or 1)))
        if len(self._late) == _WINDOW:
            fastest = min(self._late)
            self._first_late = fastest if self._first_late is None else self._first_late
            self._fields["drift_s"] = fastest - self._first_late

    def _follow(self, number: int | None, seen: Seen, same: bool) -> None:
        """Numbers follow each other as sequence numbers do. A pattern may leave out some where the machine was busy."""
        if number is None:
            return
        fields, period = self._fields, self._eye.period
        before, fields["newest"] = fields["newest"], number
        if same and before >= 0:
            more = number - before - 1 - seen.dropped
            if period and more % period and seen.discontinuity:
                fields["skipped"] += more % period
            elif more % period if period else more < 0:
                raise ValueError(f"picture {number} comes after {before}, {seen.dropped} were dropped")

    def report(self, end: str = "") -> str:
        """Return all as a line."""
        return json.dumps(self._fields | {"wrong": self._wrong[:20], "states": self._states, "end": end})


def main() -> None:
    """Read until standard input ends. Arguments: folder, stream, track, policy, what it should look like."""
    folder, name, track, policy, description = sys.argv[1:6]
    notes = Notes(json.loads(description))
    with framecast.open(name, node=Path(folder), on_state=notes.hear) as stream:
        if TrackName.parse(track).base == "frames":
            reader: Any = framecast.open(
                name, node=Path(folder), on_state=notes.hear, track=track, policy=policy
            )
        else:
            reader = stream.packets(track=track, policy=policy)
        with reader:
            end = _watch(reader, notes)
    print(notes.report(end), flush=True)
    os._exit(0)


def _watch(reader: Any, notes: Notes) -> str:
    due = 0.0
    while True:
        ready, _, _ = select.select([reader, sys.stdin], [], [], REPORT_EVERY_S)
        if sys.stdin in ready:
            return ""
        try:
            for _ in range(50):
                notes.take(reader.read(0))
        except WouldBlock:
            pass
        except (Ended, NotFound, Closed) as error:
            return f"{type(error).__name__}: {error}"
        if monotonic() > due:
            print(notes.report(), flush=True)
            due = monotonic() + REPORT_EVERY_S


class Witness:
    """The process, as the test has it."""

    def __init__(
        self,
        folder: Path,
        stream: str,
        description: dict[str, Any],
        track: str = "frames",
        policy: str = "queue(100)",
    ) -> None:
        self.stream = stream
        self.report = Report()
        self._heard = threading.Condition()
        self._over = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder), stream, track, policy, json.dumps(description)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._listener = threading.Thread(target=self._listen, name=f"witness of {stream}")
        self._listener.start()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """True where its stream has ended or was removed, or it failed."""
        return self._process.poll() is not None

    def wait(self, condition: Callable[[Report], object], timeout_s: float = PATIENCE_S) -> Report:
        """Return the report as soon as `condition` holds."""
        with self._heard:
            found = self._heard.wait_for(lambda: condition(self.report) or self._over, timeout_s)
            assert found, f"{self.stream}: it never came; {self.report}"
            assert condition(self.report), f"{self.stream}: the witness ended before; {self.report}"
            return self.report

    def see(self, count: int = 1) -> Report:
        """Return the report when `count` more pictures have come."""
        until = self.report.records + count
        return self.wait(lambda report: report.records >= until)

    def see_epoch(self, number: int) -> Report:
        """Return the report when the stream has begun anew so many times."""
        return self.wait(lambda report: report.epochs >= number)

    def finish(self) -> Report:
        """Let it end, and return its last report."""
        self._close_stdin()
        assert self._process.wait(PATIENCE_S) == 0, "a witness failed"
        self._listener.join(PATIENCE_S)
        return self.report

    def kill(self) -> None:
        """Kill it as the out-of-memory killer does."""
        self._process.kill()
        self._process.wait()
        self._listener.join(PATIENCE_S)
        self._close_stdin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None and kind is None:
            self.finish()
        else:
            self.kill()

    def _close_stdin(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()

    def _listen(self) -> None:
        assert self._process.stdout
        with self._process.stdout as lines:
            for line in lines:
                self._hear(line)
        with self._heard:
            self._over = True
            self._heard.notify_all()

    def _hear(self, line: str) -> None:
        try:
            fields = json.loads(line)
        except ValueError:  # it was killed in the middle of a line
            return
        fields["wrong"] = tuple(fields["wrong"])
        fields["states"] = tuple((state, detail, at) for state, detail, at in fields["states"])
        with self._heard:
            self.report = Report(**fields)
            self._heard.notify_all()


if __name__ == "__main__":
    main()

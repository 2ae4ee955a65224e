"""The figures of the library for /metrics: jobs by state, bytes, and what this process has worked on since its start."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from framecast.control.metrics import Sample
from framecast.model.video_job import Job, JobState, Storage


class JobFigures:
    """Counts attempts. Written on the event loop."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._attempts: Counter[str] = Counter()

    def count(self, job: Job, seconds: float) -> None:
        """Note an attempt that has ended."""
        self._seconds[str(job.kind)] += seconds
        self._attempts[str(job.kind)] += 1

    def samples(self, storage: Storage) -> Iterator[Sample]:
        """Return the samples of now."""
        yield Sample("framecast_library_videos", (), storage.videos)
        stored = {
            "originals": storage.originals,
            "generations": storage.generations,
            "bin": storage.bin_bytes,
        }
        for what, size in {**stored, "reserved": storage.reserved}.items():
            yield Sample("framecast_library_bytes", (what,), size)
        for state in JobState:
            yield Sample("framecast_library_jobs", (str(state),), storage.jobs.get(state, 0))
        for kind, seconds in self._seconds.items():
            yield Sample("framecast_library_job_seconds", (kind,), seconds)
        for kind, count in self._attempts.items():
            yield Sample("framecast_library_attempts", (kind,), count)

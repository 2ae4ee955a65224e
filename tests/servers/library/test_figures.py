"""The figures of the library: what is reported, and that the page of metrics names all of it. Pure."""

from __future__ import annotations

import re
from pathlib import Path

from framecast.model.video_job import Job, JobKind, JobState, Storage
from framecast.servers.library.figures import JobFigures

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"
STORAGE = Storage(3, 100, 50, 1, 10, 7, 0, {"ready": 3}, {"failed": 2})
JOB = Job(
    "j", "v", JobKind.CHECK, {}, 0, JobState.DONE, 1, 1, "here", 0.0, None, None, False, "", 0.0, None, None
)


def reported() -> dict[str, dict[tuple[str, ...], float]]:
    """The values of each metric, after two attempts."""
    figures = JobFigures()
    figures.count(JOB, 1.5)
    figures.count(JOB, 0.5)
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for sample in figures.samples(STORAGE):
        found.setdefault(sample.metric, {})[tuple(sample.labels)] = sample.value
    return found


def test_figures_are_those_of_the_library_and_of_this_process() -> None:
    found = reported()
    assert found["framecast_library_videos"] == {(): 3}
    assert found["framecast_library_bytes"][("originals",)] == 100
    assert found["framecast_library_jobs"][("failed",)] == 2
    assert found["framecast_library_jobs"][("waiting",)] == 0
    assert found["framecast_library_job_seconds"] == {("check",): 2.0}
    assert found["framecast_library_attempts"] == {("check",): 2}


def test_every_figure_is_documented_and_every_documented_one_exists() -> None:
    documented = re.findall(r"^\| `(framecast_library_\w+)`", PAGE.read_text(), re.MULTILINE)
    assert set(reported()) == {name.removesuffix("_total") for name in documented}

"""A worker that is killed at any point: its successor commits one result, and nothing of the first attempt is left."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from framecast.model.video import LOCAL, VideoState
from framecast.model.video_job import JobKind, JobState
from framecast.store.objects import FolderObjects
from tests.accounts.opened import Clock
from tests.servers.library.crashing import POINTS, RUNNING
from tests.servers.library.rig import Rig

Found = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Found:
    command = [
        sys.executable,
        "-m",
        "tests.servers.library.crashing",
        str(tmp_path_factory.mktemp("crashed")),
    ]
    done = subprocess.run(command, timeout=220, capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert done.returncode == 0, done.stderr
    found: Found = json.loads(done.stdout)
    return found


@pytest.fixture
def rig(crashed: Found, request: pytest.FixtureRequest) -> Iterator[Rig]:
    """The library an hour after both workers, when the upkeep has been done."""
    clock = Clock()
    folder = Path(crashed[request.param]["folder"])
    made = Rig(folder, FolderObjects(folder / "library", clock), clock)
    clock.now = max(job.finished_at or 0.0 for job in made.library.jobs()) + 3601
    made.upkeep.sweep()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("rig", "point"), [(point, point) for point in (*POINTS, *RUNNING)], indirect=["rig"]
)
def test_one_result_is_committed_wherever_the_worker_is_killed(point: str, rig: Rig, crashed: Found) -> None:
    assert crashed[point]["ended"] == [0, -signal.SIGKILL, 0]
    jobs = rig.library.jobs()
    assert {job.kind for job in jobs} == {JobKind.CHECK, JobKind.PUBLISH, JobKind.LADDER}
    assert [job.state for job in jobs] == [JobState.DONE] * 3, "no job is there twice, and none is stuck"
    (video,) = rig.library.videos(LOCAL).videos
    assert video.state is VideoState.READY
    assert video.media is not None
    assert "v240.mp4" in video.media.manifest["files"]
    files = video.media.manifest["files"].items()
    wanted = {
        f"videos/{video.id}/{one['from'] or video.media.generation}/{name}": one["size"]
        for name, one in files
    }
    assert {key: rig.objects.size(key) for key in wanted} == wanted, "what is played is whole"
    generations = {key.split("/")[2] for key in wanted}
    assert {path.split("/")[2] for path in rig.files()} == {"original", *generations}, "nothing else is left"
    assert list(rig.layout.works.iterdir()) == []

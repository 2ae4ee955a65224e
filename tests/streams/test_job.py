"""Jobs cross the forkserver's socket as JSON and come out as they went in."""

import json
from dataclasses import replace
from typing import get_args

import pytest

from framecast import worker
from framecast.model import StreamSpec
from framecast.streams import CheckJob, Job, RenditionJob, SourceJob, job_from_json, job_to_json

SPEC = StreamSpec.from_json("door", {"source": "rtsp://user:hunter2@camera/1", "idle_s": 3})
FILE = StreamSpec.from_json("film", {"source": "a.mp4", "pace": "fastest", "pictures": "frames/bgr"})


@pytest.mark.parametrize(
    "job",
    [
        SourceJob(SPEC, 7),
        SourceJob(FILE, 0, ("/srv/video", "/srv/other")),
        SourceJob(SPEC, 0, ()),
        CheckJob(SPEC, ("/srv/video",)),
        CheckJob(SPEC),
        RenditionJob("door", "jpeg/80/640x0", "jpeg", "/run/node.sock", 3, 1 << 20),
    ],
)
def test_job_comes_back_as_it_was(job: Job) -> None:
    assert job_from_json(json.loads(json.dumps(job_to_json(job)))) == job


def test_folders_of_nobody_differ_from_no_limit() -> None:
    limited, free = (job_from_json(job_to_json(SourceJob(SPEC, 0, folders))) for folders in ((), None))
    assert limited != free
    assert isinstance(limited, SourceJob)
    assert limited == replace(limited, folders=())


def test_title_shows_no_secret() -> None:
    titles = [
        job.title for job in (SourceJob(SPEC), CheckJob(SPEC), RenditionJob("door", "", "jpeg", "", 0, 0))
    ]
    assert titles == ["fc:door", "fc?door", "fc:jpeg:door"]


def test_worker_runs_every_kind_of_job() -> None:
    assert set(worker._RUNS) == set(get_args(Job))

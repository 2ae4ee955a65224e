"""The process as a whole: what it does when it is asked to end, and that one at a time works in a folder."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from framecast.model.video_job import JobKind, JobState
from framecast.servers.library import server
from framecast.servers.library.loop import JobLoop
from tests.servers.library.rig import Rig, Tasks


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.close()


def test_server_that_is_asked_to_end_gives_its_jobs_back_and_the_folder_free(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks, begun = Tasks(), asyncio.Event()
    monkeypatch.setattr(server, "JobLoop", partial(JobLoop, run=tasks, known=tuple(JobKind), look_s=0.01))
    rig.upload()

    async def stay(_kind: str) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def work() -> None:
        tasks.before = stay
        ours, theirs = socket.socketpair()
        running = server._Server(ours.detach(), rig.settings, rig.folder)
        working = asyncio.create_task(running.work())
        await asyncio.wait((working, asyncio.create_task(begun.wait())), return_when=asyncio.FIRST_COMPLETED)
        assert not working.done()
        assert server._locked(rig.settings.folder / "lock") is None, "nobody else works in the folder"
        working.cancel()
        await asyncio.wait((working,))
        running.close()
        theirs.close()

    asyncio.run(work())
    (job,) = rig.library.jobs()
    assert (job.state, job.tries) == (JobState.WAITING, 0)
    assert list(rig.layout.works.iterdir()) == []
    lock = server._locked(rig.settings.folder / "lock")
    assert lock is not None
    lock.close()

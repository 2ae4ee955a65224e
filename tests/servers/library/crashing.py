"""python -m tests.servers.library.crashing FOLDER: for each point a library in a folder of its own, whose worker is killed there, and a second one that goes on.

Prints what became of each as JSON. One process that forks, because importing takes longer than all the work.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from framecast.library import Library
from framecast.model.video_job import JobKind, JobState
from framecast.servers.library.loop import JobLoop
from framecast.store.objects import FolderObjects
from tests.servers.library.rig import Rig, Tasks, until

# (class, method, at which call, before or after it)
POINTS: dict[str, tuple[type, str, int, bool]] = {
    "claimed": (Library, "claim", 1, True),
    "before the facts": (Library, "checked", 1, False),
    "after the facts": (Library, "checked", 1, True),
    "before the first object": (FolderObjects, "take_file", 1, False),
    "between two objects": (FolderObjects, "take_file", 3, False),
    "before the pointer": (Library, "publish", 1, False),
    "after the pointer": (Library, "publish", 1, True),
    "before the pointer of the ladder": (Library, "publish", 2, False),
    "after the pointer of the ladder": (Library, "publish", 2, True),
}
RUNNING = {f"while the task {kind} runs": kind for kind in ("check", "publish", "ladder")}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(kind: type, name: str, at: int, is_after: bool) -> None:
    """Let this process be killed at a call of a method."""
    method: Callable[..., Any] = getattr(kind, name)
    calls = 0

    def counted(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at and not is_after:
            die()
        result = method(*given, **named)
        if calls == at and is_after:
            die()
        return result

    setattr(kind, name, counted)


def upload(folder: Path) -> None:
    rig = Rig(folder)
    rig.upload()
    rig.close()


def work(folder: Path, point: str) -> None:
    """Work on the jobs in a folder, until they are done or this process is killed."""
    if point in POINTS:
        arm(*POINTS[point])
    rig = Rig(folder)
    rig.library.abandon("test")  # as a server does that has the lock
    rig.upkeep.remove_work()
    asyncio.run(loop(rig, point))
    rig.close()


async def loop(rig: Rig, point: str) -> None:
    tasks = Tasks(ladder={})

    async def before(kind: str) -> None:
        if RUNNING.get(point) == kind:
            next(rig.layout.works.iterdir()).joinpath("output", "half").write_bytes(b"1")
            die()

    tasks.before = before
    working = asyncio.create_task(
        JobLoop(rig.desk, rig.layout, 1, run=tasks, known=tuple(JobKind), look_s=0.01).work()
    )
    await until(lambda: {job.state for job in rig.library.jobs()} == {JobState.DONE}, "all jobs are done")
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


def forked(act: Callable[[], None]) -> int:
    """Run something in a child process; return its exit status, negative for a signal."""
    pid = os.fork()
    if not pid:
        status = 1
        try:
            act()
            status = 0
        except BaseException:  # noqa: BLE001  the edge of a process
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main() -> None:
    found = {}
    for number, point in enumerate((*POINTS, *RUNNING)):
        folder = Path(sys.argv[1]) / str(number)
        folder.mkdir()
        acts = [partial(upload, folder), partial(work, folder, point), partial(work, folder, "")]
        found[point] = {"folder": str(folder), "ended": [forked(act) for act in acts]}
    print(json.dumps(found))


if __name__ == "__main__":
    main()

"""A worker on another machine than its node: the loop over the jobs, on a desk that asks by gRPC. A process of its own, `framecast worker`."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from framecast.model.library_layout import LibraryLayout
from framecast.model.video_job import Job
from framecast.peer.address import PeerAddress
from framecast.peer.work import WorkPeer
from framecast.servers.library.loop import JobLoop
from framecast.servers.library.remote_desk import RemoteDesk

log = logging.getLogger("framecast.library")


def work_for(
    address: PeerAddress, name: str, places: int, folder: Path, on_ready: Callable[[], None]
) -> None:
    """Work for a node until a signal asks to stop (SIGINT, SIGTERM); then the jobs are given back. Main thread only.

    Raises:
        NodeUnavailable, Denied: the node does not answer, or does not let this worker in, at the start. Later it is waited for.
    """
    with WorkPeer(address) as peer:
        peer.claim(name, ())
        on_ready()
        asyncio.run(_work(peer, name, places, folder))


async def _work(peer: WorkPeer, name: str, places: int, folder: Path) -> None:
    loop = JobLoop(RemoteDesk(peer, name), LibraryLayout(folder), places, on_end=_tell)
    working = asyncio.create_task(loop.work())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    with suppress(asyncio.CancelledError):
        await working


def _tell(job: Job, seconds: float) -> None:
    log.info("the job %s of video %s took %.1f s", job.kind, job.video, seconds)

"""What runs in a process that the forkserver forked: one job (`streams.job`), such as one attempt of a source.

The main thread does the job. The publisher's thread and a thread that waits for SIGTERM set `stop`; the kernel then ends the process
after two seconds (SIGALRM), because FFmpeg may block in a call that nothing else can interrupt. For the same reason, a source has a
watchdog: it reports a call into FFmpeg that exceeds its limit, and ends the process.
If the process dies at any moment, the node sees the end of its socket, and readers see the end of theirs.
"""

from __future__ import annotations

import logging
import os
import resource
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from framecast import renditions, sources
from framecast.bus import Callbacks, Channel, Publisher, to_node
from framecast.errors import (
    Broken,
    Closed,
    Denied,
    Ended,
    FramecastError,
    Invalid,
    NotEnoughMemory,
    NotFound,
    SourceError,
    error_to_json,
)
from framecast.log import hide
from framecast.media import calls
from framecast.model import State, StreamSpec, TrackName
from framecast.streams import CHECK_CPU_S, CHECK_S, GRACE_S, CheckJob, Job, RenditionJob, SourceJob

# Exit codes; the reason itself goes to the node as a report.
DONE, FAILED = 0, 1
_WATCH_EVERY_S = 0.5
# Memory that the check of an address may use in addition to the forkserver's.
_CHECK_BYTES = 256 << 20

log = logging.getLogger(__name__)


def run(job: Job, channel: Channel, withheld: Sequence[str] = ()) -> int:
    """Do the job and return the exit code. `channel` is a connection that the node has accepted as a writer.

    Nothing in the folders `withheld` can be read by the job. If the node hangs up, because it ends or needs the answer no longer, the job is done.
    """
    try:
        return _RUNS[type(job)](job, channel, withheld)
    except (Broken, Closed):
        if not channel.is_cut:
            raise
        return DONE


def check_source(job: CheckJob, channel: Channel, withheld: Sequence[str]) -> int:
    """Tell the node whether the source's address is valid, without connecting to it.

    The kernel ends this process if that takes too long.
    """
    for number, timer, seconds in (
        (signal.SIGALRM, signal.ITIMER_REAL, CHECK_S),
        (signal.SIGPROF, signal.ITIMER_PROF, CHECK_CPU_S),
    ):
        signal.signal(number, signal.SIG_DFL)
        signal.setitimer(timer, seconds)
    channel.send({"begun": True})
    sources.confine_check(withheld)
    spec = job.spec
    _hide_secrets(spec)
    answer: dict[str, Any] = {}
    try:
        _limit_check()
        sources.check(spec, job.folders, job.networks)
        if job.is_new and (missing := sources.missing(spec, job.folders)):
            raise Invalid(missing, stream=spec.name, reason="not-found")
    except MemoryError:
        error = Invalid(
            f"checking the source of stream {spec.name} needs too much memory: shorten the address"
        )
        answer = error_to_json(error)
    except FramecastError as error:
        answer = error_to_json(error)
    except Exception as error:
        log.exception("an address could not be checked")
        answer = {
            "error": "Invalid",
            "message": f"the source of stream {spec.name} could not be checked: {type(error).__name__}",
        }
    channel.send(answer)
    return DONE


def run_source(job: SourceJob, channel: Channel, withheld: Sequence[str]) -> int:
    """Run one attempt of a source until it fails, ends or is stopped."""
    spec = job.spec
    level = sources.confine(spec, job.folders, job.networks, withheld)  # before a second thread
    stop = _Stop()
    _hide_secrets(spec)
    publisher = _publisher(channel, spec.name, job.epoch, spec.memory_limit_mb << 20, stop)
    with publisher:
        if not level.is_full:
            publisher.note(sandbox=str(level))
        _watch_calls(publisher, spec, stop)
        work = lambda: _run_and_leave(publisher, job, stop.event)  # noqa: E731
        return _guard(publisher, work, stop, spec.source.scrub)


def _run_and_leave(publisher: Publisher, job: SourceJob, stop: threading.Event) -> None:
    """Run a source, and give the node its last picture, however the source ends."""
    try:
        sources.run(publisher, job.spec, stop, job.folders, job.networks)
    finally:
        picture = renditions.last_picture(publisher.tracks)
        if picture is not None:
            publisher.leave_picture(picture)


def run_rendition(job: RenditionJob, channel: Channel, withheld: Sequence[str]) -> int:
    """Convert one track until it is stopped."""
    sources.confine_rendition(withheld)  # before a second thread
    stop = _Stop()
    publisher = _publisher(channel, job.stream, job.epoch, job.limit_bytes, stop)
    track, connect = TrackName.parse(job.track), to_node(Path(job.node_socket))
    with publisher:
        work = lambda: renditions.run(publisher, connect, job.stream, track, job.recipe, stop.event)  # noqa: E731
        return _guard(publisher, work, stop, str)


_RUNS: Mapping[type[Job], Callable[[Any, Channel, Sequence[str]], int]] = {
    SourceJob: run_source,
    RenditionJob: run_rendition,
    CheckJob: check_source,
}


def _hide_secrets(spec: StreamSpec) -> None:
    """Keep the address's secrets out of all records of this process, as libraries write them, and out of tracebacks."""
    for secret in spec.source.secrets:
        hide(secret)


def _limit_check() -> None:
    """No core dump, which would hold passwords; no more memory than an address can need."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + _CHECK_BYTES
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))


class _Stop:
    """The request to end: by the node, by SIGTERM, or because the node is gone."""

    def __init__(self) -> None:
        self.event = threading.Event()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        # Blocked in every thread, so that only the waiting thread gets it, even while the main thread is inside FFmpeg.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        threading.Thread(target=self._watch, name="sigterm", daemon=True).start()

    def set(self) -> None:
        """Ask to end. Any thread."""
        if not self.event.is_set():
            signal.setitimer(signal.ITIMER_REAL, GRACE_S)
            self.event.set()

    def _watch(self) -> None:
        signal.sigwait({signal.SIGTERM})
        self.set()


def _watch_calls(publisher: Publisher, spec: StreamSpec, stop: _Stop) -> None:
    """End this process if FFmpeg does not return; the node gets the reason and connects again."""

    def watch() -> None:
        while not stop.event.wait(_WATCH_EVERY_S):
            overdue = calls.running.overdue
            if overdue == calls.OPENING:
                detail = f"the source did not open within {spec.timeout_s:g} s"
                publisher.report(State.OFFLINE, "timeout", detail)
            elif overdue:
                detail = f"no data for {spec.stall_s:g} s, and the read does not return"
                publisher.report(State.STALLED, "stalled", detail)
                publisher.report(State.OFFLINE, "stalled", detail)
            if overdue:
                os._exit(FAILED)

    threading.Thread(target=watch, name="watchdog", daemon=True).start()


def _publisher(channel: Channel, stream: str, epoch: int, limit_bytes: int, stop: _Stop) -> Publisher:
    callbacks = Callbacks(on_stop=stop.set, on_node_lost=stop.set)
    return Publisher(channel, stream, epoch=epoch, limit_bytes=limit_bytes, callbacks=callbacks)


def _guard(publisher: Publisher, work: Callable[[], None], stop: _Stop, scrub: Callable[[str], str]) -> int:
    """Do the work and tell the node how it ended."""
    try:
        work()
    except Exception as error:  # noqa: BLE001  the edge of this process: every failure becomes a report
        return _report(publisher, error, stop, scrub)
    if not stop.event.is_set():
        publisher.report(State.ENDED)
    return DONE


def _report(publisher: Publisher, error: Exception, stop: _Stop, scrub: Callable[[str], str]) -> int:
    if stop.event.is_set() and isinstance(error, FramecastError):
        return DONE
    if isinstance(error, Ended | Closed):
        publisher.report(State.ENDED)
        return DONE
    reason = next((reason for kind, reason in _REASONS if isinstance(error, kind)), "failed")
    if isinstance(error, SourceError):
        reason = error.reason
    elif not isinstance(error, FramecastError | OSError | MemoryError):
        log.error("%s failed: %s", publisher.stream, scrub(str(error)), exc_info=error)
    publisher.report(State.OFFLINE, reason, scrub(str(error))[:500])
    return FAILED


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (NotEnoughMemory, "memory"),
    (MemoryError, "memory"),
    (NotFound, "not-found"),
    (Invalid, "unsupported"),
    (Denied, "forbidden"),
)

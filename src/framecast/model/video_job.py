"""The work on stored videos as frozen values: jobs, uploads, limits. Pure; a worker without a database imports it too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class JobKind(StrEnum):
    """What a job does with a video."""

    CHECK = "check"  # is it safe, is it a video
    PUBLISH = "publish"  # make what can be played as soon as possible
    LADDER = "ladder"  # make the renditions, the storyboard, the waveform
    POSTER = "poster"  # make another poster
    SUBTITLES = "subtitles"  # publish the subtitles that somebody has added or removed


# Kinds that a person waits for, in the order in which they are looked for: they go before better renditions of another video.
SOON = (JobKind.CHECK, JobKind.PUBLISH, JobKind.POSTER, JobKind.SUBTITLES)


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `attempt` is the fencing token: what is committed under an older attempt is refused. Times are UTC seconds."""

    id: str
    video: str
    kind: JobKind
    params: Mapping[str, Any] = field(hash=False)
    priority: int
    state: JobState
    attempt: int
    tries: int  # attempts since it was added or somebody asked for it again
    worker: str
    run_at: float
    lease_until: float | None
    progress: float | None
    is_cancelled: bool
    reason: str
    created_at: float
    started_at: float | None
    finished_at: float | None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "video": self.video,
            "kind": str(self.kind),
            "params": dict(self.params),
            "priority": self.priority,
            "state": str(self.state),
            "attempt": self.attempt,
            "tries": self.tries,
            "worker": self.worker,
            "run_at": self.run_at,
            "progress": self.progress,
            "is_cancelled": self.is_cancelled,
            "reason": self.reason,
            "created_at": self.created_at,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
        }


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is being sent. `offset`: so many bytes are durable. `video` is the id of the video that it becomes."""

    id: str
    owner: str | None
    video: str
    size: int
    offset: int
    filename: str
    metadata: Mapping[str, str] = field(hash=False)
    created_at: float
    expires_at: float
    finished_at: float | None = None


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What an upload may be. Bytes; None: no limit. `free`: how much may still be written to the disk."""

    largest: int | None = None
    quota: int | None = None
    daily: int | None = None
    free: int | None = None
    expiry_s: float = 86400.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What an owner has: bytes of the originals, bytes reserved by unfinished uploads, how many videos."""

    bytes: int
    reserved: int
    videos: int


@dataclass(frozen=True, slots=True)
class OwnerStorage:
    """What one owner has in the library. `name` is empty for what belongs to the admins."""

    owner: str | None
    name: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class Storage:
    """What the library has: bytes of originals, of generations, of the bin, and what waits for its removal; who has most."""

    videos: int
    originals: int
    generations: int
    bin_videos: int
    bin_bytes: int
    reserved: int
    removals: int
    states: Mapping[str, int] = field(hash=False)
    jobs: Mapping[str, int] = field(hash=False)
    owners: tuple[OwnerStorage, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Somebody has reported a video. `by` is the name of an account, empty for somebody without one."""

    id: str
    video: str
    title: str
    is_held: bool
    by: str
    text: str
    at: float

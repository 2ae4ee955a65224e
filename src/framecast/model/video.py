"""A stored video as a frozen value, and the rule about seeing and editing it. Pure: no database, no disk; any process may import it.

`Viewer` is the one that asks. A video that a viewer may not see is for that viewer as if it were not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Visibility(StrEnum):
    """To whom a video is shown. Its owner and the admins always find it."""

    PRIVATE = "private"
    MEMBERS = "members"  # everybody who has signed in
    UNLISTED = "unlisted"  # everybody who knows its id; it is in no list
    PUBLIC = "public"


class VideoState(StrEnum):
    """How far a video is. Only a video that is ready can be played."""

    UPLOADING = "uploading"
    CHECKING = "checking"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class VideoOrder(StrEnum):
    """The order of a list of videos."""

    NEWEST = "newest"
    OLDEST = "oldest"
    VIEWS = "views"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Viewer:
    """The one that asks for videos. `only_video`: a token for one video opens that one alone, and changes nothing.

    On an open node everybody is `LOCAL`; somebody without an account on a node with accounts is `ANONYMOUS`.
    """

    account: str | None
    is_admin: bool
    is_member: bool
    only_video: str | None = None

    @property
    def is_known(self) -> bool:
        """True for somebody who has signed in."""
        return self.account is not None or self.is_member or self.is_admin

    @property
    def sees_all(self) -> bool:
        """True for an admin whose credential is not for one video."""
        return self.is_admin and self.only_video is None


LOCAL = Viewer(None, True, True)
ANONYMOUS = Viewer(None, False, False)


@dataclass(frozen=True, slots=True)
class Owner:
    """The account that a video belongs to, as pages show it."""

    id: str
    name: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Media:
    """What can be played: a generation of objects, and the manifest that says which they are."""

    generation: str
    manifest: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Video:
    """One video. Times are UTC seconds; `size` is that of the original in bytes; `progress` is that of what is still to be done.

    `owner` None: it belongs to the admins (always on an open node). `reason`: why it failed, for people. `stream`: what was recorded, '' for
    an upload; while `is_recording` it grows.
    """

    id: str
    owner: Owner | None
    title: str
    description: str
    tags: tuple[str, ...]
    visibility: Visibility
    state: VideoState
    reason: str
    filename: str
    size: int
    created_at: float
    published_at: float | None
    changed_at: float
    duration_s: float | None
    width: int | None
    height: int | None
    fps: float | None
    views: int
    is_held: bool
    held_reason: str
    deleted_at: float | None
    media: Media | None = None
    progress: float | None = None
    stream: str = ""
    is_recording: bool = False

    @property
    def owner_id(self) -> str | None:
        """The id of the owner's account."""
        return None if self.owner is None else self.owner.id

    def is_of(self, viewer: Viewer) -> bool:
        """Return whether the video belongs to the viewer: to its account, or, without an owner, to an admin."""
        if self.owner is None:
            return viewer.sees_all
        return viewer.account == self.owner.id

    def may_be_seen_by(self, viewer: Viewer) -> bool:
        """Return whether the viewer may see the video if it knows its id."""
        if viewer.only_video not in (None, self.id):
            return False
        if viewer.is_admin or self.is_of(viewer):
            return True
        if self.state is not VideoState.READY or self.is_held or self.deleted_at is not None:
            return False
        if self.visibility is Visibility.MEMBERS:
            return viewer.is_known
        return self.visibility in (Visibility.PUBLIC, Visibility.UNLISTED)

    def may_be_edited_by(self, viewer: Viewer) -> bool:
        """Return whether the viewer may change, delete and download the original of the video."""
        return viewer.only_video is None and (viewer.is_admin or self.is_of(viewer))


@dataclass(frozen=True, slots=True)
class Page:
    """Some videos of a list, and the cursor of what follows; None at the end."""

    videos: tuple[Video, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Subtitles:
    """Subtitles that somebody has added to a video: WebVTT. `language` is a BCP 47 tag."""

    language: str
    label: str
    body: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Playlist:
    """Videos in an order of their owner's. `count` is how many it has, seen or not."""

    id: str
    owner: Owner | None
    title: str
    description: str
    visibility: Visibility
    created_at: float
    changed_at: float
    count: int = 0

    def may_be_seen_by(self, viewer: Viewer) -> bool:
        """Return whether the viewer may see that the playlist exists; of its videos it sees those that it may see."""
        if viewer.only_video is not None:
            return False
        if self.may_be_edited_by(viewer):
            return True
        if self.visibility is Visibility.MEMBERS:
            return viewer.is_known
        return self.visibility in (Visibility.PUBLIC, Visibility.UNLISTED)

    def may_be_edited_by(self, viewer: Viewer) -> bool:
        """Return whether the viewer may change the playlist."""
        if viewer.only_video is not None:
            return False
        return viewer.is_admin or (self.owner is not None and self.owner.id == viewer.account)

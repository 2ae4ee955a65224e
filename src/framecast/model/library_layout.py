"""Places in the library: keys of objects, and paths below its folder. Every name is checked; nothing of a name comes from people. Pure.

    uploads/UPLOAD               an upload that is not finished; always a plain file
    work/JOB-ATTEMPT/            input and output of one attempt of a job; removed after it
    remote/JOB-ATTEMPT/          the same for a worker on another machine: what it is given and what it brings
    work.key                     signs the tickets of such workers; a secret
    videos/ID/original           what was uploaded
    videos/ID/GENERATION/NAME    what was made of it; a generation never changes

Keys are the part from `videos/`; a folder as the store has them as paths below the library's folder, S3 as keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from framecast.errors import Invalid
from framecast.model.text import named

VIDEOS = "videos"
ORIGINAL = "original"
MAX_KEY_LENGTH = 512
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_GENERATION = re.compile(r"g[0-9a-f]{12}")
_NAME = re.compile(r"[a-z0-9_-][a-z0-9._-]{0,63}")
_SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class LibraryLayout:
    """The paths below one folder of a library."""

    folder: Path

    @property
    def uploads(self) -> Path:
        """The folder of uploads that are not finished."""
        return self.folder / "uploads"

    @property
    def works(self) -> Path:
        """The folder of the work folders."""
        return self.folder / "work"

    @property
    def remotes(self) -> Path:
        """The folder of what workers on other machines are given and bring."""
        return self.folder / "remote"

    @property
    def work_key(self) -> Path:
        """The file of the key that signs the tickets of workers on other machines."""
        return self.folder / "work.key"

    def upload(self, upload: str) -> Path:
        """Return the file of an upload."""
        return self.uploads / _checked(_ID, upload, "the id of an upload")

    def work(self, job: int | str, attempt: int) -> Path:
        """Return the folder of one attempt of a job."""
        return self.works / f"{_checked(_ID, str(job), 'the id of a job')}-{attempt:d}"


def video_prefix(video: str) -> str:
    """Return what the keys of a video begin with, without the slash."""
    return f"{VIDEOS}/{_checked(_ID, video, 'the id of a video')}"


def original_key(video: str) -> str:
    """Return the key of what was uploaded."""
    return f"{video_prefix(video)}/{ORIGINAL}"


def generation_prefix(video: str, generation: str) -> str:
    """Return what the keys of a generation begin with, without the slash."""
    return f"{video_prefix(video)}/{_checked(_GENERATION, generation, 'a generation')}"


def file_key(video: str, generation: str, name: str) -> str:
    """Return the key of one file of a generation.

    Raises:
        Invalid: a part has characters that it may not have.
    """
    return f"{generation_prefix(video, generation)}/{check_file_name(name)}"


def check_file_name(name: str) -> str:
    """Return the name of a file of a generation.

    Raises:
        Invalid: it has other characters, or too many.
    """
    return _checked(_NAME, name, "the name of a file")


def check_key(key: str) -> str:
    """Return a key, or a prefix without the slash at its end.

    Raises:
        Invalid: it is empty or too long, or a part of it is empty, begins with a dot or has other characters.
    """
    if len(key) > MAX_KEY_LENGTH or not all(map(_SEGMENT.fullmatch, key.split("/"))):
        raise Invalid(
            f"a key must be parts of letters, digits and '._-' with '/' between them, got {named(key)}"
        )
    return key


def _checked(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise Invalid(f"{named(text)} is not {what}")
    return text

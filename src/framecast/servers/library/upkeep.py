"""What the library removes by itself: expired uploads, videos after their time in the bin, replaced generations, and what killed processes have left.

At the start and once an hour. Blocks for the database, the disk and the network; a thread of the library server. Order: the row goes first, together with a note of what may be removed; the objects go after it, and the note last. So a crash at any point loses nothing and leaves
nothing for long. An original whose video is not in the database is never removed: somebody may have restored an old backup.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

from framecast.errors import FramecastError, NotFound
from framecast.library import Library
from framecast.model.library_layout import ORIGINAL, VIDEOS, LibraryLayout
from framecast.servers.settings import LibrarySettings
from framecast.store.objects import Objects

EVERY_S = 3600.0
# A file of an upload that no row names: it may just be about to get one.
_UNKNOWN_S = 3600.0
_DAY_S = 86400.0

log = logging.getLogger("framecast.library")


class Upkeep:
    """`working` returns the names of the work folders in use."""

    def __init__(
        self,
        library: Library,
        objects: Objects,
        settings: LibrarySettings,
        working: Callable[[], Collection[str]],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._library = library
        self._objects = objects
        self._settings = settings
        self._layout = LibraryLayout(settings.folder)
        self._working = working
        self._now = now
        self._strangers: set[str] = set()  # originals without a video that were reported

    def sweep(self) -> None:
        """Do all of it. What fails is logged, and the rest is done."""
        for part in (
            self.remove_work,
            self._drop_uploads,
            self._empty_bin,
            self.remove_objects,
            self._remove_unknown_uploads,
            self._remove_unknown_objects,
            self._objects.sweep,
            self._forget,
        ):
            try:
                part()
            except (FramecastError, OSError) as error:
                log.warning("the upkeep of the library was not done whole: %s", error)

    def remove_work(self) -> None:
        """Remove work folders of attempts that are over."""
        in_use = self._working()
        for folder in _files(self._layout.works):
            if folder.name not in in_use:
                shutil.rmtree(folder, ignore_errors=True)

    def remove_objects(self) -> None:
        """Remove objects that nothing names any more."""
        for prefix in self._library.old_generations():
            self._objects.delete(prefix.rstrip("/"))
            self._library.objects_gone(prefix)

    def _drop_uploads(self) -> None:
        while expired := self._library.expired_uploads():
            for upload in expired:
                with suppress(NotFound):
                    self._library.drop_upload(upload.id)
                self._layout.upload(upload.id).unlink(missing_ok=True)
            log.info("uploads have expired: %d", len(expired))

    def _empty_bin(self) -> None:
        while gone := self._library.purge(self._settings.bin_s / _DAY_S):
            log.info("videos were removed from the bin for good: %d", len(gone))

    def _remove_unknown_uploads(self) -> None:
        for path in _files(self._layout.uploads):
            with suppress(OSError):
                if self._now() - path.stat().st_mtime < _UNKNOWN_S:
                    continue
                try:
                    self._library.upload(path.name)
                except NotFound:
                    path.unlink()

    def _remove_unknown_objects(self) -> None:
        """An attempt that has lost its job may store an object after its generation was removed."""
        found: dict[str, set[str]] = {}
        for entry in self._objects.entries(VIDEOS):
            _, video, part, *_ = [*entry.key.split("/"), ""]
            found.setdefault(video, set()).add(part)
        # After the listing: the row of a generation is older than its objects, so what is not known now is lost.
        for video, parts in found.items():
            known = self._library.known_prefixes(video)
            if known is None and ORIGINAL in parts:
                self._report(video)
            for part in parts - {ORIGINAL} - (known or frozenset()):
                prefix = f"{VIDEOS}/{video}/{part}" if part else f"{VIDEOS}/{video}"
                log.info("lost objects were removed: %s, %d", prefix, self._objects.delete(prefix))

    def _report(self, video: str) -> None:
        if video not in self._strangers:
            self._strangers.add(video)
            log.warning("an original belongs to no video of the database and is kept: videos/%s", video)

    def _forget(self) -> None:
        self._library.forget_jobs()


def _files(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from list(folder.iterdir())

"""`Uploads`: begin, continue, finish and drop uploads, for whatever protocol they come by. Event loop only; disk and database are on threads.

The order at the end of an upload: its bytes are durable and noted; then the file gets its place in the store of objects; then the database says that
the upload is finished, and what is done with the video next. A process that dies in between leaves an upload whose bytes are all here: the next request
about it finishes it.
"""

from __future__ import annotations

import asyncio
import sys
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framecast.errors import Conflict, Denied, NoSpace, NotFound
from framecast.model.library_layout import LibraryLayout, original_key
from framecast.model.video import Viewer
from framecast.model.video_job import Upload, UploadLimits
from framecast.servers.access.crew import Crew
from framecast.servers.catalogue import Catalogue
from framecast.servers.uploads.hold import Hold
from framecast.servers.uploads.slots import MAX_SLOTS, WAIT_S, Slots

if TYPE_CHECKING:
    from framecast.accounts.account import Actor
    from framecast.library import Library
    from framecast.library.upload_file import Running, UploadFile

_THREADS = 6
_LOOK_S = 0.5  # between two looks at another process that has the file, or wants it
_MOST_RUNNING = 256  # hashes of uploads that pause
UNKNOWN = "there is no such upload: it was finished, cancelled, or has expired"


@dataclass(frozen=True, slots=True)
class Sender:
    """The one that sends, as the library knows it, and as the audit log names it."""

    viewer: Viewer
    address: str
    name: str

    def owns(self, upload: Upload) -> bool:
        """Return whether an upload is of this one. Nobody else continues it, admins neither."""
        if self.viewer.only_video is not None:
            return False
        return self.viewer.account == upload.owner if upload.owner else self.viewer.is_admin

    def actor(self) -> Actor:
        """Return it for the audit log; on a thread that has got the library, which has imported what this needs."""
        made: Actor = sys.modules["framecast.accounts.account"].Actor(
            self.viewer.account, self.address, self.name
        )
        return made


class Uploads:
    """The uploads of one process."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._settings = settings = catalogue.settings
        self._catalogue = catalogue
        self._layout = LibraryLayout(settings.folder)
        self._slots = Slots()
        self._crew = Crew("uploads", _THREADS, 4 * MAX_SLOTS)
        self._running: OrderedDict[str, Running] = OrderedDict()
        # Imported with the first upload: a node whose library was never used does without the libraries of this module.
        self._files: Any = import_module("framecast.library.upload_file")

    async def begin(self, sender: Sender, size: int, filename: str, metadata: Mapping[str, str]) -> Upload:
        """Begin an upload of `size` bytes.

        Raises:
            Invalid: the size, the title or the visibility is not allowed. NoSpace: the disk has no room for it.
            Conflict: a limit of its owner is used up. Denied: it may not upload.
        """
        if not sender.viewer.is_known or sender.viewer.only_video is not None:
            raise Denied("sign in to upload, or show a token with the scope change")
        return await self._catalogue.change(
            "", lambda library: self._begin(library, sender, size, filename, metadata), makes=True
        )

    async def unfinished(self, sender: Sender) -> list[Upload]:
        """Return the uploads that the sender can continue."""
        found = await self._catalogue.call(lambda library: library.uploads(sender.viewer.account))
        return [one for one in found if sender.owns(one)]

    async def find(self, upload_id: str, sender: Sender) -> Upload:
        """Return an upload.

        Raises:
            NotFound: the sender has none of this id.
        """
        upload = await self._catalogue.call(lambda library: library.upload(upload_id))
        if not sender.owns(upload):
            raise NotFound(UNKNOWN)
        return upload

    @asynccontextmanager
    async def hold(
        self, upload_id: str, sender: Sender, let_go: Callable[[], None] = lambda: None
    ) -> AsyncIterator[Hold]:
        """Have an upload that is not finished alone. `let_go` is called when another request wants it: this one has to end.

        Raises:
            NotFound: the sender has no such upload. Conflict: it is finished, or another request does not let go.
        """
        await self.find(upload_id, sender)  # nobody waits for what is not theirs
        hold: Hold | None = None

        def end() -> None:
            if hold is not None:
                hold.end()
            let_go()

        async with self._slots.take(upload_id, end):
            upload = await self.find(upload_id, sender)
            if upload.finished_at is not None:
                raise Conflict("this upload is finished", video=upload.video)
            file = await self._open(upload)
            hold = Hold(upload, file, self._crew, partial(self._note, upload))
            looking = asyncio.create_task(_look(file, end))
            try:
                yield hold
            finally:
                looking.cancel()
                await asyncio.shield(self._close(hold))

    async def finish(self, hold: Hold, sender: Sender) -> str:
        """Return the id of the video of an upload that is complete; the same file of the same owner is the video that is there already.

        Raises:
            FramecastError: the store or the database does not take it. All bytes are here; a later call finishes it.
        """
        upload = hold.upload
        digest = await self._crew.run(hold.file.digest)
        await self._crew.run(partial(self._place, upload))
        video = await self._catalogue.change(
            upload.video, lambda library: library.finish_upload(upload.id, digest, by=sender.actor())
        )
        self._running.pop(upload.id, None)
        return video.id

    async def drop(self, upload_id: str, sender: Sender) -> None:
        """End an upload, with all that it has brought. Of one that is finished only the memory goes.

        Raises:
            NotFound: the sender has no such upload. Conflict: another request does not let go.
        """
        upload = await self.find(upload_id, sender)
        async with self._slots.take(upload_id, lambda: None):
            await self._catalogue.change(
                upload.video, lambda library: library.drop_upload(upload_id, by=sender.actor())
            )
            self._running.pop(upload_id, None)
            await self._crew.run(lambda: self._files.remove_file(self._layout.upload(upload_id)))

    def drain(self) -> None:
        """Ask all requests to end."""
        self._slots.drain()

    def close(self) -> None:
        """Take no more work. Idempotent."""
        self._crew.close()

    async def _note(self, upload: Upload, offset: int) -> None:
        # A disk that has lost bytes begins below what was noted before.
        if offset > upload.offset:
            await self._catalogue.call(
                lambda library: library.note_offset(upload.id, offset, self._settings.upload_expiry_s)
            )

    async def _open(self, upload: Upload) -> UploadFile:
        """Open the file, once another process lets go of it."""
        loop = asyncio.get_running_loop()
        until, waiting = loop.time() + WAIT_S, None
        try:
            while True:
                try:
                    return await self._crew.run(partial(self._open_file, upload))
                except Conflict:
                    if loop.time() > until:
                        raise
                if waiting is None:
                    waiting = await self._crew.run(
                        lambda: self._files.Waiting(self._layout.upload(upload.id))
                    )
                await asyncio.sleep(_LOOK_S)
        finally:
            if waiting is not None:
                waiting.close()

    async def _close(self, hold: Hold) -> None:
        await hold.close()
        running = hold.file.running
        if running is not None and not hold.is_complete:
            self._running[hold.upload.id] = running
            if len(self._running) > _MOST_RUNNING:
                self._running.popitem(last=False)

    # --- on a thread

    def _begin(
        self, library: Library, sender: Sender, size: int, filename: str, metadata: Mapping[str, str]
    ) -> Upload:
        settings = self._settings
        free = self._files.free_bytes(settings.folder) - settings.min_free_bytes
        limits = UploadLimits(
            settings.max_upload_bytes,
            settings.quota_bytes,
            settings.daily_bytes,
            max(free, 0),
            settings.upload_expiry_s,
        )
        try:
            upload = library.begin_upload(
                sender.viewer.account, size, filename, metadata, limits, by=sender.actor()
            )
        except Conflict as error:
            if error.fields.get("reason") == "disk":
                raise NoSpace(str(error), **error.fields) from error
            raise
        try:
            self._files.create_file(self._layout.upload(upload.id))
        except BaseException:
            library.drop_upload(upload.id)
            raise
        return upload

    def _open_file(self, upload: Upload) -> UploadFile:
        path, floor = self._layout.upload(upload.id), self._settings.min_free_bytes
        running = self._running.get(upload.id)
        try:
            return self._file(path, upload, running, floor)
        except NotFound:
            if upload.offset < upload.size:
                raise
        # Its process died between the last two steps: the file has its place already.
        self._catalogue.objects().fetch(original_key(upload.video), path)
        return self._file(path, upload, None, floor)

    def _file(self, path: Path, upload: Upload, running: Running | None, floor: int) -> UploadFile:
        file: UploadFile = self._files.UploadFile(
            path, upload.size, upload.offset, running=running, floor=floor
        )
        return file

    def _place(self, upload: Upload) -> None:
        self._catalogue.objects().take_file(original_key(upload.video), self._layout.upload(upload.id))


async def _look(file: UploadFile, end: Callable[[], None]) -> None:
    """Call `end` once another process wants the file."""
    while not file.is_wanted:  # noqa: ASYNC110  only the kernel knows
        await asyncio.sleep(_LOOK_S)
    end()

"""Which clients hear that a video has changed: those that find it, and those that did. A real database; notices as the node sends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from framecast.control.topics import Notice
from framecast.model.video import ANONYMOUS, LOCAL, Viewer, Visibility
from framecast.servers.catalogue import Catalogue
from framecast.servers.settings import LibrarySettings
from framecast.servers.video_changes import EVERYTHING, MOST_WAITING, TOPIC, Listener, VideoChanges
from tests.servers.web.library_web import Shelf, library_settings

DEADLINE_S = 60.0


def settings(folder: Path) -> LibrarySettings:
    given: dict[str, Any] = library_settings(folder)
    return LibrarySettings(**{**given, "folder": Path(given["folder"])})


class Ear:
    """A client, and what it has heard."""

    def __init__(self, changes: VideoChanges, viewer: Viewer) -> None:
        self.listener: Listener = changes.join(viewer)
        self._changes: AsyncIterator[tuple[str, ...]] = self.listener.changes(DEADLINE_S)

    async def next(self) -> tuple[str, ...]:
        return await asyncio.wait_for(anext(self._changes), DEADLINE_S)


def test_client_hears_of_what_it_finds_and_of_what_it_found(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    owner = None  # of the admins
    videos = {one: shelf.add(str(one), one, owner).id for one in Visibility}
    library = shelf.library

    async def listen() -> None:
        catalogue = Catalogue(settings(tmp_path))
        changes = VideoChanges(catalogue, tmp_path / "no.sock")
        admin, member, visitor = (Ear(changes, one) for one in (LOCAL, Viewer("x", False, True), ANONYMOUS))

        async def told(*ids: str) -> list[tuple[str, ...]]:
            """What all hear of notices; one of the public video, which everybody finds, comes last."""
            for one in ids:
                changes.on_notice(Notice(TOPIC, one))
            changes.on_notice(Notice(TOPIC, videos[Visibility.PUBLIC]))
            return [await ear.next() for ear in (admin, member, visitor)]

        private, members, unlisted, public = (videos[one] for one in Visibility)
        assert await told(private, members, unlisted) == [
            (private, members, unlisted, public),
            (members, public),
            (public,),
        ]
        library.change_video(members, LOCAL, visibility="private")
        assert await told(members) == [(members, public), (members, public), (public,)]
        assert await told(members) == [(members, public), (public,), (public,)]
        library.delete_video(public, LOCAL)
        changes.on_notice(Notice(TOPIC, public))
        assert [await ear.next() for ear in (admin, member, visitor)] == [(public,)] * 3
        changes.on_notice(Notice(TOPIC, missed=True))
        assert [await ear.next() for ear in (admin, member, visitor)] == [(EVERYTHING,)] * 3
        changes.drain()
        assert [one async for one in admin.listener.changes(DEADLINE_S)] == []
        await changes.close()
        catalogue.close()

    asyncio.run(listen())
    shelf.close()


def test_client_that_does_not_read_holds_a_bounded_number_of_ids() -> None:
    async def overflow() -> None:
        listener = Listener(LOCAL)
        for number in range(MOST_WAITING):
            listener.add(str(number))
        listener.add("0")
        changes = listener.changes(DEADLINE_S)
        assert await anext(changes) == (EVERYTHING,)
        listener.add("again")
        assert await anext(changes) == ("again",)

    asyncio.run(overflow())

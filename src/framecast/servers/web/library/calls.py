"""How routes of the library reach it: on its threads, in the name of the one who asks. Event loop.

Nothing of `library` is imported here: an object of it comes with each call.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import Request

from framecast.errors import NotFound
from framecast.model.rights import Scope
from framecast.model.video import Video, Viewer
from framecast.servers.catalogue import Catalogue, viewer_of
from framecast.servers.settings import NO_LIBRARY
from framecast.servers.web.context import web_of
from framecast.servers.web.http.credentials import address_of, principal_of
from framecast.servers.web.library.shapes import VideoShape, video_shape

if TYPE_CHECKING:
    from framecast.accounts.account import Actor
    from framecast.library import Library

T = TypeVar("T")


def catalogue_of(request: Request) -> Catalogue:
    """Return the library of this node.

    Raises:
        NotFound: it is turned off.
    """
    found = web_of(request).catalogue
    if found is None:
        raise NotFound(NO_LIBRARY)
    return found


def viewer(request: Request, scope: Scope = Scope.READ) -> Viewer:
    """Return who asks; a token needs the scope."""
    return viewer_of(principal_of(request.scope), scope)


async def call(request: Request, work: Callable[[Library], T]) -> T:
    """Return what `work` returns; it gets the library on another thread and changes nothing there.

    Raises:
        WouldBlock: too much waits already. NotFound: nothing was ever stored. FramecastError: what `work` raises.
    """
    return await catalogue_of(request).call(work)


async def change(
    request: Request, video: str, work: Callable[[Library, Actor], T], *, makes: bool = False
) -> T:
    """Return what `work` returns; it gets the library and, for the audit log, the one who asks. It changes a video, '' for several.

    With `makes` the library begins with this. Raises as `call`.
    """
    principal, address = principal_of(request.scope), address_of(request.scope)
    name = principal.name or (
        "access token" if principal.kind in ("token", "session") else str(principal.kind)
    )

    def in_name(library: Library) -> T:
        actor: Any = sys.modules["framecast.accounts.account"].Actor
        return work(library, actor(principal.account, address, name))

    return await catalogue_of(request).change(video, in_name, makes=makes)


async def find_video(request: Request, id: str, scope: Scope = Scope.READ) -> Video:
    """Return a video that the one who asks may see.

    Raises:
        NotFound: there is none, or it may not be seen.
    """
    who = viewer(request, scope)
    try:
        return await call(request, lambda library: library.video(id, who))
    except NotFound as error:
        raise unknown_video(id) from error


def unknown_video(id: str) -> NotFound:
    """Return the error for a video that does not exist, or must not be known."""
    return NotFound(f"there is no video {id!r:.80}: it was removed, or its address is spelled differently")


def shown(request: Request, video: Video) -> VideoShape:
    """Return a video as the one who asks may see it."""
    return video_shape(video, viewer(request), web_of(request).settings.base_path)

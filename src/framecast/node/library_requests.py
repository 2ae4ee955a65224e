"""Requests about the library on control connections: recordings begin and end, a video is named as a file. Runs in the node's loop."""

from __future__ import annotations

from typing import Any, Protocol

from framecast.bus.channel import Fields
from framecast.errors import NotFound
from framecast.model import check_name
from framecast.model.text import shown
from framecast.node.directory import LocalDirectory

_PASSED_ON = ("by", "address", "title", "visibility", "data")
_LONGEST_ID = 64


class Library(Protocol):
    """`library_server.LibraryServer`."""

    async def ask(self, op: str, **fields: Any) -> Fields:  # noqa: ANN401  JSON
        """Return the answer to a question."""

    async def order(self, op: str, **fields: Any) -> Fields:  # noqa: ANN401  JSON
        """Return the answer to an order."""


class Context(Protocol):
    """What these requests need of `control.Control`."""

    directory: LocalDirectory
    library: Library | None


async def on_record(control: Context, fields: Fields) -> Fields:
    """Begin to record a stream into the library."""
    name = check_name(fields.get("name"))
    control.directory.status(name)
    given = {key: fields[key] for key in _PASSED_ON if key in fields}
    return await _library(control).order("record", name=name, **given)


async def on_end_recording(control: Context, fields: Fields) -> Fields:
    """End a recording."""
    return await _library(control).ask("end_recording", video=_video(fields))


async def on_video(control: Context, fields: Fields) -> Fields:
    """Name the file of a video. Programs of the node's own user, which send no account, may read them all."""
    account = fields.get("by")
    return await _library(control).ask(
        "video", video=_video(fields), account=account, is_admin=account is None
    )


def _video(fields: Fields) -> str:
    return shown(str(fields.get("video")), _LONGEST_ID)


def _library(control: Context) -> Library:
    if control.library is None:
        raise NotFound("this node has no servers, so it has no library")
    return control.library

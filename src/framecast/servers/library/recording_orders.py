"""What the node may order about recordings, as a table. JSON in, JSON out. The node has checked who may do it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from framecast.accounts.account import Actor
from framecast.bus.channel import Fields
from framecast.errors import Invalid
from framecast.model import check_name
from framecast.model.data_file import MAX_TRACKS
from framecast.model.text import shown
from framecast.model.video import Video, Visibility
from framecast.servers.library.recordings import Order, Recordings


async def _record(recordings: Recordings, fields: Fields) -> Fields:
    """Begin to record the stream `name`. `by`: the account to which the video belongs; `title`, `visibility`: of the video; `data`: streams about this one."""
    return _of(await recordings.start(_order(fields)))


async def _end_recording(recordings: Recordings, fields: Fields) -> Fields:
    """End the recording that makes the video `video`; answered when the file is whole."""
    return _of(await recordings.stop(str(fields.get("video"))))


def _of(video: Video) -> Fields:
    return {"video": video.id, "title": video.title, "stream": video.stream, "duration_s": video.duration_s}


def _order(fields: Fields) -> Order:
    account, address, title = fields.get("by"), fields.get("address", ""), fields.get("title") or ""
    if not (isinstance(account, str | None) and isinstance(address, str) and isinstance(title, str)):
        raise Invalid("by must be the id of an account, and address and title texts")
    visibility = fields.get("visibility") or Visibility.PRIVATE
    if visibility not in tuple(Visibility):
        raise Invalid(
            f"visibility must be one of {', '.join(Visibility)}, got {shown(str(visibility), 40)!r}"
        )
    stream = check_name(fields.get("name"))
    by = Actor(account, address)
    return Order(stream, title, account, Visibility(visibility), by, _about(fields.get("data") or []))


def _about(given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or len(given) >= MAX_TRACKS:
        raise Invalid(f"data must be a list of at most {MAX_TRACKS - 1} names of streams")
    return tuple(check_name(one) for one in given)


ORDERS: Mapping[str, Callable[[Recordings, Fields], Awaitable[Fields]]] = {
    "record": _record,
    "end_recording": _end_recording,
}

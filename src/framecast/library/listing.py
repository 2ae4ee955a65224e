"""Lists of videos: what a viewer may see, page by page.

A list is a union of parts of the table, and each part is read in the order of the list by an index: what is public, what is for members, what
is the viewer's own. So a page costs the same in a library of 100 videos and in one of 100,000.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, or_, select, tuple_, union

from framecast.accounts.naming import key_of
from framecast.accounts.part import Audited
from framecast.errors import Invalid, NotFound
from framecast.library.rows import LISTED, find_video, video_query, with_progress
from framecast.library.search import SEARCH, matching
from framecast.library.texts import tag_key
from framecast.model import number as numbers
from framecast.model.text import shown
from framecast.model.video import Page, VideoOrder, VideoState, Viewer, Visibility
from framecast.store.library_schema import video_tags, videos
from framecast.store.schema import accounts

PAGE, MOST_PAGE = 48, 200
_MOST_NUMBER = (1 << 63) - 1
# What `state` may be beside a state.
DELETED, HELD = "deleted", "held"

_SORTS: dict[VideoOrder, tuple[tuple[Any, ...], bool]] = {
    VideoOrder.NEWEST: ((videos.c.number,), True),
    VideoOrder.OLDEST: ((videos.c.number,), False),
    VideoOrder.VIEWS: ((videos.c.views, videos.c.number), True),
    VideoOrder.TITLE: ((videos.c.title_key, videos.c.number), False),
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a list is asked for."""

    viewer: Viewer
    query: str
    tag: str | None
    owner: str | None
    state: str | None
    order: VideoOrder
    after: tuple[Any, ...] | None
    most: int


class Listing(Audited):
    """Lists."""

    def videos(
        self,
        viewer: Viewer,
        *,
        query: str = "",
        tag: str | None = None,
        owner: str | None = None,
        state: str | None = None,
        sort: str = VideoOrder.NEWEST,
        after: str | None = None,
        most: int = PAGE,
    ) -> Page:
        """Return videos that the viewer may see in lists: those after a cursor.

        `owner` is the id or the name of an account; `state` is a `VideoState`, `deleted` (the bin) or `held`. What is in the bin is in no other list.

        Raises:
            Invalid: the sort, the state or the cursor does not exist.
        """
        order = _order(sort)
        asked = _Asked(
            *(viewer, query, tag, owner, _state(state), order),
            None if after is None else _cursor(order, after),
            max(1, min(most, MOST_PAGE)),
        )
        with self._store.read() as connection:
            if viewer.only_video is not None:
                return _only(connection, viewer, viewer.only_video)
            if owner is not None:
                found = _account_id(connection, owner)
                if found is None:
                    return Page(())
                asked = replace(asked, owner=found)
            return _page(connection, asked)


def _page(connection: Connection, asked: _Asked) -> Page:
    _, descends = _SORTS[asked.order]
    parts = [_part(connection, asked, condition) for condition in _conditions(asked)]
    if not parts:
        return Page(())
    found = union(*(select(part.subquery()) for part in parts)).subquery()
    ordered = [one.desc() if descends else one.asc() for one in found.c]
    rows = connection.execute(select(found).order_by(*ordered).limit(asked.most + 1)).all()
    chosen = [row[-1] for row in rows[: asked.most]]
    by_number = {
        row.number: row for row in connection.execute(video_query().where(videos.c.number.in_(chosen)))
    }
    shown_rows = [by_number[one] for one in chosen if one in by_number]
    last = rows[asked.most - 1] if len(rows) > asked.most else None
    return Page(
        tuple(with_progress(connection, shown_rows)),
        None if last is None else _cursor_of(asked.order, tuple(last)),
    )


def _conditions(asked: _Asked) -> list[list[ColumnElement[bool]]]:
    """Return the parts of the table that the list is made of."""
    viewer, state = asked.viewer, asked.state
    filters: list[ColumnElement[bool]] = [
        _STATES[state] if state in _STATES else videos.c.deleted_at.is_(None)
    ]
    if state is not None and state not in _STATES:
        filters.append(videos.c.state == state)
    if asked.owner is not None:
        filters.append(videos.c.owner == asked.owner)
    if viewer.sees_all:
        return [filters]
    own = [] if viewer.account is None else [[videos.c.owner == viewer.account, *filters]]
    if asked.owner is not None and asked.owner == viewer.account:
        return own
    if state not in (None, VideoState.READY):
        return own
    audiences = LISTED if viewer.is_known else (str(Visibility.PUBLIC),)
    return own + [[videos.c.audience == audience, *filters] for audience in audiences]


def _part(connection: Connection, asked: _Asked, conditions: list[ColumnElement[bool]]) -> Select[Any]:
    columns, descends = _SORTS[asked.order]
    query = select(*columns).where(*conditions)
    found = matching(connection, asked.query)
    ordered = columns
    if found is not None:
        condition, number = found
        query = query.select_from(videos.join(SEARCH, number == videos.c.number)).where(condition)
        if columns == (videos.c.number,) and connection.dialect.name == "sqlite":
            ordered = (SEARCH.c.rowid,)  # the index of the words is in this order
    if asked.tag is not None:
        tagged = select(video_tags.c.number).where(video_tags.c.tag_key == tag_key(asked.tag[:256]))
        query = query.where(videos.c.number.in_(tagged))
    if asked.after is not None:
        place, behind = tuple_(*ordered), tuple_(*asked.after)
        query = query.where(place < behind if descends else place > behind)
    return query.order_by(*(one.desc() if descends else one.asc() for one in ordered)).limit(asked.most + 1)


def _only(connection: Connection, viewer: Viewer, video: str) -> Page:
    try:
        return Page((find_video(connection, video, viewer),))
    except NotFound:
        return Page(())


def _account_id(connection: Connection, id_or_name: str) -> str | None:
    is_it = or_(accounts.c.id == id_or_name[:32], accounts.c.name_key == key_of(id_or_name[:256]))
    return connection.execute(select(accounts.c.id).where(is_it)).scalar_one_or_none()


_STATES = {DELETED: videos.c.deleted_at.is_not(None), HELD: videos.c.is_held & videos.c.deleted_at.is_(None)}


def _state(state: str | None) -> str | None:
    known = (*VideoState, DELETED, HELD)
    if state is not None and state not in known:
        raise Invalid(f"state must be one of {', '.join(known)}, got {shown(state, 40)!r}")
    return state


def _order(sort: str) -> VideoOrder:
    if sort not in tuple(VideoOrder):
        raise Invalid(f"sort must be one of {', '.join(VideoOrder)}, got {shown(sort, 40)!r}")
    return VideoOrder(sort)


def _cursor_of(order: VideoOrder, values: tuple[Any, ...]) -> str:
    return base64.urlsafe_b64encode(json.dumps([order, *values]).encode()).decode().rstrip("=")


def _cursor(order: VideoOrder, cursor: str) -> tuple[Any, ...]:
    """Return the place in a list that a cursor names.

    Raises:
        Invalid: this list has given no such cursor.
    """
    try:
        padded = cursor[:1024] + "=" * (-len(cursor[:1024]) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        given, *values = found
        if given != order or len(values) != len(_SORTS[order][0]):
            raise ValueError
        numbers.whole(values[-1], 0, _MOST_NUMBER)
        if order is VideoOrder.VIEWS:
            numbers.whole(values[0], 0, _MOST_NUMBER)
        elif order is VideoOrder.TITLE and not (isinstance(values[0], str) and values[0].isprintable()):
            raise ValueError
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise Invalid(
            "after must be the value `next` of the page before it, of a list with the same sort"
        ) from None
    return tuple(values)

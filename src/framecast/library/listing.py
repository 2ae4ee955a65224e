"""Lists of videos: what a viewer may see, page by page.

A list is a union of parts of the table, and each part is read in the order of the list by an index: what is public, what is for members, what
is the viewer's own. So a page costs the same in a library of 100 videos and in one of 100,000.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, true, tuple_

from framecast.accounts.naming import key_of
from framecast.accounts.part import Audited
from framecast.errors import Invalid, NotFound
from framecast.library.rows import LISTED, find_video, known_form, video_query, with_progress
from framecast.library.search import (
    Columns,
    few,
    few_tagged,
    is_in_order,
    reads_index_first,
    tagged,
    unindexed,
    walk_in_order,
    with_words,
)
from framecast.model import number as numbers
from framecast.model.folding import words_asked
from framecast.model.text import shown
from framecast.model.video import Page, VideoOrder, VideoState, Viewer, Visibility
from framecast.store.library_schema import videos
from framecast.store.schema import accounts

PAGE, MOST_PAGE = 48, 200
_MOST_NUMBER = (1 << 63) - 1
# What `state` may be beside a state.
DELETED, HELD = "deleted", "held"

# The columns of each order, and whether it descends.
_SORTS: dict[VideoOrder, tuple[tuple[str, ...], bool]] = {
    VideoOrder.NEWEST: (("number",), True),
    VideoOrder.OLDEST: (("number",), False),
    VideoOrder.VIEWS: (("views", "number"), True),
    VideoOrder.TITLE: (("title_key", "number"), False),
}
# What conditions and orders are made of.
_COLUMNS = ("number", "owner", "state", "audience", "title_key", "views", "is_held", "deleted_at")


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


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the table. `is_ordered`: an index has it in every order of a list; otherwise it is small enough to be sorted."""

    conditions: list[ColumnElement[bool]]
    is_ordered: bool


# The values that a list is sorted by, the number of the video last.
_Key = tuple[Any, ...]


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
    words = words_asked(asked.query)
    numbers: list[int] | None = None
    if words and not is_in_order(connection, asked.order):
        numbers = few(connection, words)
    elif asked.tag is not None and not words:
        numbers = few_tagged(connection, asked.tag)
    if numbers is not None:
        rows = _chosen(connection, asked, numbers)
    elif words and reads_index_first(connection):
        rows = _searched(connection, asked, words)
    else:
        rows = _walked(connection, asked, words)
    wanted = [row[-1] for row in rows[: asked.most]]
    by_number = {
        row.number: row for row in connection.execute(video_query().where(videos.c.number.in_(wanted)))
    }
    found = with_progress(connection, [by_number[one] for one in wanted if one in by_number])
    last = rows[asked.most - 1] if len(rows) > asked.most else None
    return Page(tuple(found), None if last is None else _cursor_of(asked.order, last))


def _chosen(connection: Connection, asked: _Asked, numbers: list[int]) -> list[_Key]:
    """Return the keys of a page that is made of a few videos."""
    # A subquery with a limit is done first, whatever a planner thinks of it.
    columns = [videos.c[name] for name in _COLUMNS]
    source = select(*columns).where(videos.c.number.in_(numbers)).limit(len(numbers)).subquery()
    parts = [and_(*part.conditions) for part in _parts(asked, source.c)]
    if not numbers or not parts:
        return []
    query = _ordered(asked, select(*_keys(asked, source.c)).where(or_(*parts)), _keys(asked, source.c))
    if asked.tag is not None:
        query = query.where(tagged(source.c.number, asked.tag))
    return [tuple(row) for row in connection.execute(query)]


def _searched(connection: Connection, asked: _Asked, words: Sequence[str]) -> list[_Key]:
    """Return the keys of a page of the many videos that have words: all parts at once, because the index of the words is read once for each."""
    parts = [and_(*part.conditions) for part in _parts(asked, unindexed(_COLUMNS))]
    if not parts:
        return []
    return _many(connection, asked, words, or_(*parts))


def _walked(connection: Connection, asked: _Asked, words: Sequence[str]) -> list[_Key]:
    """Return the keys of a page of many videos: of each part so many as the page has, in its order."""
    rows: set[_Key] = set()
    for part in _parts(asked, videos.c):
        if part.is_ordered:
            walk_in_order(connection)
        rows.update(_many(connection, asked, words, and_(*part.conditions)))
    return sorted(rows, reverse=_SORTS[asked.order][1])[: asked.most + 1]


def _many(
    connection: Connection, asked: _Asked, words: Sequence[str], condition: ColumnElement[bool]
) -> list[_Key]:
    keys = _keys(asked, videos.c)
    query = select(*keys).where(condition)
    if words:
        query, number = with_words(connection, query, words, asked.order)
        keys = [*keys[:-1], number]
    if asked.tag is not None:
        query = query.where(tagged(videos.c.number, asked.tag))
    return [tuple(row) for row in connection.execute(_ordered(asked, query, keys))]


def _keys(asked: _Asked, columns: Columns) -> list[ColumnElement[Any]]:
    return [columns[name] for name in _SORTS[asked.order][0]]


def _ordered(asked: _Asked, query: Select[Any], keys: list[ColumnElement[Any]]) -> Select[Any]:
    """Return the query of what follows the cursor, in order."""
    descends = _SORTS[asked.order][1]
    if asked.after is not None:
        place, behind = tuple_(*keys), tuple_(*asked.after)
        query = query.where(place < behind if descends else place > behind)
    return query.order_by(*(one.desc() if descends else one.asc() for one in keys)).limit(asked.most + 1)


def _parts(asked: _Asked, row: Columns) -> list[_Part]:
    """Return the parts of the table that the list is made of."""
    viewer, state = asked.viewer, asked.state
    is_binned = row["deleted_at"].is_not(None)
    filters: list[ColumnElement[bool]] = [is_binned if state == DELETED else ~is_binned]
    if state == HELD:
        filters.append(row["is_held"].is_(true()))
    elif state not in (None, DELETED):
        filters.append(row["state"] == state)
    if asked.owner is not None:
        filters.append(row["owner"] == asked.owner)
    is_ordered = asked.owner is None
    if viewer.sees_all:
        return [_Part(filters, is_ordered)]
    own = [] if viewer.account is None else [_Part([row["owner"] == viewer.account, *filters], False)]
    is_own = asked.owner is not None and asked.owner == viewer.account
    if is_own or state not in (None, VideoState.READY):
        return own
    audiences = LISTED if viewer.is_known else (str(Visibility.PUBLIC),)
    return own + [_Part([row["audience"] == audience, *filters], is_ordered) for audience in audiences]


def _only(connection: Connection, viewer: Viewer, video: str) -> Page:
    try:
        return Page((find_video(connection, video, viewer),))
    except NotFound:
        return Page(())


def _account_id(connection: Connection, id_or_name: str) -> str | None:
    is_it = or_(accounts.c.id == known_form(id_or_name), accounts.c.name_key == key_of(id_or_name[:256]))
    return connection.execute(select(accounts.c.id).where(is_it)).scalar_one_or_none()


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

"""The index for searching: FTS5 in SQLite, a vector of words in PostgreSQL. Kept in the transaction that changes a video.

Both get words that were folded here (`model/folding.py`): see `store/word_index.py`.

A planner does not know how many videos have a word that begins so. So the index is asked first: a few numbers are looked up one by one (`few`),
and if there are many, the list is read in its own order and each row is asked for the words (`with_words`), which then ends soon.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Select, column, literal_column, select, table, text

from framecast.library.texts import tag_key
from framecast.model.folding import words_of
from framecast.model.video import VideoOrder
from framecast.store.library_schema import video_tags, videos
from framecast.store.word_index import is_sqlite, matches, set_local, stored_words

FEW = 2000
_SEARCH = table("video_search", column("rowid"), column("number"), column("words"))
# PostgreSQL, until the end of the transaction or the next of these: the index of the words, or the order of the list.
_BY_WORDS = {"jit": "off", "enable_seqscan": "off"}
_BY_ORDER = {
    "enable_sort": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_bitmapscan": "off",
}


class Columns(Protocol):
    """Columns by their names."""

    def __getitem__(self, name: str, /) -> ColumnElement[Any]: ...


def index(connection: Connection, number: int, texts: Iterable[str]) -> None:
    """Make a video found by the words of these texts, and by no others."""
    unindex(connection, [number])
    words = words_of(texts)
    if is_sqlite(connection):
        values = {"number": number, "words": stored_words(words)}
        connection.execute(text("INSERT INTO video_search (rowid, words) VALUES (:number, :words)"), values)
    else:
        statement = "INSERT INTO video_search (number, words) VALUES (:number, array_to_tsvector(:words))"
        connection.execute(text(statement), {"number": number, "words": words})


def unindex(connection: Connection, numbers: Sequence[int]) -> None:
    """Remove videos from the index. PostgreSQL does that by itself when a video goes."""
    key = "rowid" if is_sqlite(connection) else "number"
    for number in numbers:
        connection.execute(text(f"DELETE FROM video_search WHERE {key} = :number"), {"number": number})  # noqa: S608  our words


def few(connection: Connection, words: Sequence[str]) -> list[int] | None:
    """Return the numbers of the videos that have every word, the last one as the beginning of a word; None if these are many."""
    query = select(_key(connection)).where(matches(connection, "video_search", words)).limit(FEW + 1)
    if not is_sqlite(connection):
        set_local(connection, _BY_WORDS)
    found = list(connection.execute(query.select_from(_SEARCH)).scalars())
    if not is_sqlite(connection):
        set_local(connection, {"enable_seqscan": "on"})
    return found if len(found) <= FEW else None


def few_tagged(connection: Connection, tag: str) -> list[int] | None:
    """Return the numbers of the videos that have a tag; None if these are many."""
    query = select(video_tags.c.number).where(video_tags.c.tag_key == tag_key(tag[:256])).limit(FEW + 1)
    found = list(connection.execute(query).scalars())
    return found if len(found) <= FEW else None


def tagged(number: ColumnElement[int], tag: str) -> ColumnElement[bool]:
    """Return the condition that a video has a tag, to be asked for each row."""
    mine = (video_tags.c.tag_key == tag_key(tag[:256])) & (video_tags.c.number == number)
    return select(video_tags.c.number).where(mine).exists()


def walk_in_order(connection: Connection) -> None:
    """Let the next query of the transaction be read in its order, as far as its limit."""
    if not is_sqlite(connection):
        set_local(connection, _BY_ORDER)


def is_in_order(connection: Connection, order: VideoOrder) -> bool:
    """Return whether the index of the words gives videos in this order, so that a list ends as soon as a page is full."""
    return is_sqlite(connection) and order in (VideoOrder.NEWEST, VideoOrder.OLDEST)


def reads_index_first(connection: Connection) -> bool:
    """Return whether the index of the words is read before the videos, and cannot be asked for one of them."""
    return is_sqlite(connection)


def unindexed(names: Iterable[str]) -> Columns:
    """Return columns of `videos` by whose values SQLite looks nothing up: the plus keeps it from using their indexes."""
    return {name: literal_column(f"+videos.{name}") for name in names}


def with_words(
    connection: Connection, query: Select[Any], words: Sequence[str], order: VideoOrder
) -> tuple[Select[Any], ColumnElement[int]]:
    """Return a query of `videos` for those that have every word, of which there are many, and the column with their numbers."""
    condition = matches(connection, "video_search", words)
    if not is_sqlite(connection):
        joined = videos.join(_SEARCH, _SEARCH.c.number == videos.c.number)
        return query.select_from(joined).where(condition), videos.c.number
    if is_in_order(connection, order):
        joined = videos.join(_SEARCH, literal_column("+video_search.rowid") == videos.c.number)
        return query.select_from(joined).where(condition), _SEARCH.c.rowid
    found = select(_SEARCH.c.rowid).where(condition)
    return query.where(literal_column("+videos.number").in_(found)), videos.c.number


def _key(connection: Connection) -> ColumnElement[int]:
    return _SEARCH.c.rowid if is_sqlite(connection) else _SEARCH.c.number

"""The index for searching: FTS5 in SQLite, a vector of words in PostgreSQL. Kept in the transaction that changes a video.

Both get words that were folded here (`texts.py`), and no text of a person's ever reaches a grammar: a word has letters and digits alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, column, literal_column, table, text

from framecast.library.texts import words_asked, words_of

SEARCH = table("video_search", column("rowid"), column("number"), column("words"))


def index(connection: Connection, number: int, texts: Iterable[str]) -> None:
    """Make a video found by the words of these texts, and by no others."""
    unindex(connection, [number])
    words = words_of(texts)
    if connection.dialect.name == "sqlite":
        values = {"number": number, "words": " ".join(map(_ascii, words))}
        connection.execute(text("INSERT INTO video_search (rowid, words) VALUES (:number, :words)"), values)
    else:
        statement = "INSERT INTO video_search (number, words) VALUES (:number, array_to_tsvector(:words))"
        connection.execute(text(statement), {"number": number, "words": words})


def unindex(connection: Connection, numbers: Sequence[int]) -> None:
    """Remove videos from the index. PostgreSQL does that by itself when a video goes."""
    key = "rowid" if connection.dialect.name == "sqlite" else "number"
    for number in numbers:
        connection.execute(text(f"DELETE FROM video_search WHERE {key} = :number"), {"number": number})  # noqa: S608  our words


def matching(connection: Connection, query: str) -> tuple[ColumnElement[bool], ColumnElement[int]] | None:
    """Return the condition for rows of `video_search` that have every word of a query, and the column with the number of the video.

    None: the query has no word. The last word may be the beginning of one.
    """
    words = words_asked(query)
    if not words:
        return None
    if connection.dialect.name == "sqlite":
        asked = " ".join(f'"{_ascii(word)}"' for word in words) + "*"
        # The plus keeps the planner from asking the index once for each video.
        return text("video_search MATCH :asked").bindparams(asked=asked), literal_column(
            "+video_search.rowid"
        )  # type: ignore[return-value]
    asked = " & ".join(f"'{word}'" for word in words) + ":*"
    return text("words @@ CAST(:asked AS tsquery)").bindparams(asked=asked), literal_column(
        "video_search.number"
    )  # type: ignore[return-value]


def _ascii(word: str) -> str:
    """Return a word in the letters that every version of FTS5 takes for one word."""
    return word if word.isascii() else "".join(one if one.isascii() else f"ux{ord(one):05x}" for one in word)

"""How each database keeps and asks an index of words: FTS5 in SQLite, a vector of words in PostgreSQL.

Both get words that were folded before (`model/folding.py`), so no text of a person's ever reaches a grammar: a word has letters and digits alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, text


def is_sqlite(connection: Connection) -> bool:
    """Return whether a connection is to SQLite."""
    return connection.dialect.name == "sqlite"


def set_local(connection: Connection, settings: Mapping[str, str]) -> None:
    """Set something in PostgreSQL until the end of the transaction, in one request."""
    calls = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())
    connection.exec_driver_sql(f"SELECT {calls}")


def stored_words(words: Sequence[str]) -> str:
    """Return the words of a row as FTS5 keeps them."""
    return " ".join(map(_ascii, words))


def matches(
    connection: Connection, index: str, words: Sequence[str], more: Sequence[str] = ()
) -> ColumnElement[bool]:
    """Return the condition that a row of an index has every word, the last one as the beginning of a word. `more` are whole words of PostgreSQL alone."""
    if is_sqlite(connection):
        asked = " ".join(f'"{_ascii(word)}"' for word in words) + "*"
        return text(f"{index} MATCH :asked").bindparams(asked=asked)  # type: ignore[return-value]
    asked = " & ".join(f"'{word}'" for word in (*more, *words)) + ":*"
    return text(f"{index}.words @@ CAST(:asked AS tsquery)").bindparams(asked=asked)  # type: ignore[return-value]


def _ascii(word: str) -> str:
    """Return a word in the letters that every version of FTS5 takes for one word."""
    return word if word.isascii() else "".join(one if one.isascii() else f"ux{ord(one):05x}" for one in word)

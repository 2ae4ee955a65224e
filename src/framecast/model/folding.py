"""The words of texts as they are searched and compared: folded, so that people find what they mean. Pure; any thread.

Words are folded in the same way for an index and for a query, so every database finds the same: without case, marks and umlauts, ligatures and
widths (`Straße` is `strasse`, `Über` is `uber`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

LONGEST_QUERY = 200
MOST_WORDS = 8
LONGEST_WORD = 40
_WORD = re.compile(r"[^\W_]+")


def folded(text: str) -> str:
    """Return a text without case, marks, ligatures and widths."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one)).casefold()


def words_of(texts: Iterable[str]) -> list[str]:
    """Return the words that something is found by, each once."""
    return list(dict.fromkeys(word[:LONGEST_WORD] for text in texts for word in _WORD.findall(folded(text))))


def words_asked(query: str) -> Sequence[str]:
    """Return the words of a query; every one must be found, the last one as the beginning of a word."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(folded(query[:LONGEST_QUERY]))][:MOST_WORDS]

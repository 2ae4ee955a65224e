"""Words that a room does not want, and texts that lead elsewhere. Pure; any thread.

An entry of a word list is literal: a word, or a few words in a row. Two texts are compared as people read them: without case, widths, marks
that are put over letters and characters that nobody sees. Only whole words count: "ass" is not in "class". Scripts that write no spaces
(Chinese, Japanese, Thai, ...) have no such words, so each of their characters counts as one, and so does an emoji. Nobody gives a pattern, and the time is linear.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# Scripts without spaces between words: Thai, Lao, Myanmar, Khmer; kana; ideographs. (Hangul has spaces.) And emoji.
_ALONE = "\u0e01-\u0e5b\u0e81-\u0edf\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u2600-\u27bf\U0001f000-\U0001faff"
_WORD = re.compile(f"[{_ALONE}]|[^\\W_{_ALONE}]+")
# What is put over or through a letter and does not make another letter of it.
_MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)

# An address with a scheme, `www.`, a name of a host before a path, and names of hosts in the domains that people link to most.
_TOP = (
    "com|net|org|info|biz|io|me|co|tv|gg|ly|be|app|dev|xyz|link|live|site|online|shop|store|club|top|icu|vip|pro|page|chat|stream|video|to|"
    "eu|de|at|ch|fr|nl|it|es|pl|uk|us|ca|ru|cn|jp|in|br|au|se|no|fi|dk|cz|ua|tk|ml|ga|cf|gq|su|ws|cc|im|is|st|sh|ai"
)
_LINK = re.compile(
    rf"\b[a-z][a-z0-9+.-]{{0,15}}://\S|\bwww\.[^\W_]|(?<![\w.-])[^\W_][\w-]{{0,62}}(?:\.[\w-]{{1,63}}){{0,120}}\.(?:(?:{_TOP})(?![\w-])|[^\W\d_]{{2,24}}(?::\d{{1,5}})?/\S)"
)


class WordList:
    """The entries of one list, ready to compare. Immutable."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._rows = frozenset(row for row in (tuple(_words(one)) for one in entries) if row)
        self._firsts: dict[str, tuple[int, ...]] = {}
        for row in self._rows:
            lengths = {*self._firsts.get(row[0], ()), len(row)}
            self._firsts[row[0]] = tuple(sorted(lengths))

    def __bool__(self) -> bool:
        return bool(self._rows)

    def has(self, text: str) -> bool:
        """Return whether an entry of the list is in the text."""
        if not self._rows:
            return False
        words = _words(text)
        return any(
            tuple(words[place : place + length]) in self._rows
            for place, word in enumerate(words)
            for length in self._firsts.get(word, ())
        )


@lru_cache(maxsize=64)
def word_list(entries: tuple[str, ...]) -> WordList:
    """Return the list of these entries; kept for the next messages."""
    return WordList(entries)


def leads_elsewhere(text: str) -> bool:
    """Return whether a person can read an address in the text: with a scheme, or the name of a host alone."""
    return _LINK.search(_plain(text)) is not None


def _words(text: str) -> list[str]:
    return _WORD.findall(_plain(text))


def _plain(text: str) -> str:
    """Return a text as it is compared. Composed first: a mark that belongs to its letter stays, one that only covers it goes."""
    folded = unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).casefold()
    return _MARKS.sub("", unicodedata.normalize("NFKC", _UNSEEN.sub("", folded)))

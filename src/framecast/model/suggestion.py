"""What somebody probably meant by a name that does not exist: keys, variables, flags, commands, streams, files.

The nearest names by edit distance (Damerau-Levenshtein, optimal string alignment: a swap of two neighbours is one edit), then those that
begin with the word or contain it. Bounded in time for names from strangers. Pure; any thread.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

_MOST_EDITS = 3
_LONGEST = 80  # characters of a name that are compared
_MOST_KNOWN = 1000  # names that are compared
_SHORTEST_PART = 3  # characters; a shorter one is part of too many names


def nearest(word: str, known: Iterable[str], most: int = 3) -> list[str]:
    """Return up to `most` names that are near to `word`, the nearest first."""
    given = _plain(word)
    limit = max(1, min(_MOST_EDITS, len(given) // 3))
    ranked: list[tuple[int, str]] = []
    for name in islice(known, _MOST_KNOWN):
        rank = _rank(given, _plain(name), limit)
        if rank is not None:
            ranked.append((rank, name))
    ranked.sort()
    return [name for rank, name in ranked[:most] if rank <= ranked[0][0] + 1]


def did_you_mean(word: str, known: Iterable[str], most: int = 3) -> str:
    """Return "did you mean 'port'?", or '' if no name is near."""
    near = [f"'{name}'" for name in nearest(word, known, most)]
    if not near:
        return ""
    return f"did you mean {' or '.join(filter(None, (', '.join(near[:-1]), near[-1])))}?"


def instead_of(word: str, known: Iterable[str], label: str = "known are") -> str:
    """Return "did you mean 'port'?", or all names behind `label` if no name is near."""
    names = list(known)
    return did_you_mean(word, names) or f"{label} {', '.join(names) or 'none'}"


def _plain(name: str) -> str:
    return name[:_LONGEST].casefold().replace("_", "-")


def _rank(given: str, name: str, limit: int) -> int | None:
    """Return how near a name is, 0 the nearest; None if it is not near."""
    edits = _distance(given, name, limit)
    if edits <= limit:
        return edits
    if len(given) < _SHORTEST_PART or given not in name:
        return None
    return _MOST_EDITS + (1 if name.startswith(given) else 2)


def _distance(one: str, other: str, limit: int) -> int:
    """Return the number of edits between two texts, more than `limit` if there are more. Only cells near the diagonal are computed."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    older: list[int] = []
    before, row = older, list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        older, before = before, row
        row = [at] + [limit + 1] * len(other)
        for place in range(max(1, at - limit), min(len(other), at + limit) + 1):
            changed = before[place - 1] + (letter != other[place - 1])
            edits = min(before[place] + 1, row[place - 1] + 1, changed)
            if at > 1 and place > 1 and letter == other[place - 2] and one[at - 2] == other[place - 1]:
                edits = min(edits, older[place - 2] + 1)
            row[place] = edits
    return row[-1]

"""How the time of a regular expression grows with hostile texts made of its own parts. Run as a program, one task a line on stdin.

A task is {"where", "pattern", "flags", "bytes", "ways"}: `ways` are the methods that the package calls. The answer is a line
{"where", "found"}: found is '' or what grew. Exponential patterns never answer; the caller has a deadline and sees whose turn it was.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from time import thread_time
from typing import Any

SIZES = (30, 120, 480, 1920, 7680)  # each four times the one before
# Four times the text takes 4 times as long if time is linear, 16 times if it is quadratic.
MOST_GROWTH = 8.0
SAMPLE = "?0 a\t\n_A-.:=/\"'\\,;&@\x1b\ud800"
WORTH_S = 0.001  # below it, clocks and caches decide


def main() -> None:
    """Answer the tasks of stdin."""
    for line in sys.stdin:
        task = json.loads(line)
        print(json.dumps({"where": task["where"], "found": growth(task)}), flush=True)


def growth(task: dict[str, Any]) -> str:
    """Return the text and the times of a pattern that grows too fast, '' for one that does not."""
    made = task["pattern"].encode("latin-1") if task["bytes"] else task["pattern"]
    pattern = re.compile(made, task["flags"])
    for way in task["ways"]:
        call = _call(pattern, way)
        for begin, piece, end in hostile(made, task["flags"]):
            found = _grows(call, partial(_text, begin, piece, end, task["bytes"]))
            if found:
                return f"{way} of {begin!r} + n x {piece!r} + {end!r}: {found}"
    return ""


def hostile(pattern: str | bytes, flags: int) -> Iterator[tuple[str, str, str]]:
    """Yield (beginning, what is repeated, end): each letter of the pattern, each two, and each piece of a text that fits."""
    letters, wholes = parts(pattern, flags)
    other = next(letter for letter in "\x01!~\x02" if letter not in letters)
    pieces = {*letters, *(a + b for a in letters for b in letters)}
    for whole in wholes:
        pieces |= {whole[a:b] for a in range(len(whole)) for b in range(a + 3, min(len(whole), a + 12) + 1)}
    for piece in sorted(pieces, key=len)[:300]:
        yield "", piece, other
    whole = max(wholes, key=len)
    for cut in range(1, min(len(whole), 16)):
        for letter in letters[:6]:
            yield whole[:cut], letter, other


def parts(pattern: str | bytes, flags: int) -> tuple[list[str], set[str]]:
    """Return letters that the pattern looks for, at most 10, and texts that fit it or nearly do."""
    letters: dict[str, None] = {}
    parsed = _parser.parse(pattern, flags)
    wholes = {_Walk(letters, choice).text(parsed) for choice in range(3)}
    return list(letters)[:10], wholes


class _Walk:
    """Makes a text of a pattern; of each class the letter number `choice`."""

    def __init__(self, letters: dict[str, None], choice: int) -> None:
        self._letters = letters
        self._choice = choice

    def text(self, parsed: Any) -> str:
        return "".join(self._one(kind, value) for kind, value in parsed)

    def _one(self, kind: Any, value: Any) -> str:
        if kind is kinds.IN:
            return self._of_class(value)
        if kind is kinds.BRANCH:
            branches = [self.text(branch) for branch in value[1]]
            return branches[min(self._choice, len(branches) - 1)]
        if kind in _INSIDE:
            inner = self.text(_INSIDE[kind](value))
            times = max(1, min(value[0], 3)) if kind in _REPEATS else 1
            return "" if kind in _LOOKS else inner * times
        letter = chr(value) if kind is kinds.LITERAL else "a"
        if kind in (kinds.LITERAL, kinds.NOT_LITERAL, kinds.ANY):
            self._letters.setdefault(letter)
            return letter
        return ""

    def _of_class(self, items: Any) -> str:
        found = [letter for letter in SAMPLE if _fits(items, letter)]
        if not found:
            found = [chr(value if kind is kinds.LITERAL else value[0]) for kind, value in items[-1:]]
        for letter in found if len(found) < 5 else (found[0], found[-1]):
            self._letters.setdefault(letter)
        return found[min(self._choice, len(found) - 1)]


_REPEATS = (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT)
_LOOKS = (kinds.ASSERT, kinds.ASSERT_NOT)
# Where a node of the tree has the pattern inside it.
_INSIDE: dict[Any, Callable[[Any], Any]] = {
    **dict.fromkeys(_REPEATS, lambda value: value[2]),
    **dict.fromkeys(_LOOKS, lambda value: value[1]),
    kinds.SUBPATTERN: lambda value: value[3],
    kinds.ATOMIC_GROUP: lambda value: value,
}
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    kinds.CATEGORY_DIGIT: str.isdecimal,
    kinds.CATEGORY_NOT_DIGIT: lambda letter: not letter.isdecimal(),
    kinds.CATEGORY_SPACE: str.isspace,
    kinds.CATEGORY_NOT_SPACE: lambda letter: not letter.isspace(),
    kinds.CATEGORY_WORD: lambda letter: letter.isalnum() or letter == "_",
    kinds.CATEGORY_NOT_WORD: lambda letter: not (letter.isalnum() or letter == "_"),
}


def _fits(items: Any, letter: str) -> bool:
    hit, negated = False, False
    for kind, value in items:
        if kind is kinds.NEGATE:
            negated = True
        elif kind is kinds.LITERAL:
            hit |= ord(letter) == value
        elif kind is kinds.RANGE:
            hit |= value[0] <= ord(letter) <= value[1]
        elif kind is kinds.CATEGORY:
            hit |= _CATEGORIES[value](letter)
    return hit ^ negated


def _call(pattern: re.Pattern[Any], way: str) -> Callable[[Any], object]:
    if way in ("sub", "subn"):
        return lambda text: pattern.sub(lambda found: found.group(), text)
    if way == "finditer":
        return lambda text: sum(1 for _ in pattern.finditer(text))
    return lambda text: getattr(pattern, way)(text)


def _text(begin: str, piece: str, end: str, as_bytes: bool, size: int) -> str | bytes:
    text = begin + piece * (size // len(piece)) + end
    return text.encode("latin-1", "replace") if as_bytes else text


def _grows(call: Callable[[Any], object], text: Callable[[int], str | bytes]) -> str:
    before = _time(call, text(SIZES[0]))
    for smaller, size in pairwise(SIZES):
        now = _time(call, text(size))
        if now > WORTH_S and now > MOST_GROWTH * before:
            # Another program may have had the processor: the best of several counts.
            before = min(_time(call, text(smaller)) for _ in range(7))
            now = min(_time(call, text(size)) for _ in range(7))
            if now > WORTH_S and now > MOST_GROWTH * before:
                return f"{smaller} letters take {before * 1e3:.3f} ms, {size} take {now * 1e3:.3f} ms"
        if size >= 1920 and now < WORTH_S:
            break  # two thousand letters of anything worse than linear take longer
        before = now
    return ""


def _time(call: Callable[[Any], object], text: str | bytes) -> float:
    begin = thread_time()
    call(text)
    return thread_time() - begin


if __name__ == "__main__":
    main()

"""Every regular expression of the package takes linear time, whatever text it is given.

Patterns are collected from the code itself, so that a new one is tried without a word here. Each is given texts made of its own
letters and classes, in the ways that the package uses it; the time of a longer text is set against that of a shorter one, in a
process of its own that can be killed.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from framecast.model import curvekeys
from framecast.servers.web.http import crossing
from tests.test_house import modules

WAYS = ("match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer")
DEADLINE_S = 60  # for one pattern; an exponential one would need years
# Patterns that are made while the program runs: what stands in the code -> what it may become.
_FILES = crossing._PATH % re.escape(b"/cams")
MADE = {
    "path": _FILES,
    "b'[A-Z]{3,7} ' + path": b"[A-Z]{3,7} " + _FILES,
    "_NAMED.format(kind, _LETTERS)": curvekeys._NAMED.format("secret", curvekeys._LETTERS),
    "f'(?:{_pattern})\\\\Z'": r"(?:[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\Z",
}


@dataclass(frozen=True)
class Tried:
    """One pattern, and how the package uses it."""

    where: str
    pattern: str | bytes
    flags: int
    ways: tuple[str, ...]

    def task(self) -> bytes:
        is_bytes = isinstance(self.pattern, bytes)
        text = self.pattern.decode("latin-1") if isinstance(self.pattern, bytes) else self.pattern
        fields = {
            "where": self.where,
            "pattern": text,
            "flags": self.flags,
            "bytes": is_bytes,
            "ways": self.ways,
        }
        return json.dumps(fields).encode() + b"\n"


def calls_of_re(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            owner = call.func.value
            if isinstance(owner, ast.Name) and owner.id == "re" and call.func.attr in (*WAYS, "compile"):
                yield call.func.attr, call


def made_by(call: ast.Call, name: str) -> tuple[str | bytes, int]:
    """Return the pattern and the flags of a call of `re`; a KeyError asks for a line in MADE."""
    given = call.args[0]
    module = importlib.import_module(name)
    try:
        pattern = eval(compile(ast.Expression(given), name, "eval"), vars(module))
    except NameError:
        pattern = MADE[ast.unparse(given)]
    flags = [ast.unparse(one.value) for one in call.keywords if one.arg == "flags"]
    flags += [ast.unparse(one) for one in call.args[1:] if ast.unparse(one).startswith("re.")]
    return pattern, sum(int(getattr(re, flag.removeprefix("re."))) for flag in flags)


def tried() -> Iterator[Tried]:
    for name, _, tree in modules():
        kept = {
            node.value: node.targets[0].id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for way, call in calls_of_re(tree):
            pattern, flags = made_by(call, name)
            ways: tuple[str, ...] = (way,)
            if way == "compile":
                ways = tuple(sorted(ways_of(kept.get(call, ""), tree))) or ("search",)
            yield Tried(f"{name}, line {call.lineno}", pattern, flags, ways)


def ways_of(name: str, tree: ast.AST) -> set[str]:
    """Return the methods of a compiled pattern that its module calls."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        and node.attr in WAYS
    }


def grown(patterns: list[Tried]) -> list[str]:
    """Return what grows too fast among them, and what did not answer."""
    wrong = []
    left = list(patterns)
    while left:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.support.pattern_growth"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert child.stdin
        assert child.stdout
        with child:
            while left:
                one = left.pop(0)
                child.stdin.write(one.task())
                child.stdin.flush()
                if not select.select([child.stdout], [], [], DEADLINE_S)[0]:
                    wrong.append(f"{one.where}: {one.pattern!r:.80} never ends")
                    child.kill()
                    break
                found = json.loads(child.stdout.readline())["found"]
                if found:
                    wrong.append(f"{one.where}: {one.pattern!r:.80}: {found}")
            child.stdin.close()
    return wrong


def test_every_pattern_of_the_package_takes_linear_time() -> None:
    patterns = list(tried())
    assert len(patterns) > 40
    assert not grown(patterns)


@pytest.mark.parametrize(
    ("pattern", "way"),
    [
        (r"(?:[A-Za-z0-9._-]+/?)*", "fullmatch"),  # exponential: the login's once
        (r"([?&;][^=&;\s]*(?:pass|pwd)[^=&;\s]*=)[^&;\s#]*", "search"),  # cubic: mask's once
        (r"([A-Za-z0-9_-]+)\s*=", "findall"),  # quadratic: the same letters are read again from each of them
        (r'"(?:[^"\\]|\\.)*"', "search"),
        (r"\s+$", "search"),
    ],
)
def test_a_pattern_that_is_not_linear_is_found(
    pattern: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.test_patterns.DEADLINE_S", 5)
    assert grown([Tried("here", pattern, 0, (way,))])


def test_package_gives_no_pattern_to_pydantic_and_no_text_to_fnmatch() -> None:
    """They would need to be tried too."""
    wrong = [
        f"{name}, line {call.lineno}"
        for name, _, tree in modules()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and (
            any(one.arg in ("pattern", "regex") for one in call.keywords)
            or ast.unparse(call.func).startswith(("fnmatch.", "glob."))
        )
    ]
    assert not wrong

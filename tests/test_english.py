"""The phrases of odd English that no text of this repository may use: messages, help, pages, docs, docstrings, comments."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "framecast"
# Where the refused words are themselves the subject.
EXEMPT = {"docs/glossary.md"}

# Participles that end in neither -ed nor -en.
PARTICIPLES = "bound|built|cut|done|drawn|felt|found|heard|held|kept|known|left|let|lost|made|met|put|read|reset|run|seen|sent|set|shown|shut|sold|spent|thrown|torn|understood|worn|won"
# What to avoid -> what to write instead.
PHRASES = {
    rf"cannot be\b(?! (?:\w+ly )?(?:\w+(?:ed|en)|{PARTICIPLES})\b)": "X must be between A and B, got C",
    r"(?<!\bthere )\b(?:is|are|was|were) none\b": "is not a ...",
    r"\banew\b": "again",
    r"\bso long\b": "a duration: 'for 5 seconds', 'timeout'",
    r"\bof (?:yours|ours)\b": "your ..., our ...",
    r"\bmend(?:s|ed|ing)?\b": "fix, repair",
    r"\btold\b": "the active verb: 'the node sends ...', 'is asked to ...'",
    r"\b[Ww]hoever\b": "a client that ...",
    r"\b(?:for|to|by|from|than|and) who\b": "a client that ..., viewers that ...",
    r"(?:^|(?<=[.;:!] )|(?<=[.] \n))Who (?![^.?!]*[?])": "a client that ..., people who ...",
    r"(?:^|(?<=[.;!] ))Where (?!to\b)(?![^.?]*[?])(?=[^.]*,)": "if ..., when ...",
    r"\b(?:undefined|empty|nothing|[Nn]ull|[Tt]rue|[Ff]alse|[Nn]one) where\b": "if, when",
    r"[;.] [Ee]lse\b": "otherwise, by default",
    r"\bdial(?:s|led|ling)?\b[^.;]{0,12}\b(?:again|anew)\b": "reconnect",
}
REFUSED = {re.compile(pattern): instead for pattern, instead in PHRASES.items()}
# A cheap look before the expensive ones.
HINT = re.compile(
    r"cannot\s+be|none|anew|so\s+long|of\s+(?:you|our)|mend|told|who|where|else|dial", re.IGNORECASE
)
AROUND = 30


def found_in(text: str) -> Iterator[tuple[str, str]]:
    """Return an excerpt around each refused phrase, and what to write instead."""
    if not HINT.search(text):
        return
    text = " ".join(text.split())
    for pattern, instead in REFUSED.items():
        for match in pattern.finditer(text):
            yield text[max(0, match.start() - AROUND) : match.end() + AROUND].strip(), instead


def texts_of_python(source: str) -> Iterator[str]:
    """Return the string literals and comments; an f-string is one text with `{}` for each value."""
    inside: set[ast.AST] = set()
    for node in ast.walk(ast.parse(source)):
        if node in inside:
            continue
        if isinstance(node, ast.JoinedStr):
            inside |= {part for part in node.values if isinstance(part, ast.Constant)}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    yield from comments_of(source)


def comments_of(source: str) -> Iterator[str]:
    """Return the comments; those of consecutive lines are one text."""
    lines: list[str] = []
    row = -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if lines and token.start[0] != row + 1:
            yield " ".join(lines)
            lines = []
        lines.append(token.string.lstrip("# "))
        row = token.start[0]
    yield " ".join(lines)


def paragraphs(text: str) -> list[str]:
    """Return the blocks of a page of docs, without inline code: paragraphs, items of lists, cells of tables."""
    return re.split(r"\n\s*\n|\n(?=[-*#] |\d+\. )|\|", re.sub(r"`[^`\n]+`", "``", text))


def all_texts() -> Iterator[tuple[str, str]]:
    """Return each text that a user may see, with its file."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if not path.stem.endswith(("_pb2", "_pb2_grpc")):
            for text in texts_of_python(path.read_text()):
                yield str(path.relative_to(ROOT)), text
    for path in sorted((PACKAGE / "servers/web").rglob("*")):
        if path.suffix in (".js", ".html"):
            for line in path.read_text().splitlines():
                yield str(path.relative_to(ROOT)), line
    for path in sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]):
        if (name := str(path.relative_to(ROOT))) not in EXEMPT:
            for text in paragraphs(path.read_text()):
                yield name, text


def test_texts_use_none_of_the_refused_phrases() -> None:
    wrong = [
        f"{name}: '{excerpt}': {instead}" for name, text in all_texts() for excerpt, instead in found_in(text)
    ]
    assert not wrong, "rewrite:\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "max_fps 2000 cannot be: use 0 to 1000",
        "options cannot be for a device",
        "a number that is none",
        "the picture is made anew",
        "Stop after so long.",
        "into an array of yours",
        "says how to mend it",
        "the node is told to stop",
        "whoever knows the key",
        "H.264, for who plays nothing else",
        "It works. Who reads slowly gets the newest.",
        "Where sound is late, the picture waits.",
        "Stop after 5 s; else Ctrl-C does.",
        "the source is dialled again",
        "None where there is no picture",
    ],
)
def test_rule_sees_each_phrase(text: str) -> None:
    assert list(found_in(text))


@pytest.mark.parametrize(
    "text",
    [
        "the file cannot be opened: no such file",
        "the settings cannot be safely read",
        "Sends audio, or null if there is none.",
        "Who may see a stream? Where do secrets belong? A list follows, too.",
        "Where to put it, best first:",
        "the people who read it, and those where it lies",
    ],
)
def test_rule_lets_plain_english_pass(text: str) -> None:
    assert not list(found_in(text))


def test_f_string_is_one_text() -> None:
    assert list(texts_of_python("x = f'{name} cannot be: use {good}'")) == ["{} cannot be: use {}", ""]


def test_docstrings_and_comments_are_texts_too() -> None:
    source = 'def f():\n    """Made anew."""\n    # one that is\n    # made anew\n    return 1\n'
    assert [excerpt for text in texts_of_python(source) for excerpt, _ in found_in(text)] == [
        "Made anew.",
        "one that is made anew",
    ]

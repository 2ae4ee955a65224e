"""One word, one concept: the names of modules and classes use no word that docs/glossary.md replaces."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "framecast"
GLOSSARY = Path(__file__).parents[1] / "docs" / "glossary.md"
GENERATED = ("_pb2", "_pb2_grpc")
# Words that stand for one concept alone: word -> where it belongs. A name elsewhere that has it is a second concept.
BELONGS = {
    "feed": ("fanout", "servers"),  # a fan-out of tracks, and each server's own kinds of it
    "link": ("cli", "servers/access", "servers/web"),  # a share link
    "peer": ("peer", "sources", "node"),  # another node
    "lane": (),
    "line": (),
    "wish": (),
    "watcher": (),
    "guest": ("rooms", "servers/rooms", "servers/web/rooms"),  # somebody in a room without an account
    "movie": (),
    "film": (),
    "chunk": (),
    "step": (),
    "piece": (),
    "door": (),
    "doorman": (),
    "guard": (),
    "ears": (),
    "taste": (),
    "screening": (),
    "tape": (),
    "news": (),
    "told": (),
    "said": (),
}


def words_of(name: str) -> set[str]:
    """Return the words of a CamelCase or snake_case name, plurals as singulars too."""
    words = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}
    return words | {word.removesuffix("s") for word in words}


def names() -> Iterator[tuple[str, str]]:
    """Give each module and class with the folder that it is in."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.stem.endswith(GENERATED):
            continue
        folder = path.parent.relative_to(PACKAGE).as_posix()
        yield folder, path.stem
        tree = ast.parse(path.read_text())
        yield from ((folder, node.name) for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def homonyms(folder: str, name: str) -> list[str]:
    """Return the words of a name that belong elsewhere."""
    return [
        word
        for word in sorted(words_of(name) & BELONGS.keys())
        if not any(folder == place or folder.startswith(place + "/") for place in BELONGS[word])
    ]


def test_names_use_one_word_for_one_concept() -> None:
    wrong = [f"{folder}/{name}: {word}" for folder, name in names() for word in homonyms(folder, name)]
    assert wrong == [], "docs/glossary.md says which word to use instead"


def test_rule_sees_words_inside_of_names() -> None:
    assert homonyms("media", "RtpLane") == ["lane"]
    assert homonyms("client", "link_reader") == ["link"]
    assert homonyms("servers/access", "Links") == []
    assert homonyms("media", "Planes") == []


def test_glossary_lists_every_word_of_the_rule() -> None:
    unlisted = {word for word in BELONGS if not re.search(rf"\b{word}\b", GLOSSARY.read_text())}
    assert unlisted == set()

"""Documents that describe the code itself: the floors as they are enforced, and paths that exist."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "framecast"
DOCS = ROOT / "docs"


def floors_of_contract() -> list[list[str]]:
    """Return the floors of the import contract from the top, each with its modules."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["id"] == "floors")
    return [re.findall(r"\w+", layer) for layer in layers]


def floors_of(text: str) -> list[list[str]]:
    """Return the floors of the picture in a document: the modules stand in columns before the description."""
    picture = re.search(r"^```\n(cli .*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert picture, "there is no picture of the floors"
    columns = [line[:46] for line in picture.group(1).splitlines()]
    return [re.findall(r"\w+", line) for line in columns]


def test_picture_of_the_floors_is_that_of_the_contract() -> None:
    assert floors_of((DOCS / "architecture.md").read_text()) == floors_of_contract()


def test_floors_are_drawn_once() -> None:
    drawn = [
        path.name for path in DOCS.rglob("*.md") if re.search(r"^```\n(F\d +)?cli ", path.read_text(), re.M)
    ]
    assert drawn == ["architecture.md"]


def test_index_lists_every_decision_by_its_title() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    lines = [f"- [{page.read_text().splitlines()[0].lstrip('# ')}](decisions/{page.name})" for page in pages]
    assert [line for line in lines if line not in (DOCS / "index.md").read_text()] == []
    assert len({page.name[:4] for page in pages}) == len(pages), "two decisions have the same number"


def paths_in(text: str) -> set[str]:
    """Return what stands in backticks and looks like a path."""
    quoted = re.findall(r"`([\w./*-]+)`", text)
    return {one for one in quoted if "/" in one.strip("/") or one.endswith(("/", ".py", ".md", ".toml"))}


def exists(path: str) -> bool:
    if "*" in path:
        return any(PACKAGE.rglob(path))
    return any((base / path).exists() for base in (ROOT, PACKAGE, PACKAGE / "servers/web", DOCS))


@pytest.mark.parametrize("name", ["extend.md", "architecture.md"])
def test_paths_that_a_document_names_exist(name: str) -> None:
    paths = paths_in((DOCS / name).read_text())
    assert len(paths) > 20
    not_paths = {"jpeg/QUALITY", "audio/aac", "video/audio", "frames/samples"}
    assert sorted(path for path in paths - not_paths if not exists(path)) == []


def test_rule_on_paths_sees_one_that_is_gone() -> None:
    assert paths_in("see `node/peer.py`, `Converter`, `KINDS` and `docs/`") == {"node/peer.py", "docs/"}
    assert not exists("node/peer.py")
    assert exists("node/stream.py")

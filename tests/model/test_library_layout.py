"""Keys and paths of the library are made of checked names only."""

from __future__ import annotations

from pathlib import Path

import pytest

from framecast.errors import Invalid
from framecast.model import library_layout as layout
from framecast.model.library_layout import LibraryLayout

VIDEO, GENERATION = "AbC-_0123456789abcdefg", "g0123456789ab"


def test_keys_and_paths_are_those_of_the_documentation() -> None:
    assert layout.original_key(VIDEO) == f"videos/{VIDEO}/original"
    assert layout.file_key(VIDEO, GENERATION, "v720.mp4") == f"videos/{VIDEO}/{GENERATION}/v720.mp4"
    paths = LibraryLayout(Path("/data/library"))
    assert paths.upload("u-1") == Path("/data/library/uploads/u-1")
    assert paths.work(12, 3) == Path("/data/library/work/12-3")
    assert layout.check_key(layout.file_key(VIDEO, GENERATION, "a" * 64))


@pytest.mark.parametrize("name", ["", ".", "..", ".a", "a/b", "A", "ä", "a b", "a\0", "a" * 65, "a\n"])
def test_name_of_a_file_has_few_characters(name: str) -> None:
    with pytest.raises(Invalid):
        layout.file_key(VIDEO, GENERATION, name)


@pytest.mark.parametrize("text", ["", "..", "a/b", "../x", "a.b", "ä", "a" * 65])
def test_ids_have_no_characters_of_paths(text: str) -> None:
    for use in (
        layout.original_key,
        LibraryLayout(Path("/x")).upload,
        lambda job: LibraryLayout(Path("/x")).work(job, 1),
    ):
        with pytest.raises(Invalid):
            use(text)
    with pytest.raises(Invalid):
        layout.generation_prefix(VIDEO, text)

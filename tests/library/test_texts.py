"""Texts of videos: names of files, titles, keys. Pure."""

from __future__ import annotations

from framecast.library.texts import tag_key, title_key, title_of
from framecast.model.folding import folded


def test_title_of_a_file_is_its_name_without_its_ending() -> None:
    for name, title in (
        ("VID_2024_01.mp4", "VID 2024 01"),
        ("a.tar.gz", "a.tar"),
        ("Mr. Smith goes home", "Mr. Smith goes home"),
        ("x.verylongending", "x.verylongending"),
        ("\u202e.mp4", "Video"),
        ("", "Video"),
    ):
        assert title_of(name) == title


def test_keys_are_the_same_for_what_looks_the_same() -> None:
    assert folded("ÄÖÜ ß ﬁ \uff21 İ") == "aou ss fi a i"
    assert tag_key(" Über  Nacht ") == tag_key("uber nacht") == "uber nacht"
    assert title_key("x" * 500) == "x" * 120
    assert title_key("\u0301") == "\u0301"  # a key is never empty

"""Searching: the same words find the same videos in both databases, whatever people type; few matches and many."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from framecast.library import Library, search
from framecast.model.folding import words_asked, words_of
from framecast.model.video import ANONYMOUS, LOCAL, VideoOrder, Viewer
from tests.library.made import ready

HOSTILE = [
    *(
        '"',
        "'",
        "''",
        '"a" OR',
        "NOT",
        "a AND",
        "a NEAR b",
        "title:a",
        "^a",
        "a*",
        "*",
        "(",
        "a)",
        "-a",
        "+",
        ":*",
        "a:*",
    ),
    *(
        "a & b",
        "a | b",
        "!a",
        "a <-> b",
        "\\",
        "\\'",
        "%",
        "_",
        ";",
        "--",
        "/*",
        "\0",
        "\ud800",
        "\u202e",
        "{a}",
        "[",
        "a\tb",
    ),
    *(
        "\u0301",
        "ﬀ" * 300,
        "a " * 5000,
        "🙂",
        "ᏸ𐓸",
        "꙲",
        "x" * 10_000,
        "SELECT 1; DROP TABLE videos",
        "video_search:a",
        "rowid:1",
    ),
]


def titles(library: Library, query: str, viewer: Viewer = LOCAL, **given: str) -> list[str]:
    return [one.title for one in library.videos(viewer, query=query, **given).videos]  # type: ignore[arg-type]


def test_words_are_found_without_case_marks_and_umlauts(library: Library) -> None:
    garden = ready(library, "Über den Gärten von Straßburg")
    ready(library, "Ölbild")
    library.change_video(garden.id, LOCAL, description="Ein Flug\nim Frühling", tags=["Drohne", "Elsaß 2024"])
    for query in (
        *(
            "über",
            "UBER",
            "uber",
            "ueber"[:1],
            "gart",
            "gärt",
            "STRASSBURG",
            "straß",
            "flug im fruhl",
            "frühling ein",
        ),
        *("drohne", "elsass", "2024", "den  von", "von, den!", "dro", "uber dr"),
    ):
        assert "Über den Gärten von Straßburg" in titles(library, query), query
    for query in ("arten", "ubers", "flug drohnen", "ro", "straßburger"):
        assert titles(library, query) == [], query
    assert titles(library, "ö") == titles(library, "olb") == ["Ölbild"]
    assert len(titles(library, "  ")) == len(titles(library, "!?")) == 2


def test_search_follows_changes_and_removals(library: Library) -> None:
    video = ready(library, "Holiday")
    library.change_video(video.id, LOCAL, title="Winter")
    assert (titles(library, "holiday"), titles(library, "winter")) == ([], ["Winter"])
    library.change_video(video.id, LOCAL, tags=["snow"])
    assert titles(library, "snow winter") == ["Winter"]
    library.delete_video(video.id, LOCAL)
    assert titles(library, "winter") == []
    assert titles(library, "winter", state="deleted") == ["Winter"]
    library.purge_video(video.id, LOCAL)
    with library._store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM video_search")).scalar_one() == 0
    ready(library, "Other")
    assert titles(library, "winter", state="deleted") == []


def test_whatever_people_type_is_words_or_nothing(library: Library) -> None:
    ready(library, "a b")
    for query in HOSTILE:
        for sort in (VideoOrder.NEWEST, VideoOrder.TITLE):
            assert titles(library, query, ANONYMOUS, sort=sort) in ([], ["a b"]), query
    assert titles(library, 'b "a', ANONYMOUS) == ["a b"]


def test_every_script_has_words(library: Library) -> None:
    for title in ("Видео из сада", "日本の庭", "حديقة المنزل", "बगीचा", "𐓸𐓸 nation"):
        ready(library, title)
    for query, found in (
        ("сад", "Видео из сада"),
        ("日本", "日本の庭"),
        ("حد", "حديقة المنزل"),
        ("बग", "बगीचा"),
    ):
        assert titles(library, query) == [found]
    assert titles(library, "𐓸") == ["𐓸𐓸 nation"]


def test_few_and_many_matches_are_listed_alike(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        video = ready(library, f"walk {'dog' if number % 2 else 'cat'} {number}")
        library.change_video(video.id, LOCAL, tags=["outside"] if number % 3 else ["inside"])
        for viewer in range(number % 4):
            library.count_view(video.id, LOCAL, f"{viewer}")

    def everything() -> list[list[str]]:
        found = []
        for viewer in (LOCAL, ANONYMOUS):
            for sort in VideoOrder:
                for query, tag in (
                    ("walk", None),
                    ("walk do", None),
                    ("", "outside"),
                    ("cat", "outside"),
                    ("none", None),
                ):
                    pages, after = [], None
                    while True:
                        page = library.videos(viewer, query=query, tag=tag, sort=sort, after=after, most=2)
                        pages += [one.title for one in page.videos]
                        if (after := page.next) is None:
                            break
                    found.append(pages)
        return found

    by_numbers = everything()
    assert [len(one) for one in by_numbers[:5]] == [7, 3, 4, 2, 0]
    monkeypatch.setattr(search, "FEW", 0)
    assert everything() == by_numbers


def test_words_of_a_text_and_of_a_query_are_the_same() -> None:
    assert words_of(["Ein_Wort, ein 2. Wort: ﬁn-de-siècle!"]) == ["ein", "wort", "2", "fin", "de", "siecle"]
    assert list(words_asked("Ein_Wort ﬁn")) == ["ein", "wort", "fin"]
    assert len(words_asked("a b " * 1000)) == 8
    assert len(words_of(["x" * 10_000])[0]) == 40

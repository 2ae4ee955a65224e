"""A library of 100,000 videos: a page and a search, by SQLite and by PostgreSQL, for an admin, a member and somebody who has not signed in.

Words are as frequent as in a language (Zipf); those that are searched for are taken from the texts, so the frequent ones are searched for most.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection, insert, text

from bench.table import Row
from framecast.errors import FramecastError
from framecast.library import Library, open_library
from framecast.library.texts import title_key
from framecast.model.folding import words_of
from framecast.model.video import ANONYMOUS, LOCAL, VideoOrder, Viewer
from framecast.store.library_schema import video_tags, videos
from framecast.store.schema import accounts
from tests.support import postgres

VIDEOS = 100_000
ASKED = 400
MOST_MS = 100.0
_BATCH = 5000
_WORDS = 20_000
_VISIBILITIES = {"private": 30, "members": 30, "unlisted": 5, "public": 35}
MEMBER = Viewer("member", False, True)


@dataclass(frozen=True, slots=True)
class Language:
    """Words, and how often each is used."""

    random: random.Random
    words: list[str]
    weights: list[float]

    def some(self, count: int) -> list[str]:
        return self.random.choices(self.words, self.weights, k=count)


def rows() -> list[Row]:
    """Measure and return the rows."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="framecast-bench-") as folder:
        found += measured("SQLite", f"sqlite:///{folder}/framecast.db", must=True)
    try:
        url = postgres.server().database()
    except (OSError, FramecastError) as error:
        return [*found, Row("library in PostgreSQL", f"not measured: {error}")]
    return found + measured("PostgreSQL", url, must=False)


def measured(name: str, url: str, *, must: bool) -> list[Row]:
    library, language = open_library(url), new_language()
    try:
        fill(library, language)
        pages = list(islice(asked_pages(library), ASKED))
        searches = list(islice(asked_searches(library, language), ASKED))
        return [
            row(name, what, timed(calls), must) for what, calls in (("page", pages), ("search", searches))
        ]
    finally:
        library.close()


def new_language() -> Language:
    chosen = random.Random(7)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chosen.choices(letters, k=chosen.randint(3, 10))) for _ in range(_WORDS)]
    return Language(chosen, words, [1 / (number + 1) for number in range(_WORDS)])


def fill(library: Library, language: Language) -> None:
    """Make the videos, one in twenty of them the member's."""
    with library._store.write() as connection:
        account = {
            "id": "member",
            "name": "member",
            "name_key": "member",
            "role": "member",
            "created_at": 0.0,
        }
        connection.execute(insert(accounts).values(**account))
        for first in range(1, VIDEOS + 1, _BATCH):
            add(connection, [one_video(number, language) for number in range(first, first + _BATCH)])
        if not library._store.is_sqlite:
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('videos', 'number'), {VIDEOS})"))
    with library._store.write() as connection:
        connection.execute(text("ANALYZE"))


def one_video(number: int, language: Language) -> dict[str, object]:
    words = language.some(30)
    (visibility,) = language.random.choices(list(_VISIBILITIES), list(_VISIBILITIES.values()))
    title = " ".join(words[:6])
    return {
        "number": number,
        "id": f"v{number:021d}",
        "owner": "member" if number % 20 == 0 else None,
        "title": title,
        "title_key": title_key(title),
        "description": " ".join(words[6:28]),
        "tags": json.dumps(words[28:]),
        "visibility": visibility,
        "audience": visibility if visibility in ("public", "members") else "",
        "state": "ready",
        "created_at": float(number),
        "changed_at": float(number),
        "views": language.random.randint(0, 1000),
        "size": 1000,
    }


def add(connection: Connection, made: list[dict[str, object]]) -> None:
    connection.execute(insert(videos), made)
    tags = [
        {"tag_key": tag, "number": one["number"]} for one in made for tag in set(json.loads(str(one["tags"])))
    ]
    connection.execute(insert(video_tags), tags)
    texts = [
        (one["number"], words_of([f"{one['title']} {one['description']}", *json.loads(str(one["tags"]))]))
        for one in made
    ]
    if connection.dialect.name == "sqlite":
        statement = "INSERT INTO video_search (rowid, words) VALUES (:number, :words)"
        connection.execute(text(statement), [{"number": n, "words": " ".join(w)} for n, w in texts])
    else:
        statement = "INSERT INTO video_search (number, words) VALUES (:number, array_to_tsvector(:words))"
        connection.execute(text(statement), [{"number": n, "words": w} for n, w in texts])


def asked_pages(library: Library) -> Iterator[Callable[[], object]]:
    """Pages of all orders, from the beginning and from deep inside."""
    while True:
        for viewer in (LOCAL, MEMBER, ANONYMOUS):
            for order in VideoOrder:
                after = None
                for _ in range(5):
                    yield lambda viewer=viewer, order=order, after=after: library.videos(  # type: ignore[misc]
                        viewer, sort=order, after=after
                    )
                    after = library.videos(viewer, sort=order, after=after, most=200).next


def asked_searches(library: Library, language: Language) -> Iterator[Callable[[], object]]:
    """Searches for one or two words, whole or begun, as people type them: newest first, one in four in another order."""
    while True:
        for number, viewer in enumerate((LOCAL, MEMBER, ANONYMOUS, MEMBER)):
            order = VideoOrder.NEWEST if number else language.random.choice(list(VideoOrder))
            words = language.some(language.random.randint(1, 2))
            last = words[-1][: language.random.randint(2, len(words[-1]))]
            query = " ".join([*words[:-1], last])
            yield lambda viewer=viewer, order=order, query=query: library.videos(  # type: ignore[misc]
                viewer, query=query, sort=order
            )


def timed(calls: list[Callable[[], object]]) -> list[float]:
    """Return how long each takes, in ms, sorted."""
    found = []
    for call in calls:
        begin = time.perf_counter()
        call()
        found.append(1000 * (time.perf_counter() - begin))
    return sorted(found)


def row(name: str, what: str, times: list[float], must: bool) -> Row:
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    return Row(
        f"library of {VIDEOS:,} videos, {name}: {what}, p95",
        f"{p95:.1f} ms (p50 {p50:.1f}, most {times[-1]:.1f})",
        must=f"<= {MOST_MS:g} ms" if must else "",
        met=p95 <= MOST_MS if must else None,
    )

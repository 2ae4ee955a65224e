"""All movies of this process: one for each stream and coding that somebody watches.

Event loop only. Whoever wants to watch gets the movie whose tracks it can play; the stream's own tracks are read first,
because only they tell what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from framecast.bus import Channel, StreamStatus
from framecast.errors import NotEnoughMemory, NotFound
from framecast.servers.web.codecs import NATIVE, Choice, Wanted, choose
from framecast.servers.web.lingering import Lingering
from framecast.servers.web.movie import Movie
from framecast.servers.web.silence import Silence
from framecast.servers.web.watcher import Watcher

MAX_MOVIES = 512
MAX_WATCHERS = 4000

Key = tuple[str, Choice]


@dataclass(slots=True)
class MovieStats:
    """What the viewers of a stream's movies lost."""

    lost_groups: int = 0
    cut: int = 0


class Movies:
    """Gives movies to who watches."""

    def __init__(
        self, connect: Callable[[], Channel], every_s: Callable[[str], float] = lambda _: 0.0
    ) -> None:
        """`every_s` tells the usual time between pictures of a slow stream, else 0."""
        self._connect = connect
        self._every_s = every_s
        self._movies: Lingering[Key, Movie] = Lingering()
        self._stats: dict[str, MovieStats] = {}

    @property
    def count(self) -> int:
        """How many movies are open."""
        return len(self._movies)

    def viewers(self) -> dict[str, int]:
        """Return how many watch each stream."""
        counts = dict.fromkeys(self._stats, 0)
        for (stream, _), movie in self._movies:
            counts[stream] = counts.get(stream, 0) + len(movie.watchers)
        return counts

    def stats(self) -> dict[str, MovieStats]:
        """Return what viewers lost since the start, by stream."""
        return self._stats

    def stats_of(self, stream: str) -> MovieStats:
        """Return the counters of a stream, to be counted up."""
        return self._stats.setdefault(stream, MovieStats())

    async def find(
        self, stream: str, wanted: Wanted, join: Callable[[Movie], Watcher]
    ) -> tuple[Movie, Watcher]:
        """Return a movie that can be played, and the watcher that `join` made for it; it is among those who watch.

        Waits for as long as the source does not say what it has. Cancelling it leaves nothing behind.

        Raises:
            NotFound: the stream has no pictures and no sound, or is gone.
            Invalid: it has nothing that the player can play.
        """
        if sum(len(movie.watchers) for _, movie in self._movies) >= MAX_WATCHERS:
            raise NotEnoughMemory(f"{MAX_WATCHERS} viewers are connected, and more are not served")
        choice = await self._choose(stream, wanted)
        with self._movie(stream, choice) as movie:
            await movie.begun()
            watcher = join(movie)
            movie.watchers.add(watcher)
        return movie, watcher

    def leave(self, movie: Movie, watcher: Watcher) -> None:
        """Watch no more. Idempotent."""
        movie.watchers.discard(watcher)
        self._movies.release((movie.stream, movie.choice), movie)

    def drop_stream(self, stream: str) -> None:
        """Forget a stream that was removed, and let its viewers go."""
        self._movies.drop_stream(stream, NotFound(f"stream {stream} was removed"))
        self._stats.pop(stream, None)

    def drain(self) -> None:
        """Let everybody go."""
        self._movies.drain()

    async def _choose(self, stream: str, wanted: Wanted) -> Choice:
        with self._movie(stream, NATIVE) as movie:
            return choose(await movie.described(), wanted)

    @contextmanager
    def _movie(self, stream: str, choice: Choice) -> Iterator[Movie]:
        """Give a movie; on leaving it closes after a while, where nobody watches."""
        key = (stream, choice)
        movie = self._movies.find(key)
        if movie is None:
            if len(self._movies) >= MAX_MOVIES:
                raise NotEnoughMemory(f"{MAX_MOVIES} movies are open: try again when a viewer has left")
            self.stats_of(stream)
            silence = Silence(monotonic(), StreamStatus(), every_s=lambda: self._every_s(stream))
            movie = Movie(stream, choice, self._connect, silence)
            self._movies.add(key, movie)
        movie.waiting += 1
        try:
            yield movie
        finally:
            movie.waiting -= 1
            self._movies.release(key, movie)

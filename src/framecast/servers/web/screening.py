"""One viewer's part in a movie: finds the movie that it can play, follows it, and finds another when that changes.

Runs on the event loop, as a task that ends when the viewer has what it wants, plus calls of the movie. What goes out has a
`Form`: whole WebSocket messages on the viewer's own time line, numbered messages that are the same for all, or key frames.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from framecast.errors import FramecastError
from framecast.protocols.websocket import Opcode, framed
from framecast.servers.web.chunk import Chunk
from framecast.servers.web.codecs import Wanted
from framecast.servers.web.movie import Movie
from framecast.servers.web.movies import Movies
from framecast.servers.web.outbox import Lane, Outbox


class Form(Protocol):
    """How a movie is written into an outbox."""

    def begin(self, outbox: Outbox, movie: Movie) -> None:
        """Send what stands before a key frame of new coding."""

    def show(self, outbox: Outbox, lane: Lane, chunk: Chunk, movie: Movie) -> None:
        """Send a step."""

    def signal(self, *, live: bool) -> None:
        """Say whether what follows are fresh pictures."""


class Screening:
    """Follows a movie of `stream` that `wanted` can play, from `start` until `close`."""

    def __init__(
        self, movies: Movies, stream: str, form: Form, on_failed: Callable[[FramecastError], None]
    ) -> None:
        self._movies = movies
        self._stream = stream
        self._form = form
        self._on_failed = on_failed
        self._wanted = Wanted({}, anything=True)
        self._movie: Movie | None = None
        self._outbox: Outbox
        self._task: asyncio.Task[None] | None = None
        self._lane = Lane(self._on_lost_group)
        self._live = True  # as the viewer takes it, until it hears something else

    def start(self, outbox: Outbox, wanted: Wanted) -> None:
        """Begin to watch."""
        self._outbox, self._wanted = outbox, wanted
        self._run(self._find())

    def close(self) -> None:
        """Watch no more. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._movie is not None:
            movie, self._movie = self._movie, None
            self._movies.leave(movie, self)
            self._outbox.leave(self._lane)

    def cut(self) -> None:
        """The viewer takes nothing and is cut."""
        self._movies.stats_of(self._stream).cut += 1

    # --- what the movie says

    def begin(self) -> None:
        """Go on with the new coding, or find another movie."""
        movie = self._movie
        assert movie is not None
        if not self._plays(movie):
            self.close()
            self._run(self._find())
            return
        self._lane.skipping = True
        self._form.begin(self._outbox, movie)

    def show(self, chunk: Chunk) -> None:
        """Send a step."""
        assert self._movie is not None
        self._signal(self._movie)
        self._form.show(self._outbox, self._lane, chunk, self._movie)

    def fail(self, error: FramecastError) -> None:
        """Say that there will be no more."""
        self.close()
        self._on_failed(error)

    # --- private

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.create_task(work, name=f"screening {self._stream}")

    async def _find(self) -> None:
        try:
            await self._movies.find(self._stream, self._wanted, self._join)
        except FramecastError as error:
            self._task = None
            self.fail(error)
            return
        self._task = None

    def _join(self, movie: Movie) -> Screening:
        """Begin with what is kept, so that there is a picture at once."""
        self._movie = movie
        self._lane.skipping = True
        self._form.begin(self._outbox, movie)
        for chunk in movie.kept.chunks:
            self.show(chunk)  # as old or fresh as the newest of them
        if not movie.kept.is_whole:
            self._lane.skipping = True
        return self

    def _signal(self, movie: Movie) -> None:
        """What was kept, because the source has stopped since, is no sign of life."""
        live = not movie.is_old
        if live is not self._live:
            self._live = live
            self._form.signal(live=live)

    def _plays(self, movie: Movie) -> bool:
        native = movie.native
        if native is None or native.video is None or movie.choice.video is None:
            return True
        return self._wanted.plays(native.video.codec, native.video_string)

    def _on_lost_group(self) -> None:
        self._movies.stats_of(self._stream).lost_groups += 1


class OwnForm:
    """WebSocket messages on a time line that begins with the viewer, as go2rtc's player expects it."""

    def __init__(self, tell: Callable[..., None]) -> None:
        self._tell = tell
        self._zero_ns = -1

    def begin(self, outbox: Outbox, movie: Movie) -> None:
        """Say the media type and send the init segment."""
        assert movie.muxer is not None
        self._tell(type="mse", value=movie.muxer.mime)
        outbox.say(framed(Opcode.BINARY, movie.muxer.init_segment))

    def show(self, outbox: Outbox, lane: Lane, chunk: Chunk, movie: Movie) -> None:
        """Send a step; the first one is the beginning."""
        if self._zero_ns < 0:
            if not chunk.opens:
                return
            self._zero_ns = chunk.start_ns
        buffers, size = chunk.messages(self._zero_ns)
        outbox.send(lane, buffers, size, opens=chunk.opens)

    def signal(self, *, live: bool) -> None:
        """Say it."""
        self._tell(type="framecast/signal", value={"live": live})


class NumberedForm:
    """Messages that begin with the movie's number, for many streams on one socket: the same bytes for all viewers."""

    def __init__(self, stream: str, tell: Callable[..., None]) -> None:
        self._stream = stream
        self._tell = tell

    def begin(self, outbox: Outbox, movie: Movie) -> None:
        """Say the media type and the number, and send the init segment."""
        assert movie.muxer is not None
        self._tell(type="mse", src=self._stream, id=movie.number, value=movie.muxer.mime)
        init = movie.number.to_bytes(4, "big") + movie.muxer.init_segment
        outbox.say(framed(Opcode.BINARY, init))

    def show(self, outbox: Outbox, lane: Lane, chunk: Chunk, movie: Movie) -> None:
        """Send a step."""
        message = chunk.numbered(movie.number, self._stream)
        outbox.send(lane, (message,), len(message), opens=chunk.opens)

    def signal(self, *, live: bool) -> None:
        """Say it of this stream."""
        self._tell(type="framecast/signal", src=self._stream, value={"live": live})


class KeyForm:
    """Each key frame as an MP4 file of its own, for browsers that play no live MP4."""

    def __init__(self, tell: Callable[..., None]) -> None:
        self._tell = tell

    def begin(self, outbox: Outbox, movie: Movie) -> None:
        """Say the media type."""
        assert movie.muxer is not None
        self._tell(type="mse", value=movie.muxer.mime)

    def show(self, outbox: Outbox, lane: Lane, chunk: Chunk, movie: Movie) -> None:
        """Send a key frame, pass over everything else."""
        if chunk.opens and movie.muxer is not None:
            picture = chunk.pieces[0]
            message = framed(Opcode.BINARY, movie.muxer.init_segment + picture.whole(chunk.start_ns))
            outbox.send(lane, (message,), len(message), opens=True)

    def signal(self, *, live: bool) -> None:
        """Say it."""
        self._tell(type="framecast/signal", value={"live": live})

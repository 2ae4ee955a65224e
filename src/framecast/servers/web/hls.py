"""A movie as HLS (RFC 8216bis), for players without Media Source Extensions: one packager for all of them.

Runs on the event loop. A segment begins at a key frame and lasts a second at least, so a camera's group of pictures is one
segment; parts of half a second make it low-latency HLS for players that know that. What is kept is bounded in time and
bytes, and gone soon after the last request.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

from framecast.clock import NS
from framecast.errors import FramecastError, NotEnoughMemory, NotFound, WouldBlock
from framecast.servers.web.chunk import Chunk
from framecast.servers.web.codecs import Wanted
from framecast.servers.web.guests import Guests
from framecast.servers.web.movie import Movie
from framecast.servers.web.movies import Movies

MIN_SEGMENT_S = 1.0
# A segment is cut without a key frame only where there is none for so long, or it would be larger than this.
MAX_SEGMENT_S = 20.0
MAX_SEGMENT_BYTES = 8 << 20
PART_S = 0.5
KEPT_SEGMENTS = 8
MAX_KEPT_BYTES = 24 << 20
# Parts are listed for so many of the newest segments.
SEGMENTS_WITH_PARTS = 3
IDLE_S = 15.0
MAX_PACKAGERS = 64
_BLOCK_S = 10.0


@dataclass(slots=True)
class Part:
    """Some pictures of a segment; a player may begin with it where it `opens`."""

    opens: bool
    start_ns: int
    end_ns: int
    buffers: list[bytes] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return (self.end_ns - self.start_ns) / NS


@dataclass(slots=True)
class Segment:
    """One segment; `version` is that of its init segment."""

    number: int
    version: int
    at_ms: int
    has_gap: bool = False
    is_whole: bool = False
    size: int = 0
    parts: list[Part] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return sum(part.seconds for part in self.parts)


class Packager:
    """Cuts a movie into segments. `id` is what its addresses have."""

    def __init__(self, movies: Movies, movie: Movie, guests: Guests) -> None:
        self.id = secrets.token_urlsafe(9)
        self.movie = movie
        self.is_over = False
        self._movies = movies
        self._guests = guests
        self._used_at = monotonic()
        self._inits: dict[int, bytes] = {}
        self._segments: list[Segment] = []  # the last one grows
        self._version = 0
        self._numbers = 0
        self._gaps = 0  # discontinuities that are not in the list any more
        self._zero_ns = -1
        self._has_gap = False
        self._independent = True
        self._target_s = 2
        self._part_s = PART_S
        self._news = asyncio.Event()
        guests.add(self)

    def start(self) -> None:
        """Begin with what is kept of the movie."""
        self._remember_init()
        for chunk in self.movie.kept if self.movie.keeps_all else ():
            self.show(chunk)

    # --- the movie

    def begin(self) -> None:
        """The stream goes on as something else: players are told to begin anew."""
        self._close_segment()
        self._remember_init()
        self._has_gap = True

    def show(self, chunk: Chunk) -> None:
        """Add a step."""
        segment = self._segment_for(chunk)
        if segment is None:
            return
        part = self._part_for(segment, chunk)
        buffers, size = chunk.fragments(self._zero_ns)
        part.buffers += buffers
        part.end_ns = max(part.end_ns, chunk.pieces[0].dts_end_ns)
        segment.size += size

    def fail(self, error: FramecastError) -> None:
        """There will be no more."""
        self.close()

    # --- life

    def check(self) -> None:
        """End where nobody has asked for long."""
        if monotonic() - self._used_at > max(IDLE_S, 3 * self._target_s):
            self.close()

    def let_go(self) -> None:
        """The server is stopping."""
        self.close()

    def close(self) -> None:
        """Package no more. Idempotent."""
        self.is_over = True
        self._guests.discard(self)
        self._movies.leave(self.movie, self)
        self._tell()

    # --- what players ask for

    def master(self) -> str:
        """Return the playlist that names the codecs."""
        muxer, native = self.movie.muxer, self.movie.native
        assert muxer is not None
        size = ""
        if native is not None and native.video is not None and native.video.width:
            size = f",RESOLUTION={native.video.width}x{native.video.height}"
        rate = max((segment.size * 8 / max(segment.seconds, 0.1) for segment in self._whole()), default=4e6)
        return (
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
            f'#EXT-X-STREAM-INF:BANDWIDTH={math.ceil(rate)},CODECS="{muxer.codecs}"{size}\n'
            f"hls/playlist.m3u8?id={self.id}\n"
        )

    async def playlist(self, number: int | None, part: int | None) -> str:
        """Return the playlist, as soon as it has a segment; with `number` as soon as it has that segment, or part of it.

        Raises:
            WouldBlock: that takes too long.
            NotFound: the movie is over.
        """
        self._used_at = monotonic()
        await self._until(lambda: bool(self._whole()) if number is None else self._has(number, part))
        return self._written()

    async def part(self, number: int, index: int) -> bytes:
        """Return a part; waits for one that players were told to expect.

        Raises:
            NotFound: it is gone, or not the next.
            WouldBlock: it takes too long.
        """
        self._used_at = monotonic()
        await self._until(lambda: self._has(number, index))
        segment = self._find(number)
        if index >= len(segment.parts):
            raise NotFound(f"segment {number} has no part {index}")
        return b"".join(segment.parts[index].buffers)

    def segment(self, number: int) -> bytes:
        """Return a segment.

        Raises:
            NotFound: it is gone, or not whole yet.
        """
        self._used_at = monotonic()
        segment = self._find(number)
        if not segment.is_whole:
            raise NotFound(f"segment {number} is not whole yet")
        return b"".join(buffer for part in segment.parts for buffer in part.buffers)

    def init(self, version: int) -> bytes:
        """Return an init segment.

        Raises:
            NotFound: it is gone.
        """
        self._used_at = monotonic()
        found = self._inits.get(version)
        if found is None:
            raise NotFound(f"init segment {version} is gone")
        return found

    # --- cutting

    def _remember_init(self) -> None:
        assert self.movie.muxer is not None
        self._version += 1
        self._inits[self._version] = self.movie.muxer.init_segment

    def _segment_for(self, chunk: Chunk) -> Segment | None:
        """Return the segment that a step belongs to; None before the first key frame."""
        segment = self._segments[-1] if self._segments and not self._segments[-1].is_whole else None
        if segment is None:
            return self._open_segment(chunk) if chunk.opens else None
        seconds = (chunk.start_ns - segment.parts[0].start_ns) / NS if segment.parts else 0.0
        if chunk.opens and seconds >= MIN_SEGMENT_S:
            return self._open_segment(chunk)
        if seconds >= MAX_SEGMENT_S or segment.size >= MAX_SEGMENT_BYTES:
            self._independent = False
            return self._open_segment(chunk)
        return segment

    def _open_segment(self, chunk: Chunk) -> Segment:
        if self._zero_ns < 0:
            self._zero_ns = chunk.start_ns
        if self._segments and self._segments[-1].parts and not self._segments[-1].is_whole:
            last = self._segments[-1].parts[-1]
            last.end_ns = max(
                last.start_ns, chunk.start_ns
            )  # no hole where a picture lasted longer than it said
        self._close_segment()
        segment = Segment(self._numbers, self._version, chunk.captured_ms, self._has_gap)
        self._has_gap = False
        self._numbers += 1
        self._segments.append(segment)
        return segment

    def _close_segment(self) -> None:
        if not self._segments or self._segments[-1].is_whole:
            return
        segment = self._segments[-1]
        segment.is_whole = True
        self._target_s = max(self._target_s, math.ceil(segment.seconds))
        self._part_s = max(self._part_s, *(part.seconds for part in segment.parts))
        while len(self._segments) > KEPT_SEGMENTS or (
            len(self._segments) > 2 and sum(one.size for one in self._segments) > MAX_KEPT_BYTES
        ):
            gone = self._segments.pop(0)
            self._gaps += gone.has_gap
        oldest = self._segments[0].version
        self._inits = {version: init for version, init in self._inits.items() if version >= oldest}
        self._tell()

    def _part_for(self, segment: Segment, chunk: Chunk) -> Part:
        """Return the part that a step belongs to. Sound alone never begins one."""
        part = segment.parts[-1] if segment.parts else None
        is_full = part is not None and (chunk.start_ns - part.start_ns) / NS >= PART_S - 0.02
        if part is None or (is_full and (chunk.pieces[0].is_video or not self.movie.choice.video)):
            if part is not None:
                part.end_ns = max(part.start_ns, chunk.start_ns)
            part = Part(chunk.opens, chunk.start_ns, chunk.start_ns)
            segment.parts.append(part)
            self._tell()
        return part

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    # --- finding

    def _whole(self) -> list[Segment]:
        return [segment for segment in self._segments if segment.is_whole]

    def _find(self, number: int) -> Segment:
        for segment in self._segments:
            if segment.number == number:
                return segment
        raise NotFound(f"segment {number} is gone, or has not begun")

    def _has(self, number: int, part: int | None) -> bool:
        """True where a segment, or a part of it, is whole; also where it will never be."""
        if number > self._numbers + 1:
            raise NotFound(f"segment {number} is too far ahead")
        newest = self._numbers - 1
        if number != newest:
            return number < newest
        segment = self._segments[-1]
        return segment.is_whole or (part is not None and len(segment.parts) > part + 1)

    async def _until(self, is_so: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(max(_BLOCK_S, 3 * self._target_s)):
                while not is_so():
                    if self.is_over:
                        raise NotFound(f"{self.movie.stream} is not packaged any more")
                    await self._news.wait()
        except TimeoutError as error:
            raise WouldBlock(f"nothing new came of {self.movie.stream}") from error

    def _written(self) -> str:
        whole = self._whole()
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:9",
            f"#EXT-X-TARGETDURATION:{self._target_s}",
            f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={3 * self._part_s:.3f}",
            f"#EXT-X-PART-INF:PART-TARGET={self._part_s:.3f}",
            f"#EXT-X-MEDIA-SEQUENCE:{self._segments[0].number}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{self._gaps}",
        ]
        if self._independent:
            lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
        version = 0
        for segment in self._segments:
            if segment.has_gap:
                lines.append("#EXT-X-DISCONTINUITY")
            if segment.version != version:
                version = segment.version
                lines.append(f'#EXT-X-MAP:URI="init.mp4?id={self.id}&v={version}"')
            at = datetime.fromtimestamp(segment.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{at}")
            if not segment.is_whole or segment in whole[-SEGMENTS_WITH_PARTS:]:
                lines += self._part_lines(segment)
            if segment.is_whole:
                lines += [f"#EXTINF:{segment.seconds:.5f},", f"segment.m4s?id={self.id}&n={segment.number}"]
        lines.append(self._hint())
        return "\n".join(lines) + "\n"

    def _part_lines(self, segment: Segment) -> list[str]:
        """The parts that are whole: all but the one that grows."""
        parts = segment.parts if segment.is_whole else segment.parts[:-1]
        return [
            f'#EXT-X-PART:DURATION={part.seconds:.5f},URI="part.m4s?id={self.id}&n={segment.number}&p={index}"'
            + (",INDEPENDENT=YES" if part.opens else "")
            for index, part in enumerate(parts)
        ]

    def _hint(self) -> str:
        newest = self._segments[-1]
        number, part = (newest.number + 1, 0) if newest.is_whole else (newest.number, len(newest.parts) - 1)
        return f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part.m4s?id={self.id}&n={number}&p={part}"'


class Packagers:
    """All packagers, by movie and by id."""

    def __init__(self, movies: Movies, guests: Guests) -> None:
        self._movies = movies
        self._guests = guests
        self._packagers: dict[str, Packager] = {}

    async def find(self, stream: str, wanted: Wanted) -> Packager:
        """Return the packager of a movie that can be played.

        Raises:
            FramecastError: as `Movies.find`.
        """
        self._forget()
        if len(self._packagers) >= MAX_PACKAGERS:
            raise NotEnoughMemory(f"{MAX_PACKAGERS} streams are watched by HLS, and more are not served")
        _, watcher = await self._movies.find(stream, wanted, self._join)
        assert isinstance(watcher, Packager)
        return watcher

    def get(self, name: str) -> Packager:
        """Return a packager by its id.

        Raises:
            NotFound: there is none, or it has ended because nobody asked for long.
        """
        found = self._packagers.get(name)
        if found is None or found.is_over:
            raise NotFound("this playlist has ended: ask for api/stream.m3u8 again")
        return found

    def _join(self, movie: Movie) -> Packager:
        self._forget()
        for packager in self._packagers.values():
            if packager.movie is movie:
                return packager
        packager = Packager(self._movies, movie, self._guests)
        self._packagers[packager.id] = packager
        packager.start()
        return packager

    def _forget(self) -> None:
        self._packagers = {key: one for key, one in self._packagers.items() if not one.is_over}

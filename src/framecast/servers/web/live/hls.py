"""A live MP4 as HLS (RFC 8216bis), for players without Media Source Extensions: one packager for all of them.

Runs on the event loop. Players that know low-latency HLS get parts of half a second and wait for the next by a request that is
answered when it is there. A packager is gone soon after the last request.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from framecast.errors import FramecastError, NotEnoughMemory, NotFound, WouldBlock
from framecast.fanout.coding import Wanted
from framecast.servers.upkeep import Upkeep
from framecast.servers.web.live.fragments import Fragments
from framecast.servers.web.live.live_mp4 import LiveMp4
from framecast.servers.web.live.live_mp4s import LiveMp4s
from framecast.servers.web.live.segments import Segment, Segments

# Parts are listed for so many of the newest segments.
SEGMENTS_WITH_PARTS = 3
IDLE_S = 15.0
MAX_PACKAGERS = 64
_BLOCK_S = 10.0
# Said of a stream before anything of it was measured.
_USUAL_RATE = 4_000_000


class Packager:
    """Cuts a live MP4 into segments. `id` is what its addresses have."""

    def __init__(self, live_mp4s: LiveMp4s, mp4: LiveMp4, upkeep: Upkeep) -> None:
        self.id = secrets.token_urlsafe(9)
        self.mp4 = mp4
        self.is_over = False
        self._live_mp4s = live_mp4s
        self._upkeep = upkeep
        self._used_at = monotonic()
        self._segments = Segments()
        self._news = asyncio.Event()
        upkeep.add(self)

    def start(self) -> None:
        """Begin with what the live MP4 keeps."""
        self.begin()
        for fragments in self.mp4.log.kept() if self.mp4.log.is_whole else ():
            self.show(fragments)

    # --- the live MP4

    def begin(self) -> None:
        """The stream continues in another coding. If MP4 cannot hold it, this ends, and players find another packager."""
        if not self.mp4.holds_video:
            self.close()
            return
        assert self.mp4.muxer is not None
        self._segments.begin(self.mp4.muxer.init_segment)
        self._tell()

    def show(self, fragments: Fragments) -> None:
        """Add fragments."""
        if self._segments.add(fragments):
            self._tell()

    def fail(self, error: FramecastError) -> None:
        """Nothing more will come."""
        self.close()

    # --- life

    def check(self) -> None:
        """End if no request came for long."""
        if monotonic() - self._used_at > max(IDLE_S, 3 * self._segments.target_s):
            self.close()

    def let_go(self) -> None:
        """The server is stopping."""
        self.close()

    def close(self) -> None:
        """Stop packaging. Idempotent."""
        self.is_over = True
        self._upkeep.discard(self)
        self._live_mp4s.leave(self.mp4, self)
        self._tell()

    # --- what players ask for

    def master(self, token: str = "") -> str:
        """Return the playlist that names the codecs; its addresses carry the token of a link on."""
        muxer, native = self.mp4.muxer, self.mp4.native
        assert muxer is not None
        self._used_at = monotonic()
        size = ""
        if native is not None and native.video is not None and native.video.width:
            width, height = native.video.orientation.size(native.video.width, native.video.height)
            size = f",RESOLUTION={width}x{height}"
        whole = self._segments.whole
        rate = max((one.size * 8 / max(one.seconds, 0.1) for one in whole), default=_USUAL_RATE)
        playlist = (
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
            f'#EXT-X-STREAM-INF:BANDWIDTH={math.ceil(rate)},CODECS="{muxer.codecs}"{size}\n'
            f"hls/playlist.m3u8?id={self.id}\n"
        )
        return self._carrying(playlist, token)

    async def playlist(self, number: int | None, part: int | None, token: str = "") -> str:
        """Return the playlist, as soon as it has a segment; with `number` as soon as it has that, or that part of it.

        Raises:
            WouldBlock: that takes too long.
            NotFound: the live MP4 is over, or the segment is not among the next.
        """
        if number is None:
            await self._until(lambda: bool(self._segments.whole))
        else:
            await self._until(lambda: self._segments.has(number, part) and bool(self._segments.all))
        return self._carrying(self._written(), token)

    async def part(self, number: int, index: int) -> bytes:
        """Return a part; waits for the next one, which the playlist announces.

        Raises:
            NotFound: it is gone, or not among the next.
            WouldBlock: it takes too long.
        """
        await self._until(lambda: self._segments.has(number, index))
        parts = self._segments.find(number).whole_parts
        if index >= len(parts):
            raise NotFound(f"segment {number} has no part {index}")
        return b"".join(parts[index].buffers)

    def segment(self, number: int) -> bytes:
        """Return a segment.

        Raises:
            NotFound: it is gone, or not whole yet.
        """
        self._used_at = monotonic()
        segment = self._segments.find(number)
        if not segment.is_whole:
            raise NotFound(f"segment {number} is not whole yet")
        return b"".join(buffer for part in segment.parts for buffer in part.buffers)

    def init(self, version: int) -> bytes:
        """Return an init segment.

        Raises:
            NotFound: it is gone.
        """
        self._used_at = monotonic()
        found = self._segments.inits.get(version)
        if found is None:
            raise NotFound(f"init segment {version} is no longer available")
        return found

    # --- private

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def _until(self, is_so: Callable[[], bool]) -> None:
        self._used_at = monotonic()
        try:
            async with asyncio.timeout(max(_BLOCK_S, 3 * self._segments.target_s)):
                while not is_so():
                    if self.is_over:
                        raise NotFound(f"{self.mp4.stream} is no longer packaged")
                    await self._news.wait()
        except TimeoutError as error:
            raise WouldBlock(f"nothing new came from {self.mp4.stream}") from error

    def _carrying(self, playlist: str, token: str) -> str:
        return playlist.replace(f"?id={self.id}", f"?id={self.id}&token={token}") if token else playlist

    def _written(self) -> str:
        segments = self._segments
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:9",
            f"#EXT-X-TARGETDURATION:{segments.target_s}",
            f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={3 * segments.part_s:.3f}",
            f"#EXT-X-PART-INF:PART-TARGET={segments.part_s:.3f}",
            f"#EXT-X-MEDIA-SEQUENCE:{segments.all[0].number}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{segments.gaps}",
        ]
        if segments.are_independent:
            lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
        version = 0
        for segment in segments.all:
            lines += self._segment_lines(segment, version)
            version = segment.version
        newest = segments.all[-1]
        number, part = (newest.number + 1, 0) if newest.is_whole else (newest.number, len(newest.whole_parts))
        lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{self._part_address(number, part)}"')
        return "\n".join(lines) + "\n"

    def _segment_lines(self, segment: Segment, version: int) -> list[str]:
        lines = ["#EXT-X-DISCONTINUITY"] if segment.has_gap else []
        if segment.version != version:
            lines.append(f'#EXT-X-MAP:URI="init.mp4?id={self.id}&v={segment.version}"')
        at = datetime.fromtimestamp(segment.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{at}")
        if segment in self._segments.all[-SEGMENTS_WITH_PARTS - 1 :]:
            for index, part in enumerate(segment.whole_parts):
                address = self._part_address(segment.number, index)
                begins = ",INDEPENDENT=YES" if part.opens else ""
                lines.append(f'#EXT-X-PART:DURATION={part.seconds:.5f},URI="{address}"{begins}')
        if segment.is_whole:
            lines += [f"#EXTINF:{segment.seconds:.5f},", f"segment.m4s?id={self.id}&n={segment.number}"]
        return lines

    def _part_address(self, number: int, part: int) -> str:
        return f"part.m4s?id={self.id}&n={number}&p={part}"


class Packagers:
    """All packagers, by live MP4 and by id."""

    def __init__(self, live_mp4s: LiveMp4s, upkeep: Upkeep) -> None:
        self._live_mp4s = live_mp4s
        self._upkeep = upkeep
        self._packagers: dict[str, Packager] = {}

    async def find(self, stream: str, wanted: Wanted) -> Packager:
        """Return the packager of a live MP4 that can be played.

        Raises:
            FramecastError: as `LiveMp4s.find`.
        """
        self._forget()
        if len(self._packagers) >= MAX_PACKAGERS:
            raise NotEnoughMemory(
                f"{MAX_PACKAGERS} streams are watched by HLS, which is the limit: try again later"
            )
        _, viewer = await self._live_mp4s.find(stream, wanted, self._join)
        assert isinstance(viewer, Packager)
        return viewer

    def get(self, name: str) -> Packager:
        """Return a packager by its id.

        Raises:
            NotFound: no packager has this id, or it has ended because no request came for long.
        """
        found = self._packagers.get(name)
        if found is None or found.is_over:
            raise self.unknown()
        return found

    @staticmethod
    def unknown() -> NotFound:
        """Return the error for an id that no packager has."""
        return NotFound("this playlist has ended: ask for api/stream.m3u8 again")

    def stream_of(self, name: str) -> str | None:
        """Return which stream a packager is of, None if there is no such packager."""
        found = self._packagers.get(name)
        return None if found is None or found.is_over else found.mp4.stream

    def _join(self, mp4: LiveMp4) -> Packager:
        self._forget()
        for packager in self._packagers.values():
            if packager.mp4 is mp4:
                return packager
        packager = Packager(self._live_mp4s, mp4, self._upkeep)
        self._packagers[packager.id] = packager
        packager.start()
        return packager

    def _forget(self) -> None:
        self._packagers = {key: one for key, one in self._packagers.items() if not one.is_over}

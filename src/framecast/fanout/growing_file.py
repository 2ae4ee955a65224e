"""A live MP4 as one file that grows: segments one behind the other, and the HLS playlist that lists them by their byte ranges. Pure.

A segment begins at a key frame, and is given out when it is whole. So the file can be played while it is written, and what a crash
leaves behind is cut off behind the last segment of its playlist. The caller writes: first the bytes, then the playlist.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from framecast.clock import NS
from framecast.errors import Invalid
from framecast.media.fmp4 import Fragment
from framecast.media.segmenter import CutRule
from framecast.model import number

# A segment is cut without a key frame only if none came for this long, or it would be larger than this.
CUT = CutRule(min_s=2.0, max_s=20.0, max_bytes=16 << 20)
# Players look for a playlist's next version after this time: it stays as it is (RFC 8216, 4.3.3.1).
_TARGET_S = 20
_ENTRY = re.compile(
    r"#EXTINF:(\d{1,6}\.\d{1,6}),\n#EXT-X-BYTERANGE:(\d{1,15})@(\d{1,15})\n[a-z0-9._-]{1,64}\n"
)
_MOST = 1 << 50
END = "#EXT-X-ENDLIST\n"


@dataclass(frozen=True, slots=True)
class Segment:
    """The place of a segment in the file, and how long it plays."""

    offset: int
    size: int
    seconds: float


class GrowingFile:
    """Cuts fragments into segments of the file `name`. `begin` once, then `add`; both return what the file gets, `b""` for nothing yet."""

    def __init__(self, name: str) -> None:
        self.newest: Segment | None = None
        self.seconds = 0.0  # that the whole segments play
        self.size = 0  # of the file
        self.codecs = ""
        self._name = name
        self._init_size = 0
        self._open: list[bytes] = []
        self._open_size = 0
        self._start_ns = self._end_ns = 0

    @property
    def has_begun(self) -> bool:
        """True once it has an init segment."""
        return self._init_size > 0

    def begin(self, init: bytes, codecs: str) -> bytes:
        """The file begins with an init segment."""
        self.size = self._init_size = len(init)
        self.codecs = codecs
        return init

    def add(self, fragment: Fragment, *, opens: bool) -> bytes:
        """Add a fragment; `opens`: playing can begin with it. What comes before the first such fragment is left out."""
        whole = b""
        if not self._open:
            if not opens:
                return b""
        elif CUT.ends((fragment.start_ns - self._start_ns) / NS, self._open_size, is_key=opens):
            whole = self._close(fragment.start_ns)
        if not self._open:
            self._start_ns = self._end_ns = fragment.start_ns
        self._open.append(fragment.whole())
        self._open_size += fragment.size
        self._end_ns = max(self._end_ns, fragment.dts_end_ns)
        return whole

    def finish(self) -> bytes:
        """Return what is left: the last segment."""
        return self._close(self._end_ns) if self._open else b""

    def _close(self, end_ns: int) -> bytes:
        whole = b"".join(self._open)
        seconds = max(0.001, (end_ns - self._start_ns) / NS)
        self.newest = Segment(self.size, len(whole), seconds)
        self.size += len(whole)
        self.seconds += seconds
        self._open, self._open_size = [], 0
        return whole

    @property
    def head(self) -> str:
        """The beginning of the media playlist. It is an event: lines are only added."""
        return (
            "#EXTM3U\n#EXT-X-VERSION:7\n"
            f"#EXT-X-TARGETDURATION:{_TARGET_S}\n"
            "#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-MEDIA-SEQUENCE:0\n"
            f'#EXT-X-MAP:URI="{self._name}",BYTERANGE="{self._init_size}@0"\n'
        )

    def lines(self, segment: Segment) -> str:
        """Return the lines of a segment in the media playlist."""
        return f"#EXTINF:{segment.seconds:.5f},\n#EXT-X-BYTERANGE:{segment.size}@{segment.offset}\n{self._name}\n"


def master(playlist: str, codecs: str, width: int, height: int, bits_per_second: int) -> str:
    """Return the playlist that names the codecs of one media playlist."""
    size = f",RESOLUTION={width}x{height}" if width and height else ""
    return (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        f'#EXT-X-STREAM-INF:BANDWIDTH={max(1, bits_per_second)},CODECS="{codecs}"{size}\n{playlist}\n'
    )


def whole_part(playlist: str) -> tuple[str, int, float]:
    """Return what is whole of a recording that was cut off: its playlist with an end, the bytes of its file, and the seconds that it plays.

    Raises:
        Invalid: the playlist lists nothing.
    """
    end = playlist.rfind("\n") + 1
    found = list(_ENTRY.finditer(playlist, 0, end))
    if not found:
        raise Invalid("the playlist of the recording lists no segment")
    last = found[-1]
    seconds = sum(number.decimal(one[1], 0.0, _MOST) for one in found)
    return (
        playlist[: last.end()] + END,
        number.integer(last[2], 0, _MOST) + number.integer(last[3], 0, _MOST),
        seconds,
    )

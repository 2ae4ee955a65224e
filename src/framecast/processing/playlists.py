"""HLS playlists of stored video (RFC 8216, version 7): byte ranges of one fragmented MP4. Pure.

The worker writes what `text` returns; the parent reads it by `parse_media` and `parse_main`, which take nothing else: every name, number and range is
checked, and the text must be the one that `text` would write.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from framecast.errors import Invalid
from framecast.model import number

NAME = re.compile(r"[a-z0-9._-]{1,64}")
_HEAD = "#EXTM3U\n#EXT-X-VERSION:7\n"
_MOST_SEGMENTS = 100_000
_MOST_BYTES = 1 << 42
_MEDIA = re.compile(
    r"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:[0-9]{1,6}\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"
    r'#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI="([a-z0-9._-]{1,64})",BYTERANGE="([0-9]{1,8})@0"\n'
    r"((?:#EXTINF:[0-9]{1,6}\.[0-9]{6},\n#EXT-X-BYTERANGE:[0-9]{1,13}@[0-9]{1,13}\n[a-z0-9._-]{1,64}\n)+)#EXT-X-ENDLIST\n"
)
_SEGMENT = re.compile(
    r"#EXTINF:([0-9]{1,6}\.[0-9]{6}),\n#EXT-X-BYTERANGE:([0-9]{1,13})@([0-9]{1,13})\n([a-z0-9._-]{1,64})\n"
)
_AUDIO = re.compile(
    r'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,URI="([a-z0-9._-]{1,64})"'
)
_VARIANT = re.compile(
    r'#EXT-X-STREAM-INF:BANDWIDTH=([0-9]{1,10}),AVERAGE-BANDWIDTH=([0-9]{1,10}),CODECS="([a-zA-Z0-9.,]{1,100})"'
    r'(?:,RESOLUTION=([0-9]{1,5})x([0-9]{1,5}),FRAME-RATE=([0-9]{1,3}\.[0-9]{3}))?(,AUDIO="audio")?'
)
_MOST_VARIANTS = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A segment: bytes of the playlist's file, and how long they play."""

    offset: int
    size: int
    duration_s: float


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """A playlist of one file, whose first `init_size` bytes are its init segment."""

    file: str
    init_size: int
    entries: tuple[Entry, ...]

    @property
    def duration_s(self) -> float:
        """How long it plays."""
        return sum(entry.duration_s for entry in self.entries)

    @property
    def peak_bitrate(self) -> int:
        """Bits per second of the densest segment (RFC 8216 section 4.3.4.2: BANDWIDTH)."""
        return max(math.ceil(8 * entry.size / max(entry.duration_s, 0.1)) for entry in self.entries)

    @property
    def average_bitrate(self) -> int:
        """Bits per second of all segments."""
        return math.ceil(8 * sum(entry.size for entry in self.entries) / max(self.duration_s, 0.1))

    def text(self) -> str:
        """Return the playlist as it is stored."""
        target = max(1, math.ceil(max(entry.duration_s for entry in self.entries) - 0.5))
        lines = [
            f"{_HEAD}#EXT-X-TARGETDURATION:{target}",
            "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS",
            f'#EXT-X-MAP:URI="{self.file}",BYTERANGE="{self.init_size}@0"',
        ]
        lines += [
            f"#EXTINF:{entry.duration_s:.6f},\n#EXT-X-BYTERANGE:{entry.size}@{entry.offset}\n{self.file}"
            for entry in self.entries
        ]
        return "\n".join([*lines, "#EXT-X-ENDLIST\n"])


@dataclass(frozen=True, slots=True)
class Variant:
    """One rendition in the main playlist. Without video, `width` is 0."""

    playlist: str
    codecs: str
    bandwidth: int
    average_bandwidth: int
    width: int = 0
    height: int = 0
    rate: float = 0.0
    has_audio_apart: bool = False

    def text(self) -> str:
        """Return its two lines."""
        line = f'#EXT-X-STREAM-INF:BANDWIDTH={self.bandwidth},AVERAGE-BANDWIDTH={self.average_bandwidth},CODECS="{self.codecs}"'
        if self.width:
            line += f",RESOLUTION={self.width}x{self.height},FRAME-RATE={self.rate:.3f}"
        return line + (',AUDIO="audio"' if self.has_audio_apart else "") + f"\n{self.playlist}"


@dataclass(frozen=True, slots=True)
class MainPlaylist:
    """The playlist that names the others. `audio` is the one of the sound, "" if each variant has its own."""

    variants: tuple[Variant, ...]
    audio: str = ""

    def text(self) -> str:
        """Return the playlist as it is stored."""
        lines = [f"{_HEAD}#EXT-X-INDEPENDENT-SEGMENTS"]
        if self.audio:
            lines.append(
                '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,'
                f'URI="{self.audio}"'
            )
        return "\n".join([*lines, *(variant.text() for variant in self.variants)]) + "\n"


def parse_media(text: str, size_of_file: int) -> MediaPlaylist:
    """Return the playlist that `text` is. Its ranges lie in a file of that size, one behind the other.

    Raises:
        Invalid: it is not one that this module writes.
    """
    match = _MEDIA.fullmatch(text)
    if match is None or text.count("#EXTINF:") > _MOST_SEGMENTS:
        raise Invalid("a media playlist does not have the form that the library writes")
    file, init_size = match[1], number.integer(match[2], 1, _MOST_BYTES)
    entries = []
    end = init_size
    for duration, size, offset, name in _SEGMENT.findall(match[3]):
        entry = Entry(
            number.integer(offset, 0, _MOST_BYTES),
            number.integer(size, 1, _MOST_BYTES),
            number.decimal(duration, 0, 1e6),
        )
        if name != file or entry.offset < end or entry.offset + entry.size > size_of_file:
            raise Invalid(f"a media playlist names bytes that are not in {file}")
        end = entry.offset + entry.size
        entries.append(entry)
    found = MediaPlaylist(file, init_size, tuple(entries))
    if found.text() != text:
        raise Invalid("a media playlist is not written as the library writes it")
    return found


def parse_main(text: str, playlists: Sequence[str]) -> MainPlaylist:
    """Return the main playlist that `text` is. It names only `playlists`.

    Raises:
        Invalid: it is not one that this module writes.
    """
    lines = text.split("\n")
    if not text.startswith(f"{_HEAD}#EXT-X-INDEPENDENT-SEGMENTS\n") or len(lines) > 2 * _MOST_VARIANTS + 5:
        raise Invalid("a main playlist does not have the form that the library writes")
    rest = lines[3:-1]
    audio = ""
    if rest and (match := _AUDIO.fullmatch(rest[0])):
        audio, rest = match[1], rest[1:]
    pairs = list(zip(rest[::2], rest[1::2], strict=False))
    found = MainPlaylist(tuple(_variant(line, name) for line, name in pairs), audio)
    named = {variant.playlist for variant in found.variants} | ({audio} if audio else set())
    if not pairs or not named <= set(playlists) or found.text() != text:
        raise Invalid(
            "a main playlist names files that are not in the result, or is not written as the library writes it"
        )
    return found


def _variant(line: str, name: str) -> Variant:
    match = _VARIANT.fullmatch(line)
    if match is None or not NAME.fullmatch(name):
        raise Invalid("a main playlist does not have the form that the library writes")
    width, height, rate = match[4] or "0", match[5] or "0", match[6] or "0"
    return Variant(
        name,
        match[3],
        number.integer(match[1], 0, 10**10),
        number.integer(match[2], 0, 10**10),
        number.integer(width, 0, 99_999),
        number.integer(height, 0, 99_999),
        number.decimal(rate, 0, 1000),
        bool(match[7]),
    )

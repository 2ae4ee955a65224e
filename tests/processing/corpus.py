"""Hostile files, made by a script: what they are, and the words with which the check must refuse them.

`python -m tests.processing.corpus FOLDER` writes them all. Those that refer to something else name the canaries of a test: a file that nobody may open, and
a port that nobody may call. `control` are the options with which FFmpeg's own program follows such a reference: a proof that the file is what it says.
"""

from __future__ import annotations

import random
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.processing import containers as raw
from tests.processing.containers import Track, avi, box, full, jpeg, mkv, mp4
from tests.support.media_files import made, made_by

MiB = 1 << 20
# Where a hostile file may be accepted, because what is hostile in it is left out.
HARMLESS = ""


@dataclass(frozen=True, slots=True)
class Canaries:
    """What nobody may open or call."""

    file: str
    port: int

    @property
    def url(self) -> str:
        """An address of the listener."""
        return f"http://127.0.0.1:{self.port}/canary.ts"


@dataclass(frozen=True, slots=True)
class Hostile:
    """One file. `says` is a pattern of the refusal. `size`: the file is made this long by a hole."""

    name: str
    says: str
    make: Callable[[Canaries], bytes]
    size: int = 0
    control: tuple[str, ...] = field(default=())

    def write(self, folder: Path, canaries: Canaries) -> Path:
        """Write the file and return its path."""
        path = folder / self.name
        with path.open("wb") as file:
            file.write(self.make(canaries))
            if self.size:
                file.truncate(self.size)
        return path


def text(name: str, says: str, content: str, *control: str) -> Hostile:
    """Return a file of text, in which <FILE>, <URL> and <PORT> stand for the canaries."""

    def make(canaries: Canaries) -> bytes:
        words = {"<FILE>": canaries.file, "<URL>": canaries.url, "<PORT>": str(canaries.port)}
        found = content
        for word, meaning in words.items():
            found = found.replace(word, meaning)
        return found.encode()

    return Hostile(name, says, make, control=control)


def raw_file(name: str, says: str, make: Callable[[], bytes], size: int = 0) -> Hostile:
    """Return a file without references."""
    return Hostile(name, says, lambda _: make(), size)


def words() -> Path:
    """Return subtitles."""
    return made_by(
        "hostile-v1-words.srt", lambda path: path.write_text("1\n00:00:00,000 --> 00:00:01,000\nHallo\n")
    )


def coded(name: str, says: str, *coder: str) -> Hostile:
    """Return a video in an unusual codec, made by FFmpeg."""
    pictures = (
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=64x48:rate=25:duration=0.4",
        "-f",
        "lavfi",
        "-i",
        "sine=d=0.4:sample_rate=44100",
    )
    return Hostile(
        name, says, lambda _: made(f"hostile-v1-{name}", *pictures, "-i", str(words()), *coder).read_bytes()
    )


_ANY = "file,crypto,data,http,tcp,udp,rtp,concat"
_WIDE = ("-protocol_whitelist", _ANY)
_M3U8 = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"
_MPD = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S" minBufferTime="PT1S"><Period><AdaptationSet mimeType="video/mp4">
<Representation id="1" bandwidth="1"><BaseURL><URL></BaseURL><SegmentBase/></Representation></AdaptationSet></Period></MPD>"""
_SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video <PORT> RTP/AVP 96\na=rtpmap:96 H264/90000\n"
_IMF = """<?xml version="1.0"?>
<CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"><Id>urn:uuid:00000000-0000-0000-0000-000000000001</Id>
<ContentTitle>x</ContentTitle><EditRate>25 1</EditRate><SegmentList/></CompositionPlaylist>"""

REFERENCES = (
    text("m3u8-file.mp4", "playlist", _M3U8.format("<FILE>"), *_WIDE, "-allowed_extensions", "ALL"),
    text("m3u8-http.mp4", "playlist", _M3U8.format("<URL>"), *_WIDE, "-allowed_extensions", "ALL"),
    text("m3u8-concat.mp4", "playlist", _M3U8.format("concat:<FILE>|<FILE>")),
    text(
        "m3u8-key.mp4",
        "playlist",
        _M3U8.replace("#EXTINF", '#EXT-X-KEY:METHOD=AES-128,URI="<URL>"\n#EXTINF').format("<FILE>"),
        *_WIDE,
        "-allowed_extensions",
        "ALL",
    ),
    text("m3u8-mark.mp4", "playlist", "\ufeff" + _M3U8.format("<FILE>")),
    text("m3u8-spaces.mp4", "playlist", "\n \n" + _M3U8.format("<FILE>")),
    text(
        "ffconcat.mp4",
        "list of files",
        "ffconcat version 1.0\nfile '<FILE>'\n",
        "-f",
        "concat",
        "-safe",
        "0",
        *_WIDE,
    ),
    text("mpd.mp4", "XML", _MPD, "-f", "dash", *_WIDE),
    text("sdp.mp4", "SDP", _SDP),
    text("imf.mp4", "XML", _IMF),
    text("smil.mp4", "XML", "<smil><body><video src='<URL>'/></body></smil>"),
    text(
        "ism.mp4",
        "XML",
        "<SmoothStreamingMedia MajorVersion='2'><StreamIndex Url='<URL>'/></SmoothStreamingMedia>",
    ),
    text("pls.mp4", "playlist", "[playlist]\nFile1=<URL>\nNumberOfEntries=1\n"),
    text("asx.mp4", "XML", "<asx version='3.0'><entry><ref href='<URL>'/></entry></asx>"),
    text(
        "vobsub.mp4",
        "no format that is accepted",
        "# VobSub index file, v7 (do not modify this line!)\nid: en, index: 0\ntimestamp: 00:00:00:000, filepos: 000000000\n",
    ),
    text(
        "svg.mp4",
        "XML",
        "<svg xmlns='http://www.w3.org/2000/svg'><image href='<URL>'/></svg>",
    ),
    text("entity.mp4", "XML", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "<FILE>">]><a>&x;</a>'),
    Hostile("gab2-file.avi", HARMLESS, lambda found: avi(subtitles=_M3U8.format(found.file).encode())),
    Hostile("gab2-http.avi", HARMLESS, lambda found: avi(subtitles=_M3U8.format(found.url).encode())),
    Hostile(
        "gab2-concat.avi",
        HARMLESS,
        lambda found: avi(subtitles=f"ffconcat version 1.0\nfile '{found.file}'\n".encode()),
    ),
    Hostile(
        "dref-alias.mov",
        "in another file",
        lambda found: mp4(Track(dref=raw.alias(found.file))),
        control=("-enable_drefs", "1", "-use_absolute_path", "1"),
    ),
    Hostile(
        "dref-url.mov",
        HARMLESS,
        lambda found: mp4(Track(dref=box(b"url ", bytes(4), found.url.encode() + b"\0"))),
    ),
    Hostile(
        "ftyp-m3u8.mp4",
        "no index",
        lambda found: raw.FTYP + _M3U8.format(found.file).encode(),
    ),
    Hostile(
        "free-m3u8.mp4",
        "damaged or something else|no index",
        lambda found: raw.FTYP + box(b"free", _M3U8.format(found.url).encode()),
    ),
    Hostile(
        "ebml-m3u8.mkv",
        "damaged or something else",
        lambda found: raw.ebml(b"webm") + _M3U8.format(found.file).encode(),
    ),
)


def _noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


BROKEN = (
    raw_file("empty.mp4", "empty", lambda: b""),
    raw_file("one-byte.mp4", "no format that is accepted", lambda: b"\0"),
    raw_file("zeros.mp4", "no format that is accepted", lambda: bytes(4096)),
    raw_file("ff.mp4", "no format that is accepted|sound", lambda: b"\xff" * 4096),
    raw_file("words.mp4", "no format that is accepted", lambda: b"This is not a video.\n" * 100),
    raw_file("random-0.mp4", "no format that is accepted", lambda: b"\x80" + _noise(65536, 0)),
    raw_file("random-1.mp4", "no format that is accepted", lambda: b"\x90" + _noise(65536, 1)),
    raw_file("random-ftyp.mp4", "damaged|no index", lambda: raw.FTYP + _noise(65536, 4)),
    raw_file("random-mdat.mov", "damaged|no index", lambda: box(b"mdat", _noise(65536, 5))),
    raw_file(
        "random-moov.mov", "damaged|no index|no track", lambda: raw.FTYP + box(b"moov", _noise(65536, 6))
    ),
    raw_file("random.mkv", "damaged", lambda: raw.ebml() + _noise(65536, 7)),
    raw_file(
        "random-segment.mkv",
        "damaged|no track",
        lambda: raw.ebml() + raw.element(0x18538067, _noise(65536, 8)),
    ),
    raw_file("random.avi", "damaged|no track", lambda: b"RIFF\0\0\1\0AVI " + _noise(65536, 9)),
    raw_file("random.ogg", "damaged|no track", lambda: b"OggS\0\2" + _noise(65536, 10)),
    raw_file(
        "random.ts",
        "damaged|no track|decoded|not known",
        lambda: b"".join(b"\x47" + _noise(187, seed) for seed in range(400)),
    ),
    raw_file("head-only.mp4", "no index|damaged", lambda: raw.FTYP),
    raw_file("cut-index.mp4", "no index", lambda: mp4()[: len(mp4()) - 700]),
    raw_file(
        "cut-inside-index.mp4",
        "damaged|no index|decoded|too large|coded|pixels",
        lambda: mp4()[: len(mp4()) - 100],
    ),
    raw_file("cut.mkv", "damaged|decoded", lambda: mkv()[:250]),
    raw_file("cut.avi", "damaged|decoded", lambda: avi()[:240]),
    raw_file("no-pictures.mp4", "decoded", lambda: mp4(Track(sample=b"\xff" * 500))),
    raw_file("no-pictures.mkv", "decoded", lambda: mkv(sample=b"\0" * 500)),
)
_CENC = (
    "-encryption_scheme",
    "cenc-aes-ctr",
    "-encryption_key",
    "76a6c65c5ea762046bd749a2e632ccbb",
    "-encryption_kid",
    "a7e61c373e219033c21091fa607bf3b8",
)
CODECS = (
    coded("ffv1.mkv", "coded as ffv1.*H.264", "-c:v", "ffv1", "-an"),
    coded("huffyuv.avi", "coded as huffyuv", "-c:v", "huffyuv", "-an"),
    coded("raw.avi", "coded as rawvideo", "-c:v", "rawvideo", "-an"),
    coded("msmpeg4.avi", "coded as msmpeg4v3", "-c:v", "msmpeg4", "-an"),
    coded("wmv2.mkv", "coded as wmv2", "-c:v", "wmv2", "-an"),
    coded("png.mov", "coded as png", "-c:v", "png", "-an"),
    coded("gif.mkv", "coded as gif", "-c:v", "gif", "-an"),
    coded("jpeg2000.mov", "coded as jpeg2000", "-c:v", "jpeg2000", "-an"),
    coded("qtrle.mov", "coded as qtrle", "-c:v", "qtrle", "-an"),
    coded("dirac.mkv", "coded as dirac", "-c:v", "vc2", "-pix_fmt", "yuv422p", "-strict", "-1", "-an"),
    coded("adpcm.avi", "sound is coded as adpcm_ms.*AAC", "-c:v", "mpeg4", "-c:a", "adpcm_ms"),
    coded("wma.mkv", "sound is coded as wmav2", "-c:v", "mpeg4", "-c:a", "wmav2"),
    coded("truehd.mkv", "sound is coded as truehd", "-c:v", "mpeg4", "-c:a", "truehd", "-strict", "-2"),
    coded("words-only.mkv", "only subtitle", "-c:s", "srt", "-map", "2:s"),
    raw_file("unknown.mkv", "not known here", lambda: mkv(tracks=[raw.track(codec=b"V_NOBODY")])),
    raw_file("unknown.mov", "not known here", lambda: mp4(Track(fourcc=b"NOBO"))),
    coded("encrypted.mp4", "DRM", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-an", *_CENC),
    raw_file("encrypted-unknown.mp4", "not known here", lambda: mp4(Track(fourcc=b"encv"))),
    coded("flash.flv", "FLV.*-c copy", "-c:v", "flv1", "-ar", "22050", "-c:a", "libmp3lame"),
    coded("windows.wmv", "WMV", "-c:v", "wmv2", "-c:a", "wmav2"),
    coded("program.mpg", "program stream", "-c:v", "mpeg2video", "-an", "-f", "vob"),
    coded("naked.h264", "without a container", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-an", "-f", "h264"),
    coded("sound.mp3", "sound file", "-vn", "-c:a", "libmp3lame", "-f", "mp3"),
    coded("sound.flac", "sound file", "-vn", "-c:a", "flac", "-f", "flac"),
    coded("sound.wav", "sound file", "-vn", "-f", "wav"),
    coded("still.gif", "a picture", "-an", "-f", "gif"),
    coded("studio.mxf", "MXF", "-c:v", "mpeg2video", "-an", "-f", "mxf"),
)


def _sized(width: int, height: int) -> bytes:
    return jpeg(width, height)


def _deep(levels: int) -> bytes:
    inner = b""
    for _ in range(levels):
        inner = struct.pack(">I4s", 8 + len(inner), b"moov") + inner
    return raw.FTYP + inner


def _programs(count: int) -> bytes:
    """Return MPEG-TS whose table names many programs, each with a table of its own that names 30 tracks."""

    def section(pid: int, table: int, body: bytes) -> bytes:
        data = struct.pack(">BHHBBB", table, 0xB000 | (len(body) + 9), 1, 0xC1, 0, 0) + body
        crc = _crc(data)
        payload = b"\0" + data + struct.pack(">I", crc)
        return struct.pack(">BHB", 0x47, 0x4000 | pid, 0x10) + payload.ljust(184, b"\xff")

    pat = [struct.pack(">HH", number + 1, 0xE000 | (256 + number)) for number in range(count)]
    packets = [section(0, 0, b"".join(pat[at : at + 40])) for at in range(0, count, 40)]
    for number in range(count):
        entries = b"".join(
            struct.pack(">BHH", 0x1B, 0xE000 | (1000 + (number * 30 + one) % 7000), 0xF000)
            for one in range(30)
        )
        packets.append(section(256 + number, 2, struct.pack(">HH", 0xE100, 0xF000) + entries))
    return b"".join(packets) * 2


def _crc(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return crc


_ALL = 0xFFFFFFFF
BOMBS = (
    raw_file(
        "65535x65535.mov",
        "size of the pictures|decoded",
        lambda: mp4(Track(width=65535, height=65535, sample=_sized(65535, 65535))),
    ),
    raw_file(
        "65500-inside.mov", "size of the pictures|decoded", lambda: mp4(Track(sample=_sized(65500, 65500)))
    ),
    raw_file("65500-inside.avi", "size of the pictures|decoded", lambda: avi(sample=_sized(65500, 65500))),
    raw_file("65500-inside.mkv", "size of the pictures|decoded", lambda: mkv(sample=_sized(65500, 65500))),
    raw_file(
        "8192x8192.mkv",
        "size of the pictures|decoded",
        lambda: mkv(sample=_sized(8192, 8192), tracks=[raw.track(width=8192, height=8192)]),
    ),
    raw_file(
        "one-line.mkv",
        "pictures are 8192x1",
        lambda: mkv(sample=_sized(8192, 1), tracks=[raw.track(width=8192, height=1)]),
    ),
    raw_file("no-size.mkv", HARMLESS, lambda: mkv(tracks=[raw.track(width=0, height=0)])),
    Hostile(
        "large-and-black.mkv",
        "memory|decoded",
        lambda _: made(
            "hostile-v1-large-and-black.mkv",
            "-f",
            "lavfi",
            "-i",
            "color=black:size=8192x4320:duration=0.04",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-pix_fmt",
            "yuv444p10le",
            "-frames:v",
            "1",
        ).read_bytes(),
    ),
    raw_file("40-tracks.mov", "more than the 32 tracks", lambda: mp4(*[Track()] * 40)),
    raw_file("3000-tracks.mov", "more than the 32 tracks", lambda: mp4(*[Track()] * 3000)),
    raw_file(
        "3000-tracks.mkv",
        "more than the 32 tracks",
        lambda: mkv(tracks=[raw.track(number) for number in range(1, 3001)]),
    ),
    raw_file("300-programs.ts", "tracks|no track|damaged|decoded", lambda: _programs(300)),
    raw_file("5000-chapters.mkv", "5000 chapters.*at most 1000", lambda: mkv(more=[raw.chapters(5000)])),
    raw_file("100000-chapters.mkv", "chapters|too long|memory", lambda: mkv(more=[raw.chapters(100_000)])),
    raw_file("5000-fields.mkv", "metadata", lambda: mkv(more=[raw.tags(5000)])),
    raw_file("100000-fields.mkv", "metadata|too long|computing", lambda: mkv(more=[raw.tags(100_000)])),
    raw_file("long-fields.mkv", "metadata|memory|damaged", lambda: mkv(more=[raw.tags(40, size=MiB)])),
    raw_file("laughs.mkv", "metadata|computing", lambda: mkv(more=[raw.tags(900, depth=12)])),
    raw_file("deep.mkv", HARMLESS, lambda: mkv(more=[raw.tags(1, depth=2000)])),
    raw_file("deep.mov", "damaged", lambda: _deep(20_000)),
    raw_file(
        "samples-without-end.mov",
        "decoded",
        lambda: mp4(
            Track(
                tables=(
                    (b"stsz", full(b"stsz", struct.pack(">II", 1, _ALL))),
                    (b"stts", full(b"stts", struct.pack(">III", 1, _ALL, 1))),
                    (b"stsc", full(b"stsc", struct.pack(">IIII", 1, 1, _ALL, 1))),
                )
            )
        ),
    ),
    raw_file(
        "times-without-end.mov",
        "memory",
        lambda: mp4(
            Track(
                tables=((b"stts", full(b"stts", struct.pack(">I", _ALL) + struct.pack(">II", 1, 1) * 100)),)
            )
        ),
    ),
    raw_file(
        "edits.mov",
        HARMLESS,
        lambda: mp4(
            Track(
                edits=box(
                    b"edts",
                    full(b"elst", struct.pack(">I", 200_000) + struct.pack(">IiI", 1, 0, 1 << 16) * 200_000),
                )
            )
        ),
    ),
    raw_file("hole.mkv", "too long|damaged|decoded|computing", lambda: mkv()[:-4000], size=1 << 34),
    raw_file(
        "hole.ts",
        "too long|damaged|no track|decoded|computing",
        lambda: b"".join(b"\x47" + b"\xff" * 187 for _ in range(20)),
        size=1 << 34,
    ),
    raw_file(
        "hole.mov",
        "no index|damaged|too long",
        lambda: raw.FTYP + struct.pack(">I4sQ", 1, b"mdat", 1 << 40),
        size=1 << 34,
    ),
    raw_file(
        "hole.ogg", "too long|damaged|no track|computing", lambda: b"OggS\0\2" + bytes(20), size=1 << 34
    ),
    raw_file(
        "hole.avi",
        "too long|damaged|no track|decoded|computing",
        lambda: b"RIFF\xff\xff\xff\xffAVI LIST\xff\xff\xff\xffhdrl",
        size=1 << 34,
    ),
)
TIMES = (
    raw_file("1e9-fps.mov", "pictures a second", lambda: mp4(Track(timescale=10**9))),
    raw_file("1e9-fps.mkv", HARMLESS, lambda: mkv(tracks=[raw.track(every_ns=1)])),
    raw_file("1e9-fps-indeed.mkv", "pictures a second|lasts", lambda: mkv(scale=1, times=tuple(range(10)))),
    raw_file("1e9-fps.avi", "pictures a second|decoded|damaged", lambda: avi(rate=10**9)),
    raw_file("one-time.mkv", "pictures a second", lambda: mkv(times=(0,) * 10)),
    raw_file("no-timescale.mov", HARMLESS, lambda: mp4(Track(timescale=0))),
    raw_file(
        "negative.mov",
        "begins at -",
        lambda: mp4(
            Track(
                tables=(
                    (b"stts", full(b"stts", struct.pack(">III", 1, 10, 1))),
                    (b"ctts", full(b"ctts", struct.pack(">IIi", 1, 10, -(1 << 30)), 1)),
                )
            )
        ),
    ),
    raw_file("late.mkv", "begins at [0-9]", lambda: mkv(first=10**14)),
    raw_file("years.mov", "lasts [0-9]+ hours.*at most 24", lambda: mp4(Track(delta=25 * 86400))),
    raw_file("years.mkv", HARMLESS, lambda: mkv(duration=struct.pack(">d", 1e18))),
    raw_file("nan.mkv", HARMLESS, lambda: mkv(duration=struct.pack(">d", float("nan")))),
    raw_file("infinite.mkv", HARMLESS, lambda: mkv(duration=struct.pack(">d", float("inf")))),
    raw_file("below-zero.mkv", HARMLESS, lambda: mkv(duration=struct.pack(">d", -1e300))),
    raw_file("no-scale.mkv", HARMLESS, lambda: mkv(scale=0)),
    raw_file("scale.mkv", "damaged", lambda: mkv(scale=1 << 62)),
)
_ZIP = b"PK\3\4" + bytes(26) + b"PK\5\6" + bytes(18)
POLYGLOTS = (
    raw_file("zip-then-mp4.mp4", "an archive", lambda: _ZIP + mp4()),
    raw_file("mp4-then-zip.mp4", HARMLESS, lambda: mp4() + _ZIP),
    raw_file("html-then-mp4.mp4", "XML or HTML", lambda: b"<html><script>alert(1)</script>" + mp4()),
    raw_file(
        "mp4-with-html.mp4",
        HARMLESS,
        lambda: mp4(more=box(b"udta", box(b"\xa9nam", b"\0\x19\0\0<script>alert(1)</script>"))),
    ),
    raw_file(
        "ftyp-is-html.mp4",
        HARMLESS,
        lambda: mp4(head=box(b"ftyp", b"qt  \0\0\0\0<html><script>alert(1)</script>")),
    ),
    raw_file("jpeg-then-mp4.mp4", "a picture", lambda: jpeg() + mp4()),
    raw_file("picture.heic", "a picture", lambda: box(b"ftyp", b"heic\0\0\0\0mif1heic") + mp4(head=b"")),
    raw_file("pdf-then-mp4.mp4", "PDF", lambda: b"%PDF-1.7\n" + mp4()),
    raw_file("program.mp4", "a program", lambda: b"\x7fELF" + mp4()),
    raw_file("script.mp4", "a program", lambda: b"#!/bin/sh\n" + mp4()),
    raw_file("mkv-then-mp4.mkv", HARMLESS, lambda: mkv() + mp4()),
    raw_file("gzip.mp4", "an archive", lambda: b"\x1f\x8b\x08" + bytes(100)),
)
ALL = (*REFERENCES, *BROKEN, *CODECS, *BOMBS, *TIMES, *POLYGLOTS)


def main() -> None:
    """Write all files into a folder."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for hostile in ALL:
        print(hostile.write(folder, Canaries("/canary.ts", 9)))


if __name__ == "__main__":
    main()

"""Which container a file is, by its first bytes, and with which of FFmpeg's demuxers it may be read. Its name and what the browser says of it do not count.

The list is short because each demuxer is a parser of bytes of strangers: what phones, cameras, screen recorders and browsers write today. FFmpeg's own guess is never asked: it takes playlists
and lists of files for video, and reads what they name. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from framecast.processing.outcome import Refused

ACCEPTED = "MP4, MOV, MKV, WebM, MPEG-TS, AVI and Ogg"
# How much of a file `container_of` looks at.
HEAD_BYTES = 4096

_TS = (188, 192)  # sizes of packets; those of Blu-ray and AVCHD begin with four bytes of time
_TS_PACKETS = 5
# Boxes with which a file of QuickTime may begin if it has no `ftyp` (QuickTime File Format, "Movie Files").
_BOXES = (b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
_PICTURE_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"crx ")


@dataclass(frozen=True, slots=True)
class Container:
    """A container that is accepted: its name for people, and FFmpeg's name of its demuxer."""

    name: str
    demuxer: str


_MP4, _MKV = Container("MP4 or MOV", "mov"), Container("MKV or WebM", "matroska")
_MPEGTS, _AVI, _OGG = Container("MPEG-TS", "mpegts"), Container("AVI", "avi"), Container("Ogg", "ogg")


def container_of(head: bytes) -> Container:
    """Return the container of a file that begins with `head`.

    Raises:
        Refused: it is something else; says what, as far as that can be known.
    """
    if not head:
        raise Refused("the file is empty: upload it again, and look whether it plays on this device")
    for is_it, container in _KINDS:
        if is_it(head):
            return container
    text = head.lstrip()
    for beginning, what, advice in _OTHERS:
        if beginning.match(head) or beginning.match(text):
            raise Refused(f"this is {what}, and accepted are {ACCEPTED} files: {advice}")
    raise Refused(
        f"the file has no format that is accepted, which are {ACCEPTED}: convert it to MP4, and upload that"
    )


def _is_mp4(head: bytes) -> bool:
    size, kind = int.from_bytes(head[:4], "big"), head[4:8]
    if kind == b"ftyp":
        return 8 <= size <= HEAD_BYTES and head[8:12] not in _PICTURE_BRANDS
    return kind in _BOXES and (size >= 8 or size in (0, 1))


def _is_mkv(head: bytes) -> bool:
    return head[:4] == b"\x1aE\xdf\xa3" and any(one in head for one in (b"matroska", b"webm"))


def _is_mpegts(head: bytes) -> bool:
    for size in _TS:
        first = size - 188
        places = range(first, first + size * _TS_PACKETS, size)
        there = [head[place] for place in places if place < len(head)]
        if len(there) > 1 and set(there) == {0x47}:
            return True
    return False


def _is_avi(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"AVI "


def _is_ogg(head: bytes) -> bool:
    return head[:5] == b"OggS\0"


_KINDS: tuple[tuple[Callable[[bytes], bool], Container], ...] = (
    (_is_mp4, _MP4),
    (_is_mkv, _MKV),
    (_is_avi, _AVI),
    (_is_ogg, _OGG),
    (_is_mpegts, _MPEGTS),
)
_REMUX = "copy it into MP4, for example with 'ffmpeg -i FILE -c copy new.mp4', and upload that"
_CONVERT = "convert it to MP4 with H.264 and AAC, and upload that"
_VIDEO = "upload the video itself"
_OTHERS: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (
        re.compile(rb"(?:\xef\xbb\xbf)?#EXTM3U", re.DOTALL),
        "a playlist (M3U8), which names videos and has none",
        _VIDEO,
    ),
    (
        re.compile(rb"ffconcat", re.DOTALL),
        "a list of files (ffconcat), which names videos and has none",
        _VIDEO,
    ),
    (
        re.compile(rb"(?:\xef\xbb\xbf)?<[A-Za-z!?]", re.DOTALL),
        "a text of XML or HTML",
        _VIDEO,
    ),
    (
        re.compile(rb"v=0\r?\n", re.DOTALL),
        "the description of a live stream (SDP)",
        "add the stream itself on the page of streams",
    ),
    (
        re.compile(rb"\[(?:playlist|Reference)\]", re.DOTALL),
        "a playlist, which names videos and has none",
        _VIDEO,
    ),
    (
        re.compile(rb"PK\x03\x04|PK\x05\x06|\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ", re.DOTALL),
        "an archive",
        "unpack it, and upload the video in it",
    ),
    (re.compile(rb"%PDF", re.DOTALL), "a PDF document", _VIDEO),
    (
        re.compile(
            rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP|BM.{12}|....ftyp(?:avif|avis|heic|heix|hevc|mif1|msf1|crx )",
            re.DOTALL,
        ),
        "a picture",
        _VIDEO,
    ),
    (
        re.compile(rb"ID3|\xff[\xe2-\xff]|fLaC|RIFF....WAVE|FORM....AIFF", re.DOTALL),
        "a sound file without a container for video",
        "put it into an MP4 (.m4a) or Ogg file, and upload that",
    ),
    (re.compile(rb"FLV\x01", re.DOTALL), "a Flash video (FLV)", _REMUX),
    (
        re.compile(rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", re.DOTALL),
        "a Windows Media file (WMV, ASF)",
        _CONVERT,
    ),
    (re.compile(rb"\x00\x00\x01\xba", re.DOTALL), "an MPEG program stream (MPG, VOB)", _REMUX),
    (
        re.compile(rb"\x00\x00\x00?\x01[\x09\x67\x40\x42\x44]", re.DOTALL),
        "H.264 or H.265 without a container",
        _REMUX,
    ),
    (re.compile(rb"\.RMF", re.DOTALL), "a RealMedia file", _CONVERT),
    (re.compile(rb"\x06\x0e\x2b\x34", re.DOTALL), "an MXF file", _CONVERT),
    (re.compile(rb"\x7fELF|MZ|#!", re.DOTALL), "a program", _VIDEO),
)

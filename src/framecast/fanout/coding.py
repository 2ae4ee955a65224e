"""What a browser can play, and which tracks of a stream it therefore gets. Pure.

A browser sends what go2rtc's player sends: a list of codec strings (RFC 6381) that its MediaSource knows. It gets video and sound
as they are if their codecs are in that list. Otherwise it gets the stream's H.264 or AAC rendition, which exists once for all viewers.
"""

from __future__ import annotations

from dataclasses import dataclass

from framecast.errors import Invalid
from framecast.media.fmp4 import fits
from framecast.model import TrackInfo, TrackName, number

VIDEO, AUDIO = TrackName.parse("video"), TrackName.parse("audio")
H264, AAC = TrackName.parse("video/h264"), TrackName.parse("audio/aac")

MAX_LIST = 2000
# The first part of a codec string -> FFmpeg's name.
_FAMILIES = {
    "avc1": "h264",
    "avc3": "h264",
    "hvc1": "hevc",
    "hev1": "hevc",
    "av01": "av1",
    "vp09": "vp9",
    "mp4a": "aac",
    "opus": "opus",
}
_VIDEO = ("h264", "hevc", "av1", "vp9")
# H.264's profile_idc, each playable by decoders of those after it (annex A.2, constraint sets aside).
_H264_PROFILES = (0x42, 0x4D, 0x58, 0x64)
# General profiles of H.265 that decoders for Main in browsers have: Main, Main 10.
_HEVC_PROFILES = ("1", "2")


@dataclass(frozen=True, slots=True)
class Native:
    """What a stream has by itself. The codec strings are '' if MP4 cannot hold it."""

    video: TrackInfo | None
    audio: TrackInfo | None
    video_string: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """The tracks for a viewer; None for none."""

    video: TrackName | None
    audio: TrackName | None

    def __str__(self) -> str:
        return "+".join(str(track) for track in (self.video, self.audio) if track is not None)


NATIVE = Choice(VIDEO, AUDIO)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a player can play: codec strings by FFmpeg's name of the codec. `anything` if it did not say."""

    strings: dict[str, tuple[str, ...]]
    anything: bool = False

    @classmethod
    def parse(cls, text: object) -> Wanted:
        """Return what a list of codec strings says; an empty one says nothing, so everything that MP4 has is sent.

        Raises:
            Invalid: it is no such list, or nothing in it is known.
        """
        if not isinstance(text, str) or len(text) > MAX_LIST:
            raise Invalid("the codecs must be a string such as 'avc1.640029,mp4a.40.2'")
        strings: dict[str, tuple[str, ...]] = {}
        for one in filter(None, (part.strip().lower() for part in text.split(","))):
            family = _FAMILIES.get(one.partition(".")[0])
            if family:
                strings[family] = (*strings.get(family, ()), one)
        if text.strip() and not strings:
            raise Invalid(f"none of the codecs {text!r:.120} can be sent: known are {', '.join(_FAMILIES)}")
        return cls(strings, anything=not strings)

    @property
    def has_video(self) -> bool:
        """True if it plays pictures."""
        return self.anything or any(codec in self.strings for codec in _VIDEO)

    @property
    def has_audio(self) -> bool:
        """True if it plays sound."""
        return self.anything or "aac" in self.strings or "opus" in self.strings

    def plays(self, codec: str, string: str) -> bool:
        """True if a track of this codec and codec string can go to it as it is."""
        if self.anything:
            return True
        given = self.strings.get(codec, ())
        rule = _RULES.get(codec)
        return bool(given) and (rule is None or rule(string.lower(), given))


def choose(native: Native, wanted: Wanted) -> Choice:
    """Return the tracks for a player.

    Raises:
        Invalid: the stream has nothing for it.
    """
    video = _video(native, wanted) if native.video is not None and wanted.has_video else None
    audio = _audio(native.audio, wanted) if native.audio is not None and wanted.has_audio else None
    if video is None and audio is None:
        has = " and ".join(info.codec for info in (native.video, native.audio) if info is not None)
        raise Invalid(f"the stream has {has or 'no pictures or sound'}, but the player supports none of that")
    return Choice(video, audio)


def _video(native: Native, wanted: Wanted) -> TrackName | None:
    info = native.video
    assert info is not None
    if fits(info) and wanted.plays(info.codec, native.video_string):
        return VIDEO
    return H264 if wanted.anything or "h264" in wanted.strings else None


def _audio(info: TrackInfo, wanted: Wanted) -> TrackName | None:
    if fits(info) and wanted.plays(info.codec, ""):
        return AUDIO
    return AAC if wanted.anything or "aac" in wanted.strings else None


def _h264(string: str, given: tuple[str, ...]) -> bool:
    """Every decoder for a profile plays those below it; levels are not compared, as decoders in browsers have none."""
    profile = _profile(string)
    most = max((_profile(one) for one in given), default=0)
    return profile in _H264_PROFILES and (profile <= most or most == 0)


def _profile(string: str) -> int:
    """profile_idc out of 'avc1.640029'; 0 if the string does not say it."""
    try:
        return number.integer(string.partition(".")[2][:2], 0, 0xFF, 16)
    except ValueError:
        return 0


def _hevc(string: str, _given: tuple[str, ...]) -> bool:
    return string.split(".")[1:2] in [[profile] for profile in _HEVC_PROFILES]


def _main(string: str, given: tuple[str, ...]) -> bool:
    """AV1 and VP9: the profile that every decoder has, or one that was named."""
    profile = string.split(".")[1:2]
    return profile in (["0"], ["00"]) or profile in [one.split(".")[1:2] for one in given]


_RULES = {"h264": _h264, "hevc": _hevc, "av1": _main, "vp9": _main}

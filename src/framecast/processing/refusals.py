"""The sentences with which the check refuses a file: what was found, what is accepted, what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from framecast.media.uploaded import Track, Unreadable
from framecast.model.text import shown
from framecast.processing import accepted
from framecast.processing.containers import Container
from framecast.processing.outcome import Refused

_CONVERT = "convert it to MP4 with H.264 and AAC, and upload that"
# What FFmpeg says of a file that it cannot read, and what it means for its owner.
_CAUSES = {
    "moov atom not found": "the file has no index (moov), because it was cut off or its recording did not end: record or copy it again, and upload the whole file",
    "max_streams": f"the file has more than the {accepted.MOST_TRACKS} tracks that are accepted: leave out all but one video and one sound, for example with 'ffmpeg -i FILE -c copy new.mp4', and upload that",
}
_EXTERNAL = "external track"


def unreadable(error: Unreadable, container: Container) -> Refused:
    """The demuxer gives up."""
    for words, sentence in _CAUSES.items():
        if words in error.log:
            return Refused(sentence)
    if isinstance(error.__cause__, MemoryError):
        raise error.__cause__
    return Refused(
        f"the file begins like {container.name}, but the rest of it is damaged or something else: look whether it plays on this device, and upload the whole file, or convert it to MP4 first"
    )


def check_log(log: str) -> None:
    """Refuse a file whose pictures are in another file.

    Raises:
        Refused: it names one.
    """
    if _EXTERNAL in log:
        raise Refused(
            "the file refers to pictures or sound in another file, which is never read: export it as one file with everything in it, and upload that"
        )


def too_many_tracks() -> Refused:
    """More tracks than a video has."""
    return Refused(_CAUSES["max_streams"])


def too_much_metadata(fields: int, characters: int) -> Refused:
    """Texts without end."""
    return Refused(
        f"the file has {fields} metadata fields of {characters} characters, and at most {accepted.MOST_METADATA} of {accepted.MOST_METADATA_CHARACTERS} are accepted: "
        "leave them out, for example with 'ffmpeg -i FILE -map_metadata -1 -c copy new.mp4', and upload that"
    )


def too_many(what: str, found: int, most: int) -> Refused:
    """Too many of something that a video has."""
    return Refused(f"the file has {found} {what}, and at most {most} are accepted: {_CONVERT}")


def number(what: str, found: int, least: int, most: int) -> Refused:
    """A number out of its range."""
    return Refused(
        f"the file has {shown(str(found), 30)} {what}, and accepted are {least} to {most}: {_CONVERT}"
    )


def codec(what: str, found: str, known: Mapping[str, str]) -> Refused:
    """A codec that is not on the list. `what`: "pictures are", "sound is"."""
    names = ", ".join(dict.fromkeys(known.values()))
    named = f"coded as {found}" if found else "in a codec that is not known here"
    return Refused(f"the {what} {named}, and accepted are {names}: {_CONVERT}")


def nothing_to_play(tracks: Iterable[Track]) -> Refused:
    """Neither video nor sound."""
    others = sorted({one.kind for one in tracks if one.kind not in ("video", "audio")})
    found = f"only {' and '.join(others)}" if others else "no track"
    return Refused(
        f"the file has {found}, and accepted are files with video or sound: upload the video itself"
    )


def encrypted() -> Refused:
    """Content that needs a key."""
    return Refused(
        "the file is encrypted (DRM), and only files that play without a key are accepted: upload a copy without DRM"
    )


def dolby_vision() -> Refused:
    """Colours that only licensed devices know how to show."""
    return Refused(
        "the file has Dolby Vision without a picture that other players know, and accepted are SDR, HDR10 and HLG: export it as HDR10, HLG or SDR, and upload that"
    )


def check_size(width: int, height: int) -> None:
    """Refuse pictures that are too small or too large.

    Raises:
        Refused: says which sizes are accepted.
    """
    least, most = accepted.LEAST_SIDE, accepted.MOST_SIDE
    if not width or not height:
        raise Refused(
            f"the size of the pictures is not clear, or it is more than the {most} pixels a side that are accepted: {_CONVERT}"
        )
    if not (least <= width <= most and least <= height <= most and width * height <= accepted.MOST_PIXELS):
        raise Refused(
            f"the pictures are {width}x{height}, and accepted are sides of {least} to {most} pixels and at most {accepted.MOST_PIXELS // 10**6} million pixels: scale the video, and upload that"
        )


def times(start: Fraction) -> Refused:
    """Times that no recording has."""
    return Refused(
        f"the video begins at {float(start):.0f} s of its own clock, which no player can show: copy it into a new file, for example with 'ffmpeg -i FILE -c copy new.mp4', and upload that"
    )


def too_long(duration: Fraction) -> Refused:
    """Longer than a day."""
    return Refused(
        f"the file lasts {float(duration) / 3600:.0f} hours, and at most {accepted.MOST_HOURS} are accepted: cut it into parts, and upload them"
    )


def undecodable(name: str, what: str) -> Refused:
    """Nothing comes out of the decoder."""
    return Refused(
        f"no {what} of the file can be decoded, although it says that it is {name}: look whether it plays on this device, convert it to MP4 with H.264 and AAC, and upload that"
    )


def plain(text: str, most: int) -> str:
    """Return a text of the file as it can be kept: nothing that moves a cursor, at most `most` characters."""
    return shown(text, most)

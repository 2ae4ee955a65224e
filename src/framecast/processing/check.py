"""The task `check`: is an uploaded file a video that is accepted, and what is in it?

Looks at the first bytes, then at the description, then at a few pictures; each step only after the one before has found nothing wrong. No sentence here has a text of
the file in it but names of codecs. Returns the facts of `facts.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, BinaryIO, cast

from framecast.media.uploaded import Allowed, Track, Unreadable, UploadedFile, decoders_of
from framecast.processing import accepted, rates, refusals
from framecast.processing.containers import HEAD_BYTES, container_of
from framecast.processing.outcome import Refused
from framecast.processing.reading import BoundedReader

_SAMPLED = 300
# In a file that is longer, a picture of its middle is decoded, too.
_LONG_S = 4
_TRANSFERS = {
    16: "pq",
    18: "hlg",
}  # ITU-T H.273: SMPTE ST 2084, ARIB STD-B67; everything else is shown as SDR
_ALLOWED = Allowed(tuple(decoders_of((*accepted.VIDEO_CODECS, *accepted.AUDIO_CODECS))), accepted.MOST_PIXELS)


def run(request: Mapping[str, Any], report: Callable[[float], None]) -> dict[str, Any]:
    """Return the facts of the file `request["input"]`.

    Raises:
        Refused: says what was found, what is accepted and what to do.
    """
    with open(request["input"], "rb") as file:
        container = container_of(file.read(HEAD_BYTES))
        file.seek(0)
        reader = BoundedReader(file)
        try:
            with UploadedFile(cast(BinaryIO, reader), container.demuxer, _ALLOWED) as uploaded:
                report(0.2)
                return {"container": container.demuxer, **_facts(uploaded, reader, report)}
        except Unreadable as error:
            raise refusals.unreadable(error, container) from error


def _facts(uploaded: UploadedFile, reader: BoundedReader, report: Callable[[float], None]) -> dict[str, Any]:
    _check_counts(uploaded)
    video = next((one for one in uploaded.tracks if one.kind == "video" and not one.is_still), None)
    audio = next((one for one in uploaded.tracks if one.kind == "audio"), None)
    if video is None and audio is None:
        raise refusals.nothing_to_play(uploaded.tracks)
    if video is not None:
        _check_video(video)
    if audio is not None:
        _check_audio(audio)
    refusals.check_log(uploaded.log)
    duration = _duration(uploaded, video or audio, reader)
    described = None if video is None else _described(uploaded, video, duration, reader)
    report(0.6)
    can_decode = audio is None or uploaded.has_sound(audio)
    if uploaded.is_encrypted:
        raise refusals.encrypted()
    if audio is not None and video is None and not can_decode:
        raise refusals.undecodable(accepted.AUDIO_CODECS[audio.codec], "sound")
    title = uploaded.metadata.get("title", "").strip()
    return {
        "duration_s": None if duration is None else float(duration),
        "video": described,
        "audio": None
        if audio is None
        else {**_named(audio), "sample_rate": audio.sample_rate, "channels": audio.channels},
        "subtitles": [_named(one) for one in uploaded.tracks if one.codec in accepted.TEXT_CODECS][
            : accepted.MOST_SUBTITLES
        ],
        "chapters": uploaded.chapters,
        "can_remux": _can_remux(video, audio),
        "title": refusals.plain(title, accepted.MOST_TITLE),
    }


def _check_counts(uploaded: UploadedFile) -> None:
    if uploaded.count > accepted.MOST_TRACKS:
        raise refusals.too_many_tracks()
    if uploaded.chapters > accepted.MOST_CHAPTERS:
        raise refusals.too_many("chapters", uploaded.chapters, accepted.MOST_CHAPTERS)
    metadata = uploaded.metadata
    characters = sum(len(name) + len(value) for name, value in metadata.items())
    if len(metadata) > accepted.MOST_METADATA or characters > accepted.MOST_METADATA_CHARACTERS:
        raise refusals.too_much_metadata(len(metadata), characters)


def _check_video(track: Track) -> None:
    if track.codec not in accepted.VIDEO_CODECS:
        raise refusals.codec("pictures are", track.codec, accepted.VIDEO_CODECS)
    if track.tag in ("dvh1", "dvhe"):
        raise refusals.dolby_vision()
    refusals.check_size(track.width, track.height)


def _check_audio(track: Track) -> None:
    if track.codec not in accepted.AUDIO_CODECS:
        raise refusals.codec("sound is", track.codec, accepted.AUDIO_CODECS)
    if not 1 <= track.channels <= accepted.MOST_CHANNELS:
        raise refusals.number("channels of sound", track.channels, 1, accepted.MOST_CHANNELS)
    if not accepted.LEAST_RATE <= track.sample_rate <= accepted.MOST_RATE:
        raise refusals.number(
            "samples of sound a second", track.sample_rate, accepted.LEAST_RATE, accepted.MOST_RATE
        )


def _duration(uploaded: UploadedFile, track: Track | None, reader: BoundedReader) -> Fraction | None:
    """Return how long the file is. Browsers record files that do not say it: these are read to their end, as far as the time allows."""
    assert track is not None
    duration = uploaded.duration_s
    start = track.start_s or Fraction(0)
    if not accepted.EARLIEST_S <= start <= accepted.LATEST_S:
        raise refusals.times(start)
    if duration is None:
        try:
            last = uploaded.last_s(track)
        except Refused:
            return None
        duration = None if last is None else max(last - start, Fraction(0))
    if duration is not None and duration > accepted.MOST_HOURS * 3600:
        raise refusals.too_long(duration)
    return duration or None


def _described(
    uploaded: UploadedFile, track: Track, duration: Fraction | None, reader: BoundedReader
) -> dict[str, Any]:
    times = uploaded.times(track, _SAMPLED)
    pace = rates.pace_of(times, track.rates)
    if pace.fps > accepted.MOST_FPS:
        raise refusals.number("pictures a second", round(pace.fps), 0, accepted.MOST_FPS)
    first = uploaded.picture(track)
    if uploaded.is_encrypted:
        raise refusals.encrypted()
    if first is None:
        raise refusals.undecodable(accepted.VIDEO_CODECS[track.codec], "picture")
    refusals.check_size(first.width, first.height)
    if duration is not None and duration > _LONG_S and not reader.is_half_spent:
        later = uploaded.picture(track, (track.start_s or 0) + duration / 2)
        if later is not None:  # a gap in the middle does not matter
            refusals.check_size(later.width, later.height)
    return {
        **_named(track),
        "width": first.width,
        "height": first.height,
        "fps": float(pace.fps),
        "is_vfr": pace.is_variable,
        "rotation": track.rotation,
        "is_mirrored": track.is_mirrored,
        "pixel_format": track.pixels,
        "pixel_ratio": [track.ratio.numerator, track.ratio.denominator],
        "bit_depth": track.bits or 8,
        "transfer": _TRANSFERS.get(track.transfer, "sdr"),
    }


def _can_remux(video: Track | None, audio: Track | None) -> bool:
    """Whether browsers play it as it is: H.264 of 8 bits in 4:2:0, or no pictures; AAC, or no sound."""
    is_played = video is None or (
        video.codec == "h264"
        and video.pixels in accepted.REMUX_PIXELS
        and _TRANSFERS.get(video.transfer) is None
    )
    return is_played and (audio is None or audio.codec == "aac")


def _named(track: Track) -> dict[str, Any]:
    return {
        "index": track.index,
        "codec": track.codec,
        "language": refusals.plain(track.language, 8),
        "label": refusals.plain(track.title, 80),
    }

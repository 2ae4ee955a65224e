"""Files of every kind that programs read picture by picture: 50 pictures of 160 x 120, each with its number in it.

`FILMS` names them; `film(name)` makes one, once. Their key frames are 10 pictures apart, where the codec has any.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.media_files import Clip, made

COUNT = 50
_SIZE = (160, 120)
_X264 = "-c:v libx264 -preset veryfast -g 10 -pix_fmt yuv420p"
# Name of the file -> what FFmpeg does with the numbered pictures.
FILMS = {
    "plain.mp4": f"{_X264} -bf 0",
    "b-frames.mp4": f"{_X264} -bf 2",
    "open-gop.mp4": f"{_X264} -bf 3 -x264-params open-gop=1",
    "fast.mp4": f"{_X264} -bf 2 -r 60000/1001 -frames:v {COUNT}",
    "fragmented.mp4": f"{_X264} -bf 2 -movflags frag_keyframe+empty_moov",
    "late.mp4": f"{_X264} -bf 2 -output_ts_offset 5",
    "sound.mp4": f"{_X264} -bf 2 -c:a aac",
    "turned.mp4": f"{_X264} -bf 2 -metadata:s:v:0 rotate=90",
    "mpeg4.mp4": "-c:v mpeg4 -g 10",
    "b-frames.mkv": f"{_X264} -bf 2",
    "lossless.mkv": "-c:v ffv1",
    "vp8.webm": "-c:v libvpx -deadline realtime -cpu-used 8 -g 10",
    "vp9.webm": "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 10",
    "jpeg.avi": "-c:v mjpeg -q:v 4",
    "plain.avi": f"{_X264} -bf 0",
    "b-frames.avi": f"{_X264} -bf 2",
    "mpeg4.avi": "-c:v mpeg4 -bf 2 -g 10",
    "bare.h264": f"{_X264} -bf 2",
    "plain.ts": f"{_X264} -bf 0",
    "b-frames.ts": f"{_X264} -bf 2",
    "b-frames.flv": f"{_X264} -bf 2",
    "varying.mp4": f"{_X264} -bf 2 -vf setpts=PTS*(1+gte(N\\,20)*0.05*(N-20)) -fps_mode passthrough",
}


def film(name: str) -> Path:
    """Return the path of a film of the shelf."""
    sound = ["-shortest"] if "-c:a" in FILMS[name] else ["-an"]
    return made(f"film-{name}", *_inputs(), *FILMS[name].split(), *sound)


def cut() -> Path:
    """Return a film whose edit list hides its first pictures."""
    return made("film-cut.mp4", "-ss", "0.53", "-i", str(film("plain.mp4")), "-c", "copy")


def trimmed() -> Path:
    """Return a film that begins with pictures whose reference was cut off: they lead to its first key frame."""
    whole = made("film-whole.mpg", *_inputs(), *["-c:v", "mpeg2video", "-g", "12", "-bf", "2", "-an"])
    return made("film-trimmed.mpg", "-ss", "1", "-i", str(whole), "-c", "copy")


def single() -> Path:
    """Return a film of one picture."""
    return made("film-single.mp4", *_inputs(), *f"{_X264} -frames:v 1 -an".split())


def odd() -> Path:
    """Return a film whose sides are odd."""
    return Clip(size=(321, 241), seconds=1).path()


def _inputs() -> list[str]:
    pictures = Clip(video="mjpeg", size=_SIZE, seconds=COUNT / 25).path()
    return ["-i", str(pictures), "-f", "lavfi", "-i", "sine=440"]

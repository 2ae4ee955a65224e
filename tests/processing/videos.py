"""Files that the check must accept, and what it must find in them: of FFmpeg's and GStreamer's muxers, as phones, cameras, browsers and recorders write them."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import needs
from tests.support.media_files import made, made_by

NTSC = ("-f", "lavfi", "-i", "testsrc2=size=192x144:rate=30000/1001:duration=2")
PICTURES = ("-f", "lavfi", "-i", "testsrc2=size=192x144:rate=25:duration=2")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25")
AAC = ("-c:a", "aac", "-b:a", "48k")
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", "log-level=none")


# The first eight numbers of a display matrix, by degrees clockwise.
_TURNS = {
    90: (0, 1, 0, -1, 0, 0, 144, 0),
    180: (-1, 0, 0, 0, -1, 0, 192, 144),
    270: (0, -1, 0, 1, 0, 0, 0, 192),
}


@dataclass(frozen=True, slots=True)
class Video:
    """`make` returns the path; `facts` are those that must be found: keys with dots lead into `video` and `audio`."""

    name: str
    make: Callable[[], Path]
    facts: dict[str, Any] = field(default_factory=dict)


def by_ffmpeg(name: str, *arguments: str, **facts: Any) -> Video:
    """Return a video of FFmpeg's; `video_codec` stands for `video.codec`."""
    return Video(name, lambda: made(f"accepted-v1-{name}", *arguments), _dotted(facts))


def by_gstreamer(name: str, pipeline: str, **facts: Any) -> Video:
    """Return a video of GStreamer's."""

    def make(path: Path) -> None:
        program = needs.gst_launch()
        command = [program, "-q", *pipeline.split(), "!", "filesink", f"location={path}"]
        subprocess.run(command, check=True, capture_output=True, timeout=110)

    return Video(name, lambda: made_by(f"accepted-v1-gst-{name}", make), _dotted(facts))


def _dotted(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        name.replace("_", ".", 1) if name.startswith(("video_", "audio_")) else name: value
        for name, value in facts.items()
    }


def plain() -> Path:
    """Return an MP4 file of H.264 and AAC."""
    return made("accepted-v1-plain.mp4", *PICTURES, *SOUND, *H264, *AAC)


def turned(degrees: int) -> Video:
    """Return a phone's video: the pictures lie on their side, and a matrix says so."""
    name = f"turned-{degrees}.mp4"

    def make(path: Path) -> None:
        content = bytearray(plain().read_bytes())
        at = content.index(b"tkhd") + 4 + 40  # of the first track, the pictures (ISO/IEC 14496-12, 8.3.2)
        struct.pack_into(">9i", content, at, *(number << 16 for number in _TURNS[degrees]), 1 << 30)
        path.write_bytes(content)

    return Video(
        name,
        lambda: made_by(f"accepted-v1-{name}", make),
        {"video.rotation": degrees, "video.width": 192, "can_remux": True},
    )


FFMPEG = (
    Video(
        "plain.mp4",
        plain,
        {
            "container": "mov",
            "video.codec": "h264",
            "audio.codec": "aac",
            "can_remux": True,
            "duration_s": 2.0,
            "video.fps": 25.0,
            "video.is_vfr": False,
            "video.width": 192,
            "video.height": 144,
            "video.bit_depth": 8,
            "video.transfer": "sdr",
        },
    ),
    *(turned(degrees) for degrees in (90, 180, 270)),
    by_ffmpeg("faststart.mov", *PICTURES, *SOUND, *H264, *AAC, "-movflags", "+faststart", can_remux=True),
    by_ffmpeg(
        "fragmented.mp4",
        *PICTURES,
        *SOUND,
        *H264,
        *AAC,
        "-movflags",
        "+frag_keyframe+empty_moov",
        can_remux=True,
        video_fps=25.0,
    ),
    by_ffmpeg(
        "ntsc.mp4",
        *NTSC,
        *H264,
        video_fps=30000 / 1001,
        video_is_vfr=False,
        audio=None,
        can_remux=True,
    ),
    by_ffmpeg("ntsc.mkv", *NTSC, *H264, video_fps=30000 / 1001, video_is_vfr=False),
    by_ffmpeg(
        "slow-motion.mp4",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=64x48:rate=240:duration=1",
        *H264,
        video_fps=240.0,
        video_is_vfr=False,
    ),
    by_ffmpeg(
        "uneven.mp4",
        *PICTURES,
        "-vf",
        r"select=not(mod(n\,3))+lt(n\,20)",
        "-fps_mode",
        "vfr",
        *H264,
        "-bf",
        "0",
        video_is_vfr=True,
        can_remux=True,
    ),
    by_ffmpeg(
        "uneven.mkv",
        *PICTURES,
        "-vf",
        r"select=not(mod(n\,3))+lt(n\,20)",
        "-fps_mode",
        "vfr",
        *H264,
        video_is_vfr=True,
    ),
    by_ffmpeg(
        "ten-bits.mp4",
        *PICTURES,
        *X265,
        "-pix_fmt",
        "yuv420p10le",
        video_codec="hevc",
        video_bit_depth=10,
        video_transfer="sdr",
        can_remux=False,
    ),
    by_ffmpeg(
        "ten-bits-h264.mp4",
        *PICTURES,
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-pix_fmt",
        "yuv420p10le",
        video_codec="h264",
        video_bit_depth=10,
        can_remux=False,
    ),
    by_ffmpeg(
        "hdr10.mp4",
        *PICTURES,
        *X265,
        "-pix_fmt",
        "yuv420p10le",
        "-color_primaries",
        "bt2020",
        "-color_trc",
        "smpte2084",
        "-colorspace",
        "bt2020nc",
        video_transfer="pq",
        can_remux=False,
    ),
    by_ffmpeg(
        "hlg.mp4",
        *PICTURES,
        *X265,
        "-pix_fmt",
        "yuv420p10le",
        "-color_primaries",
        "bt2020",
        "-color_trc",
        "arib-std-b67",
        "-colorspace",
        "bt2020nc",
        video_transfer="hlg",
    ),
    by_ffmpeg(
        "422.mp4",
        *PICTURES,
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-pix_fmt",
        "yuv422p",
        can_remux=False,
    ),
    by_ffmpeg("wide-pixels.mp4", *PICTURES, "-vf", "setsar=16/11", *H264, video_pixel_ratio=[16, 11]),
    by_ffmpeg("mono.mp4", *PICTURES, *SOUND, *H264, *AAC, "-ac", "1", audio_channels=1, can_remux=True),
    by_ffmpeg("surround.mp4", *PICTURES, *SOUND, *H264, *AAC, "-ac", "6", audio_channels=6, can_remux=True),
    by_ffmpeg(
        "ac3.mkv", *PICTURES, *SOUND, *H264, "-c:a", "ac3", "-ac", "6", audio_codec="ac3", can_remux=False
    ),
    by_ffmpeg("sound.m4a", *SOUND, *AAC, video=None, audio_codec="aac", can_remux=True),
    by_ffmpeg("sound.ogg", *SOUND, "-c:a", "libvorbis", video=None, audio_codec="vorbis", container="ogg"),
    by_ffmpeg("sound.mka", *SOUND, "-c:a", "flac", video=None, audio_codec="flac"),
    by_ffmpeg(
        "browser.webm",
        *PICTURES,
        *SOUND,
        "-c:v",
        "libvpx",
        "-deadline",
        "realtime",
        "-c:a",
        "libopus",
        "-f",
        "webm",
        "-live",
        "1",
        video_codec="vp8",
        audio_codec="opus",
        duration_s=2.0,
    ),
    by_ffmpeg(
        "vp9.webm",
        *PICTURES,
        *SOUND,
        "-c:v",
        "libvpx-vp9",
        "-deadline",
        "realtime",
        "-cpu-used",
        "8",
        "-c:a",
        "libopus",
        video_codec="vp9",
        container="matroska",
    ),
    by_ffmpeg("av1.mp4", *PICTURES, "-c:v", "libsvtav1", "-preset", "12", video_codec="av1"),
    by_ffmpeg("camera.ts", *PICTURES, *SOUND, *H264, *AAC, container="mpegts", can_remux=True),
    by_ffmpeg(
        "camcorder.m2ts",
        *PICTURES,
        *SOUND,
        *H264,
        "-c:a",
        "ac3",
        "-f",
        "mpegts",
        "-mpegts_m2ts_mode",
        "1",
        container="mpegts",
    ),
    by_ffmpeg("dvb.ts", *PICTURES, *SOUND, "-c:v", "mpeg2video", "-c:a", "mp2", video_codec="mpeg2video"),
    by_ffmpeg(
        "old.avi",
        *PICTURES,
        *SOUND,
        "-c:v",
        "mpeg4",
        "-c:a",
        "libmp3lame",
        container="avi",
        video_codec="mpeg4",
        audio_codec="mp3",
    ),
    by_ffmpeg(
        "dashcam.avi",
        *PICTURES,
        *SOUND,
        "-c:v",
        "mjpeg",
        "-c:a",
        "pcm_s16le",
        video_codec="mjpeg",
        audio_codec="pcm_s16le",
    ),
    by_ffmpeg(
        "edit.mov",
        *PICTURES,
        *SOUND,
        "-c:v",
        "prores_ks",
        "-c:a",
        "pcm_s24le",
        "-ar",
        "48000",
        video_codec="prores",
        video_bit_depth=10,
    ),
    by_ffmpeg("old.ogv", *PICTURES, *SOUND, "-c:v", "libtheora", "-c:a", "libvorbis", video_codec="theora"),
)
_X264 = "x264enc tune=zerolatency ! video/x-h264,profile=main ! h264parse"
_TEST = "videotestsrc num-buffers=50 ! video/x-raw,width=192,height=144,framerate=25/1"
_TONE = "audiotestsrc num-buffers=93 ! audio/x-raw,rate=48000,channels=2"
GSTREAMER = (
    by_gstreamer(
        "mp4mux.mp4",
        f"{_TEST} ! {_X264} ! mux. {_TONE} ! avenc_aac ! aacparse ! mux. mp4mux name=mux",
        can_remux=True,
        video_fps=25.0,
        audio_codec="aac",
    ),
    by_gstreamer(
        "qtmux-fragments.mov",
        f"{_TEST} ! {_X264} ! mux. qtmux name=mux fragment-duration=1000",
        can_remux=True,
        video_codec="h264",
    ),
    by_gstreamer(
        "matroskamux.mkv",
        f"{_TEST} ! {_X264} ! mux. {_TONE} ! opusenc ! mux. matroskamux name=mux",
        video_codec="h264",
        audio_codec="opus",
    ),
    by_gstreamer(
        "webmmux.webm",
        f"{_TEST} ! vp8enc deadline=1 ! mux. {_TONE} ! opusenc ! mux. webmmux name=mux",
        video_codec="vp8",
    ),
    by_gstreamer(
        "webmmux-streamable.webm",
        f"{_TEST} ! vp8enc deadline=1 ! mux. webmmux name=mux streamable=true",
        video_codec="vp8",
    ),
    by_gstreamer(
        "mpegtsmux.ts",
        f"{_TEST} ! {_X264} ! mux. {_TONE} ! avenc_aac ! aacparse ! mux. mpegtsmux name=mux",
        video_codec="h264",
        audio_codec="aac",
    ),
    by_gstreamer("avimux.avi", f"{_TEST} ! jpegenc ! mux. avimux name=mux", video_codec="mjpeg"),
    by_gstreamer(
        "oggmux.ogg",
        f"{_TEST} ! theoraenc ! mux. {_TONE} ! vorbisenc ! mux. oggmux name=mux",
        video_codec="theora",
    ),
)

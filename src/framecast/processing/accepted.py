"""What an uploaded video may be: codecs, sizes, lengths and counts. `docs/reference/library.md` has them for people."""

from __future__ import annotations

# FFmpeg's names of codecs, and what people call them. Decoders of other codecs are never opened.
VIDEO_CODECS = {
    "h264": "H.264",
    "hevc": "H.265",
    "av1": "AV1",
    "vp9": "VP9",
    "vp8": "VP8",
    "mpeg4": "MPEG-4",
    "mpeg2video": "MPEG-2",
    "mjpeg": "MJPEG",
    "prores": "ProRes",
    "theora": "Theora",
    "h263": "H.263",
}
AUDIO_CODECS = {
    "aac": "AAC",
    "mp3": "MP3",
    "mp2": "MP2",
    "opus": "Opus",
    "vorbis": "Vorbis",
    "flac": "FLAC",
    "alac": "ALAC",
    "ac3": "AC-3",
    "eac3": "E-AC-3",
    "dts": "DTS",
    "amr_nb": "AMR",
    "amr_wb": "AMR-WB",
    **dict.fromkeys(
        (
            *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le"),
            *("pcm_f32be", "pcm_u8", "pcm_s8", "pcm_alaw", "pcm_mulaw"),
        ),
        "PCM",
    ),
}
# Subtitles that are text; others are left out.
TEXT_CODECS = frozenset({"mov_text", "subrip", "ass", "webvtt", "text"})
# What browsers play as it is.
REMUX_PIXELS = frozenset({"yuv420p", "yuvj420p"})

MOST_TRACKS = 32
MOST_CHAPTERS = 1000
MOST_SUBTITLES = 20
MOST_METADATA, MOST_METADATA_CHARACTERS = 1000, 1 << 20
LEAST_SIDE, MOST_SIDE = 16, 8192
MOST_PIXELS = 8192 * 4320
MOST_FPS = 480
MOST_HOURS = 24
# Times may begin a little before 0 (edit lists), and far behind it (recordings of a running transmission).
EARLIEST_S, LATEST_S = -3600, 400 * 86400
MOST_CHANNELS, LEAST_RATE, MOST_RATE = 16, 4000, 384_000
MOST_TITLE = 200

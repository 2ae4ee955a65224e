"""Video and audio files, played at their own rate: over and over, or once. Runs in the source process."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

from framecast.bus import Publisher
from framecast.errors import Invalid, SourceError
from framecast.media.demux import Opening
from framecast.model import REASONS, Source, StreamSpec
from framecast.sources.playback import play

# No playlists and no concatenations: they name other files. No single pictures: they have no time.
_FORMATS = (
    "mov,mp4,matroska,webm,mpegts,mpeg,mpegvideo,avi,flv,asf,mxf,gxf,nut,ogg,dv,ivf,obu,h264,hevc,vvc,m4v,mjpeg,mpjpeg,rm,"
    "gif,apng,yuv4mpegpipe,mp3,aac,flac,wav,w64,aiff,au,caf,amr,ac3,eac3,opus,3gp"
)


def run(publisher: Publisher, spec: StreamSpec, stop: threading.Event) -> None:
    """Play a file; returns at its end if it does not loop.

    Raises:
        SourceError: it is not there, may not be read, or cannot be played.
    """
    path = path_of(spec.source)
    if not path.exists():
        raise SourceError("not-found", f"there is no file {path}")
    if path.is_dir() or path.is_char_device():
        raise SourceError("unsupported", f"{path} is not a media file")
    try:
        if not path.stat().st_size and path.is_file():
            raise SourceError("bad-data", f"{path} is empty")
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))  # a pipe without a writer must not hold us here
    except PermissionError as error:
        raise SourceError("forbidden", f"{path} may not be read by this user") from error
    except OSError as error:
        raise SourceError("failed", f"{REASONS['failed']}: {path}: {error.strerror}") from error
    play(publisher, spec, stop, opening_for(spec, path))


def opening_for(spec: StreamSpec, path: Path) -> Opening:
    """Return how FFmpeg may open a file: that file, and no other protocol."""
    return Opening(f"file:{path}", "file", _FORMATS, spec.timeout_s, spec.stall_s, audio=spec.audio)


def path_of(source: Source) -> Path:
    """Return the path of a `file:` URL or of a plain path; `~` is the home folder.

    Raises:
        Invalid: it is the path of nothing.
    """
    text = source.reveal()
    try:
        if source.scheme == "file":
            parts = urlsplit(text)
            text = unquote(parts.path, errors="surrogateescape") if text[5:6] == "/" else text[5:]
        path = Path(text).expanduser()
    except (RuntimeError, ValueError) as error:  # a `~` of nobody; an address whose brackets do not close
        raise Invalid(f"{source} is not the path of a file: {error}") from error
    if "\0" in text:
        raise Invalid(f"the path {text!r:.80} has a zero byte in it: no file has such a name")
    return path

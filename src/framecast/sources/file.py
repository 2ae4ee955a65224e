"""Video and audio files, played at their own rate or at the pace of their only reader. Runs in the source process."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from framecast.bus import Patience, Publisher
from framecast.errors import SourceError
from framecast.media.opening import Opening
from framecast.model import REASONS, Source, StreamSpec
from framecast.sources.fastest import deliver
from framecast.sources.playback import play

# No playlists or concatenations, because they name other files. No single pictures, because they have no time.
_FORMATS = (
    "mov,mp4,matroska,webm,mpegts,mpeg,mpegvideo,avi,flv,asf,mxf,gxf,nut,ogg,dv,ivf,obu,h264,hevc,vvc,m4v,mjpeg,mpjpeg,rm,"
    "gif,apng,yuv4mpegpipe,mp3,aac,flac,wav,w64,aiff,au,caf,amr,ac3,eac3,opus,3gp"
)


def run(publisher: Publisher, spec: StreamSpec, stop: threading.Event) -> None:
    """Play a file; return at its end unless it loops.

    Raises:
        SourceError: it does not exist, may not be read, or cannot be played.
    """
    path = path_of(spec.source)
    if not path.exists():
        raise SourceError("not-found", f"there is no file {path}")
    if path.is_dir() or path.is_char_device():
        raise SourceError("unsupported", f"{path} is not a media file")
    try:
        if not path.stat().st_size and path.is_file():
            raise SourceError("bad-data", f"{path} is empty")
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))  # opening a pipe without a writer must not block
    except PermissionError as error:
        raise SourceError("forbidden", f"{path} may not be read by this user") from error
    except OSError as error:
        raise SourceError("failed", f"{REASONS['failed']}: {path}: {error.strerror}") from error
    if spec.reading.pace == "fastest":
        deliver(publisher, spec, stop, opening_for(spec, path))
        return
    if spec.reading.pace == "patient":
        publisher.wait_for_reader(Patience(stop, on_demand=False))
    play(publisher, spec, stop, opening_for(spec, path))


def opening_for(spec: StreamSpec, path: Path) -> Opening:
    """Return how FFmpeg may open a file: only that file, by no other protocol."""
    return Opening(f"file:{path}", "file", _FORMATS, spec.timeout_s, spec.stall_s, audio=spec.audio)


def path_of(source: Source) -> Path:
    """Return the path that a file's address names.

    Raises:
        Invalid: the path is empty or not valid.
    """
    return source.path

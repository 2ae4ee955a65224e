"""What FFmpeg's errors mean: a reason that programs can act on, and a sentence for people without secrets.

FFmpeg names few causes: a server that goes away, one that sends garbage and one that is too slow all end as "invalid data".
So the log of the call and its duration are considered as well. Any thread.
"""

from __future__ import annotations

from collections.abc import Iterable

import av.error

from framecast.errors import SourceError
from framecast.model import REASONS

# First match wins: PyAV's classes also derive from Python's own.
_BY_CLASS: tuple[tuple[type[BaseException], str], ...] = (
    (av.error.HTTPUnauthorizedError, "bad-auth"),
    (av.error.HTTPForbiddenError, "bad-auth"),
    (av.error.HTTPNotFoundError, "not-found"),
    (av.error.HTTPError, "failed"),
    (av.error.ExitError, "timeout"),
    (av.error.EOFError, "closed"),
    (av.error.DemuxerNotFoundError, "unsupported"),
    (av.error.DecoderNotFoundError, "unsupported"),
    (av.error.ProtocolNotFoundError, "forbidden"),
    (av.error.InvalidDataError, "bad-data"),
    (TimeoutError, "timeout"),
    (ConnectionRefusedError, "refused"),
    (ConnectionError, "closed"),
    (FileNotFoundError, "not-found"),
    (NotADirectoryError, "not-found"),
    (IsADirectoryError, "unsupported"),
    (PermissionError, "forbidden"),
    (MemoryError, "memory"),
)
# Causes in FFmpeg's log that its error does not name; the texts about whitelists are those of avio.c, demux.c and hls.c.
_BY_LOG: tuple[tuple[str, str], ...] = (
    ("not on whitelist", "forbidden"),
    ("not in allowed_", "forbidden"),
    ("not in allowed extensions", "forbidden"),
    ("is not in allowed_segment_extensions", "forbidden"),
    ("401 Unauthorized", "bad-auth"),
    ("403 Forbidden", "bad-auth"),
    ("404 Not Found", "not-found"),
    ("404 Stream Not Found", "not-found"),
    ("Format not on whitelist", "unsupported"),
)
# Log messages that say more than the reason, in words for people.
_SENTENCES = {
    "moov atom not found": "the file has no index (moov): it was cut off, or is still being written; record it again, or repair it",
}


def source_error(error: BaseException, log: Iterable[str] = (), timed_out: bool = False) -> SourceError:
    """Return what `error` of FFmpeg means. `timed_out` is True if the call used all of its time."""
    said = "\n".join(log)
    reason = _reason(error, said, timed_out)
    for words, sentence in _SENTENCES.items():
        if words in said:
            return SourceError(reason, f"{REASONS[reason]}: {sentence}")
    found = getattr(error, "strerror", None) or type(error).__name__
    return SourceError(reason, f"{REASONS[reason]} ({found})")


def _reason(error: BaseException, log: str, timed_out: bool) -> str:
    for words, reason in _BY_LOG:
        if words in log:
            return "unsupported" if "Format not on whitelist" in log and reason == "forbidden" else reason
    if timed_out and not isinstance(error, av.error.HTTPError):
        return "timeout"
    return next((reason for kind, reason in _BY_CLASS if isinstance(error, kind)), "failed")

"""What an `Mp4Timeline` gives: a description of the tracks, init segments, fragments, refusals; and the rules it keeps. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from framecast.errors import Invalid
from framecast.fanout.coding import Native
from framecast.media.fmp4 import Fmp4Muxer, Fragment, MediaRecord

R = TypeVar("R", bound=MediaRecord)


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs between one timeline for many viewers and the files of one reader.

    `is_shared`: a new file continues the time of the one before, and its init segment is sent only if it differs; only the
    first file waits for the sound; sound that has stopped is left out at the next key frame; a group of pictures that is
    larger than `max_held_bytes` is dropped while it waits. If not shared, each file begins at zero with an init segment, waits for
    the sound, and begins without it when `max_held_bytes` are held.
    """

    max_held_bytes: int
    is_shared: bool


class Init(NamedTuple, Generic[R]):
    """A new init segment, `muxer.init_segment`; `record` is the first one behind it."""

    muxer: Fmp4Muxer
    record: R


class Muxed(NamedTuple, Generic[R]):
    """The fragment of a record."""

    fragment: Fragment
    record: R


class Described(NamedTuple):
    """What the tracks are, although MP4 may not hold them."""

    native: Native


class Refused(NamedTuple):
    """MP4 cannot hold the video, or the sound that stands alone. The next key frame is tried again."""

    error: Invalid


Output = Init[R] | Muxed[R] | Described | Refused

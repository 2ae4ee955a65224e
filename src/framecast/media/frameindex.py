"""Which picture of a file is number n, what its time stamp is, and from which key frame it is decoded.

Numbers count the pictures that are shown, in the order in which they are shown, from 0: as a reader counts them from the beginning.
MP4, QuickTime and AVI contain a list of their packets, so a place is found at once, and only the groups of pictures around it are
read. Other files are read up to that place, once, without decoding (except AVI and bare streams with B-frames, whose
order only a decoder knows). It has a demuxer of its own; one thread.

It relies on this: whatever is decoded before a key frame is shown before everything that is decoded after it. So the pictures that are
decoded before a key frame are the first ones of the file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from framecast.media.demux import Demuxer

# A picture may be shown ahead of its key frame, and the picture before it may belong to yet another group.
_GROUPS_BACK = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A picture: its number, its time stamp, that of the picture before it, and the decoding time of its key frame.

    Time stamps are the file's own (`Demuxer.placed`).
    """

    number: int
    pts: int
    before: int | None
    key_dts: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """A packet of the video track."""

    dts: int
    pts: int
    is_key: bool
    is_shown: bool


class FrameIndex:
    """Finds pictures of the file that `open_file` opens. The caller closes it."""

    def __init__(self, open_file: Callable[[], Demuxer]) -> None:
        self._file = open_file()
        self._rate = (self._file.video.rate if self._file.video is not None else None) or Fraction(25)
        # Such a file has times only if it is read from the beginning.
        self._is_untimed = not self._file.can_seek
        self._unread: Iterator[_Entry] | None = None  # if the file has no list: the packets that come next
        self._read: list[_Entry] = []
        self._clear()
        self._is_complete = self._take_list()

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._file.close()

    def by_number(self, number: int) -> Place | None:
        """Return the place of picture `number`, None if the file ends before it."""
        while not self._is_complete and self._ranks[self._keys[-1] if self._keys else 0] <= number:
            self._read_on()
        if number >= self._ranks[-1]:
            return None
        packet = bisect_right(self._ranks, number) - 1
        newest = bisect_right(self._keys, packet) - 1
        last = self._keys[newest + 1] if newest + 1 < len(self._keys) else len(self._times)
        for key in range(newest, max(-1, newest - _GROUPS_BACK), -1):
            entries = self._between(self._keys[key], last)
            if entries is None:  # the list is wrong: read the whole file
                self._clear()
                self._is_complete = False
                return self.by_number(number)
            place = self._place(entries, number, self._ranks[self._keys[key]])
            if place is not None or key == 0:
                return place
        return None

    def by_time(self, time_s: Fraction) -> Place | None:
        """Return the picture that is shown nearest to `time_s` seconds after the first one, the later one of two.

        For a constant rate it is the one that OpenCV finds. None if the file ends before it.
        """
        first = self.by_number(0)
        if first is None:
            return None
        after = first.pts + (time_s - 1 / (2 * self._rate)) / (self._file.video_stream.time_base or 1)
        low, high = 0, max(1, int(time_s * self._rate) * 2)
        while (place := self.by_number(high)) is not None and place.pts <= after:
            low, high = high + 1, 2 * high
        while low < high:
            middle = (low + high) // 2
            place = self.by_number(middle)
            if place is not None and place.pts <= after:
                low = middle + 1
            else:
                high = middle
        return self.by_number(low)

    def last(self) -> Place | None:
        """Return the place of the last picture, None if there are no pictures."""
        while not self._is_complete:
            self._read_on()
        return self.by_number(self._ranks[-1] - 1) if self._ranks[-1] else None

    # --- what is known about the packets, in the order of decoding

    def _clear(self) -> None:
        self._times: list[int] = []
        self._keys: list[int] = []
        self._ranks = [0]  # how many pictures are shown of the packets before each one
        self._leading = 0  # pictures that are shown by the file, but not by a decoder
        self._begin: int | None = None  # the time stamp of the first key frame

    def _add(self, dts: int, is_key: bool, is_shown: bool) -> None:
        if is_key:
            self._keys.append(len(self._times))
        self._times.append(dts)
        self._ranks.append(self._ranks[-1] + is_shown)

    def _take_list(self) -> bool:
        """Take the file's own list of its packets; False if it has no complete one."""
        stream = self._file.video_stream
        if self._is_untimed:
            return False
        listed = stream.index_entries if stream.frames and len(stream.index_entries) == stream.frames else ()
        for entry in listed:
            self._add(entry.timestamp, entry.is_keyframe, not entry.is_discard)
        grows = all(later > earlier for earlier, later in zip(self._times, self._times[1:], strict=False))
        if listed and grows and self._keys and self._keys[0] == 0 and self._hide_leading():
            return True
        self._clear()
        return False

    def _hide_leading(self) -> bool:
        """Do not count the pictures that are shown before the first key frame: what they need was cut off. False if the list is wrong."""
        entries = self._between(0, self._keys[1] if len(self._keys) > 1 else len(self._times))
        if entries is None:
            return False
        for at, entry in enumerate(entries, 1):
            self._leading += entry.is_shown and entry.pts < entries[0].pts
            self._ranks[at] -= self._leading
        if self._leading:
            self._ranks[len(entries) + 1 :] = [
                rank - self._leading for rank in self._ranks[len(entries) + 1 :]
            ]
        return True

    def _read_on(self) -> None:
        """Read the file up to its next key frame."""
        if self._unread is None:
            self._file = self._file.reopened()
            self._unread = self._entries()
        for stored in self._unread:
            if self._begin is None and stored.is_key:
                self._begin = stored.pts
            is_whole = self._begin is not None and stored.pts >= self._begin
            entry = stored if is_whole else replace(stored, is_shown=False)
            self._read.append(entry)
            self._add(entry.dts, entry.is_key, entry.is_shown)
            if entry.is_key and len(self._keys) > 1:
                return
        self._is_complete = True

    def _between(self, first: int, last: int) -> list[_Entry] | None:
        """The packets from one key frame to another; None if the file's list is wrong about them."""
        if self._unread is not None:
            return self._read[first:last]
        if not self._file.seek(self._times[first]):
            return None
        found: list[_Entry] = []
        for entry in self._entries():
            if not found and entry.dts < self._times[first]:
                continue
            if entry.dts != self._times[first + len(found)]:
                return None
            found.append(entry)
            if first + len(found) == last:
                return found
        return None

    def _entries(self) -> Iterator[_Entry]:
        index = self._file.video_index
        for packet in self._file.packets() if self._is_untimed else self._file.stored():
            if packet.track == index:
                pts = packet.pts if packet.pts is not None else packet.dts
                dts = packet.dts if packet.dts is not None else pts
                if pts is not None and dts is not None:
                    yield _Entry(dts, pts, packet.is_key, not packet.is_hidden)

    def _place(self, entries: list[_Entry], number: int, first: int) -> Place | None:
        """The place of a picture among packets from a key frame on; None if they begin too late for it."""
        shown = sorted(entry.pts for entry in entries if entry.is_shown)
        is_first = self._times[0] == entries[0].dts
        if is_first and self._unread is None:
            shown = shown[self._leading :]
        at = number - first
        if at >= len(shown):
            return None
        if not is_first and (at == 0 or shown[at] < entries[0].pts):
            return None
        return Place(number, shown[at], shown[at - 1] if at else None, entries[0].dts)

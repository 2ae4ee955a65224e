"""Sound between the reader, which gets it in blocks, and the device, which takes it at its own pace.

It is played when its picture is shown: by capture times, which both have. The device's clock is never quite the
source's, so a little more or less than asked for is taken and stretched, by a proportional and integral controller that
learns the device's real rate; what is far off is skipped or waited for. Written by the window's thread, read by the
device's; bounded; time is given.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framecast.clock import NS

Sound = NDArray[np.int16]

# Sound that is further from its picture than this is not stretched: it jumps.
_JUMP_NS = 60_000_000
_NEAR_NS = 3_000_000
# The controller, by chunk: 1 s to settle, critically damped; callbacks come with jitter, so their errors are smoothed.
_PROPORTIONAL, _INTEGRAL, _SMOOTH = 0.02, 0.0001, 0.1
_STRETCH = 16  # a chunk becomes longer or shorter by one part of so many at most
_MAX_HELD_NS = 2 * NS
# Pictures and sound whose capture times seem further apart have nothing to do with each other.
_MAX_APART_NS = 3 * NS // 2
# How long a late block makes everything wait for its like.
_MEMORY_NS = 8 * NS
_MARGIN_NS = 5_000_000
_FADE = 64  # samples, after each jump: no click


@dataclass(slots=True)
class SoundStats:
    """What had to be done, in samples."""

    played: int = 0
    skipped: int = 0
    silent: int = 0
    stretched: int = 0


class SoundBuffer:
    """Sound of one rate and number of channels. `device_ns` is what lies between the device's asking and the ear."""

    def __init__(self, rate: int, channels: int, device_ns: int, chunk: int) -> None:
        self.rate = rate
        self.channels = channels
        self.picture_ns = 0  # how old pictures are when they are shown: written by the window
        self.offset_ns: int | None = None  # how much later than its picture the sound was heard last
        self.stats = SoundStats()
        self._device_ns = device_ns
        self._chunk_ns = chunk * NS // rate
        self._lock = threading.Lock()
        self._blocks: deque[tuple[int, Sound]] = deque()  # capture time of the first sample, samples
        self._at = 0  # samples of the first block that are played
        self._held = 0
        self._lags: deque[tuple[int, int]] = deque()  # (arrival, lag): decreasing maxima
        self._fade = True
        self._smooth = self._learnt = self._rest = 0.0  # samples in a chunk

    @property
    def needed_ns(self) -> int:
        """How old sound has to be when it is heard, so that it never runs out."""
        late = self._lags[0][1] if self._lags else 0
        return max(0, late) + self._device_ns + self._chunk_ns + _MARGIN_NS

    @property
    def follows_pictures(self) -> bool:
        """False if capture times of pictures and sound are of different clocks: each is played as it comes."""
        return abs(self.picture_ns - self.needed_ns) <= _MAX_APART_NS

    @property
    def held_ns(self) -> int:
        """How much sound waits here."""
        return self._held * NS // self.rate

    def push(self, sound: Sound, captured_at: int, now_ns: int) -> None:
        """Take a block of (number of samples, channels) that was captured at `captured_at` (of its first sample)."""
        with self._lock:
            self._note_lag(now_ns - captured_at, now_ns)
            self._blocks.append((captured_at, sound))
            self._held += len(sound)
            limit = _MAX_HELD_NS * self.rate // NS
            if self._held > limit:
                self._skip(self._held - limit)

    def pull(self, count: int, now_ns: int) -> Sound:
        """Return `count` samples for the device, silence where there is nothing to play now."""
        out = np.zeros((count, self.channels), np.int16)
        with self._lock:
            begin = self._settle(count, now_ns)
            room = count - begin
            asked = room + self._stretch(room, now_ns) if room else 0
            taken = self._take(asked)
            if len(taken) == asked:
                taken = _stretched(self._faded(taken), room)
            else:  # it has run out
                taken = self._faded(taken)[:room]
                self._fade = True
            out[begin : begin + len(taken)] = taken
            self.stats.played += len(taken)
            self.stats.silent += count - len(taken)
        return out

    def clear(self) -> None:
        """Forget everything that waits."""
        with self._lock:
            self._blocks.clear()
            self._lags.clear()
            self._at = self._held = 0
            self._fade = True
            self.offset_ns = None

    def _note_lag(self, lag: int, now_ns: int) -> None:
        lags = self._lags
        while lags and (lags[-1][1] <= lag or lags[-1][0] > now_ns):
            lags.pop()
        lags.append((now_ns, lag))
        while now_ns - lags[0][0] > _MEMORY_NS:
            lags.popleft()

    def _error(self, now_ns: int) -> int | None:
        """How much too late what would be played now is; negative where it is too early."""
        if not self._blocks:
            return None
        lag = now_ns + self._device_ns - self._blocks[0][0] - self._at * NS // self.rate
        self.offset_ns = lag - self.picture_ns
        return lag - (max(self.picture_ns, self.needed_ns) if self.follows_pictures else self.needed_ns)

    def _settle(self, count: int, now_ns: int) -> int:
        """Skip what is much too late; return how many samples of silence come before what is much too early."""
        error = self._error(now_ns)
        # After silence nobody hears a jump.
        if error is None or abs(error) <= (_NEAR_NS if self._fade else _JUMP_NS):
            return 0
        self._fade = True
        self._smooth = 0.0
        if error > 0:
            self._skip(error * self.rate // NS)
            return 0
        return min(count, -error * self.rate // NS)

    def _stretch(self, wanted: int, now_ns: int) -> int:
        """How many samples more than `wanted` to take."""
        error = self._error(now_ns)
        if error is None or abs(error) > _JUMP_NS:
            return 0
        self._smooth += _SMOOTH * (error * self.rate / NS - self._smooth)
        most = wanted / _STRETCH
        self._learnt = max(-most, min(most, self._learnt + _INTEGRAL * self._smooth))
        more = max(-most, min(most, self._learnt + _PROPORTIONAL * self._smooth)) + self._rest
        whole = round(more)
        self._rest = more - whole
        self.stats.stretched += abs(whole)
        return whole

    def _skip(self, count: int) -> None:
        count = min(count, self._held)
        self.stats.skipped += count
        self._take(count)

    def _take(self, count: int) -> Sound:
        parts, missing = [], min(count, self._held)
        while missing > 0:
            block = self._blocks[0][1]
            part = block[self._at : self._at + missing]
            parts.append(part)
            missing -= len(part)
            self._at += len(part)
            self._held -= len(part)
            if self._at >= len(block):
                self._blocks.popleft()
                self._at = 0
        return np.concatenate(parts) if parts else np.zeros((0, self.channels), np.int16)

    def _faded(self, sound: Sound) -> Sound:
        if not self._fade or not len(sound):
            return sound
        self._fade = False
        length = min(_FADE, len(sound))
        faded = sound.copy()
        faded[:length] = faded[:length] * np.linspace(0, 1, length)[:, np.newaxis]
        return faded


def _stretched(sound: Sound, count: int) -> Sound:
    """Return the sound in `count` samples."""
    if len(sound) == count or not len(sound):
        return sound
    places = np.linspace(0, len(sound) - 1, count)
    own = np.arange(len(sound))
    return np.stack([np.interp(places, own, channel) for channel in sound.T], axis=1).astype(np.int16)

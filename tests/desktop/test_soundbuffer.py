"""Sound meets its picture: with a clock of the test's own, and samples that say when they were captured."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from framecast.clock import NS
from framecast.desktop.soundbuffer import SoundBuffer

RATE = 48000
CHUNK = 512
DEVICE_NS = 2 * CHUNK * NS // RATE
BLOCK = 960
START = 1_700_000_000 * NS


class Room:
    """A source, a buffer and a device, each with a clock. `late_ns` is how long a block is on its way."""

    def __init__(self, *, device_error: float = 0.0, late_ns: int = 5_000_000, picture_ns: int = 0) -> None:
        self.buffer = SoundBuffer(RATE, 1, DEVICE_NS, CHUNK)
        self.buffer.picture_ns = picture_ns
        self.late_ns = late_ns
        self.now = START
        self.device_step = CHUNK * NS / RATE / (1 + device_error)
        self.next_pull = float(START)
        self.next_block = 0
        self.stalled_until = 0

    def arrival(self) -> int:
        """When the next block has come: its last sample, and its way."""
        end = START + (self.next_block + 1) * BLOCK * NS // RATE + self.late_ns
        return max(end, self.stalled_until)

    def run(self, seconds: float) -> list[tuple[int, NDArray[np.int16]]]:
        """What the device got, and when its first sample is heard."""
        heard = []
        end = self.now + int(seconds * NS)
        while self.now < end:
            if self.arrival() <= self.next_pull:
                self.now = max(self.now, self.arrival())
                at = START + self.next_block * BLOCK * NS // RATE
                self.buffer.push(tone(self.next_block * BLOCK, BLOCK), at, self.now)
                self.next_block += 1
            else:
                self.now = int(self.next_pull)
                heard.append((self.now + DEVICE_NS, self.buffer.pull(CHUNK, self.now)))
                self.next_pull += self.device_step
        return heard


def tone(first: int, count: int) -> NDArray[np.int16]:
    """440 Hz from sample `first` on."""
    moments = (first + np.arange(count)) / RATE
    return (10000 * np.sin(2 * np.pi * 440 * moments)).astype(np.int16)[:, np.newaxis]


def ramp_room(room: Room) -> None:
    """Give samples that count 10 ms steps, so that a sample says when it was captured."""
    push = room.buffer.push

    def counted(_sound: NDArray[np.int16], captured_at: int, now_ns: int) -> None:
        numbers = ((captured_at - START) * RATE // NS + np.arange(BLOCK)) // (RATE // 100)
        push(numbers.astype(np.int16)[:, np.newaxis], captured_at, now_ns)

    room.buffer.push = counted  # type: ignore[method-assign,assignment]


def lag_ms(heard: tuple[int, NDArray[np.int16]]) -> float:
    """How old the middle of what was heard was, of a room of counted samples; to 10 ms."""
    at, sound = heard
    number = int(sound[CHUNK // 2, 0])
    return (at + CHUNK // 2 * NS // RATE - START) / 1e6 - 10 * number


def spectrum_purity(sound: NDArray[np.int16]) -> float:
    """The part of the energy that is not around 440 Hz."""
    energy = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    low, high = 400 * len(sound) // RATE, 480 * len(sound) // RATE
    return float(1 - energy[low:high].sum() / energy.sum())


def test_sound_waits_for_a_late_picture() -> None:
    room = Room(picture_ns=200_000_000)
    ramp_room(room)
    heard = room.run(4)[-50:]
    assert all(190 <= lag_ms(one) <= 212 for one in heard)
    assert room.buffer.offset_ns is not None
    assert abs(room.buffer.offset_ns) < 10_000_000


def test_sound_is_as_quick_as_it_can_be_without_running_out() -> None:
    room = Room(picture_ns=1_000_000)
    ramp_room(room)
    room.run(2)
    silent = room.buffer.stats.silent
    heard = room.run(4)
    assert room.buffer.stats.silent == silent
    assert all(lag_ms(one) <= room.buffer.needed_ns / 1e6 + 20 for one in heard[-50:])
    assert room.buffer.needed_ns < 80_000_000


@pytest.mark.parametrize("error", [0.0005, -0.0005, 0.02, -0.02])
def test_clock_of_the_device_that_is_wrong_is_followed_without_a_click(error: float) -> None:
    room = Room(device_error=error, picture_ns=100_000_000)
    room.run(10)
    before = (room.buffer.stats.silent, room.buffer.stats.skipped)
    offsets, sound = [], []
    for _ in range(40):
        sound += [one for _, one in room.run(0.5)]
        offsets.append(room.buffer.offset_ns or 0)
    assert (room.buffer.stats.silent, room.buffer.stats.skipped) == before
    assert max(abs(offset) for offset in offsets) < 15_000_000
    assert spectrum_purity(np.concatenate(sound)[-RATE:, 0]) < 0.01


def test_blocks_that_stop_and_come_in_a_heap_are_caught_up_with() -> None:
    room = Room(picture_ns=100_000_000)
    room.run(3)
    room.stalled_until = room.now + NS // 2
    room.run(1)
    room.run(9)
    assert room.buffer.offset_ns is not None
    assert abs(room.buffer.offset_ns) < 30_000_000
    silent = room.buffer.stats.silent
    room.run(2)
    assert room.buffer.stats.silent == silent


def test_what_waits_is_bounded_and_the_oldest_goes_first() -> None:
    buffer = SoundBuffer(RATE, 2, DEVICE_NS, CHUNK)
    for number in range(1000):
        at = START + number * BLOCK * NS // RATE
        buffer.push(np.full((BLOCK, 2), number, np.int16), at, at)
    assert buffer.held_ns <= 2 * NS
    newest = START + 1000 * BLOCK * NS // RATE
    assert buffer.pull(CHUNK, newest)[-1, 0] >= 1000 - 2 * RATE // BLOCK


def test_nothing_to_play_is_silence() -> None:
    buffer = SoundBuffer(RATE, 2, DEVICE_NS, CHUNK)
    assert buffer.pull(CHUNK, START).shape == (CHUNK, 2)
    assert not buffer.pull(CHUNK, START).any()
    assert buffer.offset_ns is None


def test_sound_of_a_clock_that_is_hours_off_is_played_as_it_comes() -> None:
    room = Room(picture_ns=7200 * NS)
    heard = room.run(3)
    assert np.abs(heard[-1][1]).max() > 5000
    assert not room.buffer.follows_pictures


def test_cleared_buffer_begins_anew() -> None:
    room = Room()
    room.run(1)
    room.buffer.clear()
    assert room.buffer.held_ns == 0
    assert not room.buffer.pull(CHUNK, room.now).any()
    assert np.abs(room.run(2)[-1][1]).max() > 5000

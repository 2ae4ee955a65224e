"""The sound of a window: reads the stream's `samples` and plays them on SDL's default device.

The window's thread reads; SDL's own thread asks for what to play. Without a device, or where the stream has no
sound, it is silent and says why.
"""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from pygame._sdl2 import AUDIO_S16, AudioDevice, sdl2

from framecast.client.reader import Reader
from framecast.client.samples import Samples
from framecast.client.track_reader import TrackReader
from framecast.clock import NS, monotonic_ns, utc_ns
from framecast.desktop.soundbuffer import SoundBuffer
from framecast.errors import Closed, Ended, FramecastError, NotFound, WouldBlock

_CHANNELS = 2  # more are not played: the first two are the front ones
_CHUNKS_A_SECOND = 80
_BUFFERS = 2  # SDL fills one while the device plays the other
_BLOCKS_AT_ONCE = 64
_BUSY_NS = 30_000_000


class Speaker:
    """Plays one stream's sound while it is `open`. `volume` is 0 to 1."""

    def __init__(self) -> None:
        self.volume = 1.0
        self.trouble = ""  # why there is no sound, in words
        self._since_ns = 0
        self._reader: TrackReader[Samples] | None = None
        self._buffer: SoundBuffer | None = None
        self._device: AudioDevice | None = None

    @property
    def playing(self) -> SoundBuffer | None:
        """What is played, None while there is no sound."""
        return self._buffer

    def open(self, stream: Reader) -> None:
        """Begin to read and to play."""
        self.close()
        self.trouble = ""
        self._since_ns = monotonic_ns()
        try:
            self._reader = stream.samples()
        except FramecastError as error:
            self.trouble = str(error)

    def fileno(self) -> int | None:
        """A descriptor for select, None while nothing is read."""
        return None if self._reader is None else self._reader.fileno()

    def feed(self) -> None:
        """Take what has come, without waiting."""
        try:
            for _ in range(_BLOCKS_AT_ONCE):
                if self._reader is None:
                    return
                block = self._reader.read(0)
                if block.published_ns >= self._since_ns:  # older ones were kept for late readers
                    self._take(block)
        except WouldBlock:
            return
        except NotFound:
            self._give_up("this stream has no sound")
        except (Ended, Closed):
            self._give_up("")
        except FramecastError as error:
            self._give_up(str(error))

    def close(self) -> None:
        """Be silent, and let go of the device and the track. Idempotent."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self._close_device()

    def _take(self, block: Samples) -> None:
        sound = block.array[:, :_CHANNELS]
        if self._buffer is None or (self._buffer.rate, self._buffer.channels) != (block.rate, sound.shape[1]):
            self._close_device()
            self._open_device(block.rate, sound.shape[1])
        if self._buffer is not None:
            # A window that was busy reads late: that is no reason to play later for ever.
            now, here_ns = utc_ns(), monotonic_ns() - block.published_ns
            self._buffer.push(sound, block.captured_at, now - max(0, here_ns - _BUSY_NS))

    def _open_device(self, rate: int, channels: int) -> None:
        chunk = 1 << (max(64, rate // _CHUNKS_A_SECOND).bit_length() - 1)
        buffer = SoundBuffer(rate, channels, _BUFFERS * chunk * NS // rate, chunk)
        try:
            sdl2.init_subsystem(sdl2.INIT_AUDIO)
            # None: the device that the person has chosen for all programs.
            device = AudioDevice(None, False, rate, AUDIO_S16, channels, chunk, 0, self._fill)
        except sdl2.error as error:
            self._give_up(f"no sound device: {error}")
            return
        self._buffer, self._device = buffer, device
        device.pause(0)

    def _fill(self, _device: AudioDevice, memory: memoryview) -> None:
        """Called by SDL's thread. What it raised would be lost, and the memory played as it was."""
        buffer = self._buffer
        if buffer is None:
            memory[:] = bytes(len(memory))
            return
        sound = buffer.pull(len(memory) // (2 * buffer.channels), utc_ns())
        if self.volume < 1:
            sound = (sound * np.float32(self.volume)).astype(np.int16)
        memory[:] = sound.tobytes()

    def _give_up(self, why: str) -> None:
        self.trouble = why
        self.close()

    def _close_device(self) -> None:
        device, self._device, self._buffer = self._device, None, None
        if device is not None:
            with suppress(sdl2.error):
                device.pause(1)
                device.close()

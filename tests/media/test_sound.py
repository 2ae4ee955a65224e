"""Sound becomes interleaved 16-bit samples, whatever it was."""

from __future__ import annotations

import numpy as np
import pytest

from framecast.media.decoder import Damaged
from framecast.media.demux import Demuxer, Opening
from framecast.media.sound import AudioDecoder
from tests.support.media_files import Clip


@pytest.mark.parametrize(
    ("audio", "rate", "channels"), [("aac", 48000, 2), ("opus", 48000, 2), ("pcma", 8000, 1)]
)
def test_the_tone_is_still_there(audio: str, rate: int, channels: int) -> None:
    path = Clip("none", audio, seconds=2).path()
    with Demuxer(Opening(f"file:{path}", "file", "mov,matroska,ogg,wav", 10, 10)) as demuxer:
        decoder = AudioDecoder(demuxer.audio_context)
        blocks = [block for packet in demuxer.packets() for block in decoder.decode(packet)]
    assert {(block.sample_rate, block.channels) for block in blocks} == {(rate, channels)}
    assert all(len(block.payload) == block.count * channels * 2 for block in blocks)
    samples = np.frombuffer(b"".join(block.payload for block in blocks), np.int16).reshape(-1, channels)[:, 0]
    second = samples[rate // 2 : rate // 2 + rate].astype(float)
    assert abs(int(np.argmax(np.abs(np.fft.rfft(second)))) - 440) <= 2


def test_damage_is_told_and_survived() -> None:
    path = Clip("none", "aac", seconds=2).path()
    with Demuxer(Opening(f"file:{path}", "file", "mov,matroska", 10, 10)) as demuxer:
        decoder = AudioDecoder(demuxer.audio_context)
        packets = list(demuxer.packets())
        decoder.decode(packets[0])
        packets[1].update(b"\xff" * packets[1].size)
        with pytest.raises(Damaged):
            decoder.decode(packets[1])
        assert [block for packet in packets[2:5] for block in decoder.decode(packet)]

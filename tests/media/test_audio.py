"""Audio: encoded and decoded."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from framecast.errors import Invalid, SourceError
from framecast.media.audio import AudioDecoder, AudioEncoder, decoder_context, layout_of
from framecast.media.decoder import Damaged
from framecast.media.demux import Demuxer
from framecast.media.encoder import Encoded
from framecast.media.opening import Opening
from framecast.model import Kind, TrackInfo
from tests.support.media_files import Clip


def tone(rate: int, channels: int, blocks: int) -> list[NDArray[np.int16]]:
    moments = np.arange(rate // 50 * blocks) / rate
    wave = (8000 * np.sin(2 * np.pi * 440 * moments)).astype(np.int16)
    return [np.repeat(part, channels) for part in np.split(wave, blocks)]


@pytest.mark.parametrize("codec", ["aac", "opus"])
@pytest.mark.parametrize(("rate", "channels"), [(48000, 1), (44100, 2), (8000, 1)])
def test_tone_survives_and_time_goes_on(codec: str, rate: int, channels: int) -> None:
    encoder = AudioEncoder(codec, rate, channels)
    packets: list[Encoded] = []
    for number, block in enumerate(tone(rate, channels, 100)):
        packets += encoder.encode(block, 1000 + number * rate // 50)
    packets += encoder.finish()
    assert all(right.pts == left.pts + left.duration for left, right in pairwise(packets[:-1]))
    start = Fraction(packets[0].pts, encoder.sample_rate) - Fraction(1000, rate)
    assert -0.15 < start <= 0
    info = TrackInfo(
        "audio",
        Kind.PACKETS,
        Fraction(1, encoder.sample_rate),
        codec,
        encoder.extradata,
        sample_rate=encoder.sample_rate,
        channels=channels,
    )
    decoder = AudioDecoder(decoder_context(info))
    blocks = [block for one in packets for block in decoder.decode(one.payload, one.pts)]
    assert {block.channels for block in blocks} == {channels}
    pcm = np.frombuffer(b"".join(block.payload for block in blocks), np.int16).reshape(-1, channels)
    out_rate = blocks[0].sample_rate
    second = pcm[out_rate // 2 : out_rate * 3 // 2, 0]
    assert int(np.abs(np.fft.rfft(second)).argmax()) == 440


def test_what_ffmpeg_does_not_know_is_refused_with_a_sentence() -> None:
    with pytest.raises(SourceError, match="cannot encode mp7 at 48000 Hz"):
        AudioEncoder("mp7", 48000, 1)
    with pytest.raises(SourceError, match="cannot decode h264"):
        decoder_context(TrackInfo("audio", Kind.PACKETS, codec="h264"))
    for channels in (0, 65):
        with pytest.raises(Invalid, match=f"channels must be between 1 and 64, got {channels}"):
            layout_of(channels)


@pytest.mark.parametrize(("channels", "out"), [(3, 3), (6, 6), (7, 6), (8, 6), (12, 2), (16, 2)])
def test_more_channels_than_players_know_are_mixed_down(channels: int, out: int) -> None:
    encoder = AudioEncoder("aac", 48000, channels)
    assert encoder.channels == out
    moments = np.arange(48000) / 48000
    parts = [4000 * np.sin(2 * np.pi * (400 + 100 * index) * moments) for index in range(channels)]
    samples = np.stack(parts, axis=1).astype(np.int16).reshape(-1)
    packets = [one for block in np.split(samples, 50) for one in encoder.encode(block, 0)]
    info = TrackInfo(
        "audio", Kind.PACKETS, codec="aac", extradata=encoder.extradata, sample_rate=48000, channels=out
    )
    decoder = AudioDecoder(decoder_context(info))
    blocks = [block for one in packets for block in decoder.decode(one.payload, one.pts)]
    assert {block.channels for block in blocks} == {out}
    pcm = np.frombuffer(b"".join(block.payload for block in blocks), np.int16).reshape(-1, out)[4800:-4800]
    heard = np.abs(np.fft.rfft(pcm.astype(np.float32).sum(axis=1) * np.hanning(len(pcm))))
    hertz = len(pcm) / 48000
    quiet = heard[round(200 * hertz)]
    tones = [heard[round((400 + 100 * index) * hertz)] for index in range(channels)]
    loud = [tone > 20 * quiet for tone in tones]
    assert sum(loud) >= channels - (channels in (6, 7, 8))  # the bass channel has a filter


@pytest.mark.parametrize(
    ("audio", "rate", "channels"), [("aac", 48000, 2), ("opus", 48000, 2), ("pcma", 8000, 1)]
)
def test_the_tone_is_still_there(audio: str, rate: int, channels: int) -> None:
    path = Clip("none", audio, seconds=2).path()
    with Demuxer(Opening(f"file:{path}", "file", "mov,matroska,ogg,wav", 10, 10)) as demuxer:
        decoder = AudioDecoder(demuxer.audio_context)
        blocks = [block for packet in demuxer.packets() for block in decoder.decode(packet.payload)]
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
        decoder.decode(packets[0].payload)
        with pytest.raises(Damaged):
            decoder.decode(b"\xff" * len(packets[1].payload))
        assert [block for packet in packets[2:5] for block in decoder.decode(packet.payload)]

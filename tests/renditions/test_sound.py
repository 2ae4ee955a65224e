"""Renditions between sound packets and PCM."""

from fractions import Fraction

import numpy as np
import pytest

from framecast.clock import NS, Clock, monotonic_ns
from framecast.media.audio import AudioEncoder
from framecast.model import Flag, Kind, Meta, TrackInfo
from tests.bus.switch import Switch
from tests.renditions.rig import rig

RATE = 48000
BLOCK = 960
START_NS = 1_763_700_000 * NS


def tone(block: int) -> bytes:
    moments = (np.arange(BLOCK) + block * BLOCK) / RATE
    return (8000 * np.sin(2 * np.pi * 440 * moments)).astype(np.int16).tobytes()


def test_pcm_becomes_aac_named_by_the_times_of_its_samples() -> None:
    switch = Switch()
    writer = switch.publisher.track(
        TrackInfo("samples", Kind.SAMPLES, Fraction(1, RATE), "s16", sample_rate=RATE, channels=1)
    )
    with rig(switch, "aac", "audio") as running:

        def send(block: int) -> None:
            at = START_NS + block * BLOCK * NS // RATE
            writer.send(tone(block), Meta(block * BLOCK, at, monotonic_ns(), Clock.DEVICE, duration=BLOCK))

        send(0)
        running.wait_ready()
        with running.result.attached("audio", "queue(64)") as reader:
            for block in range(1, 40):
                send(block)
            records = [reader.read(20) for _ in range(30)]
            assert records[0].info.codec == "aac"
            assert records[0].info.extradata
            assert all(record.duration == 1024 for record in records)
            for record in records:
                assert record.captured_at == pytest.approx(START_NS + record.pts * NS // RATE, abs=NS // RATE)
            for block in range(100, 110):
                send(block)
            gap = reader.read(20)
            while not gap.flags & Flag.DISCONTINUITY:
                gap = reader.read(20)
            assert gap.pts == pytest.approx(100 * BLOCK, abs=1100)


@pytest.mark.parametrize("codec", ["aac", "opus"])
def test_packets_become_pcm(codec: str) -> None:
    encoder = AudioEncoder(codec, RATE, 1)
    packets = [
        one
        for block in range(60)
        for one in encoder.encode(np.frombuffer(tone(block), np.int16), block * BLOCK)
    ]
    switch = Switch()
    info = TrackInfo(
        "audio", Kind.PACKETS, Fraction(1, RATE), codec, encoder.extradata, sample_rate=RATE, channels=1
    )
    writer = switch.publisher.track(info)
    with rig(switch, "pcm", "samples") as running:
        for one in packets[:3]:
            writer.send(one.payload, Meta(one.pts, START_NS, monotonic_ns()))
        running.wait_ready()
        with running.result.attached("samples", "queue(128)") as reader:
            for one in packets[3:]:
                at = START_NS + one.pts * NS // RATE
                writer.send(one.payload, Meta(one.pts, at, monotonic_ns(), duration=one.duration))
            records = [reader.read(20) for _ in range(40)]
            assert records[0].info.kind is Kind.SAMPLES
            assert (records[0].info.sample_rate, records[0].info.channels, records[0].info.codec) == (
                RATE,
                1,
                "s16",
            )
            pcm = np.frombuffer(b"".join(bytes(record.payload) for record in records), np.int16)
            assert len(pcm) == sum(record.duration for record in records)
            spectrum = np.abs(np.fft.rfft(pcm[-RATE // 2 :]))
            assert int(spectrum.argmax()) == 220

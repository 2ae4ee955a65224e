"""The test pattern as a source."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from framecast.clock import Clock
from framecast.errors import Invalid
from framecast.media.pixels import planes
from framecast.media.testpicture import read_blocks
from framecast.model import Kind, Source, StreamSpec
from framecast.sources import pattern
from framecast.sources.pattern import PatternOptions
from tests.bus.switch import Switch


@contextmanager
def running(source: str) -> Iterator[Switch]:
    switch = Switch()
    stop = threading.Event()
    spec = StreamSpec("camera", Source(source))
    thread = threading.Thread(target=pattern.run, args=(switch.publisher, spec, stop))
    thread.start()
    try:
        while switch.node_end.wait(10).fields["op"] != "ready":
            pass
        yield switch
    finally:
        stop.set()
        thread.join()
        switch.close()


def test_every_picture_carries_its_own_number_time_and_stream() -> None:
    with (
        running("pattern:?size=320x240&fps=100&id=77") as switch,
        switch.subscribe("frames", "queue(32)") as frames,
    ):
        for _ in range(10):
            record = frames.read(10)
            assert record.info.picture is not None
            blocks = read_blocks(planes(record.info.picture, np.asarray(record.payload))[0])
            assert blocks is not None
            assert blocks.frame == record.pts
            assert blocks.time_ms == record.captured_at // 1_000_000
            assert blocks.stream_id == 77
            assert record.clock is Clock.DEVICE
            assert record.dropped == 0


def test_pictures_are_spaced_by_the_rate_and_not_by_when_they_were_drawn() -> None:
    with (
        running("pattern:?size=128x96&fps=59.94") as switch,
        switch.subscribe("frames", "queue(32)") as frames,
    ):
        records = [frames.read(10) for _ in range(20)]
        info = records[0].info
        assert info.rate == Fraction(60000, 1001)
        assert info.time_base == 1 / info.rate
        assert [record.pts - records[0].pts for record in records] == list(range(20))


def test_tone_is_gapless_and_joins_at_the_second() -> None:
    with (
        running("pattern:?size=128x96&tone=1000") as switch,
        switch.subscribe("samples", "queue(64)") as samples,
    ):
        records = [samples.read(10) for _ in range(60)]
        assert records[0].info.kind is Kind.SAMPLES
        pcm = np.concatenate([np.frombuffer(record.payload, np.int16) for record in records])
        assert len(pcm) == 60 * 960
        assert {b.pts - a.pts for a, b in pairwise(records)} == {960}
        assert np.array_equal(pcm[:48], pcm[48 * 999 : 48 * 1000])
        spectrum = np.abs(np.fft.rfft(pcm[:48000]))
        assert int(spectrum.argmax()) == 1000


def test_nothing_is_drawn_while_nobody_reads() -> None:
    with running("pattern:?size=128x96&fps=200") as switch:
        with switch.subscribe("samples", "queue(64)") as samples:
            samples.read(10)
            samples.read(10)
        assert switch.publisher.tracks["frames"].published_records == 0
        with switch.subscribe("frames") as frames:
            assert frames.read(10).pts > 0


def test_reader_that_comes_after_a_pause_sees_no_old_picture() -> None:
    with running("pattern:?size=128x96&fps=50") as switch:
        with switch.subscribe("frames") as frames:
            last = frames.read(10).pts
        with switch.subscribe("samples", "queue(64)") as samples:
            for _ in range(10):
                samples.read(10)
        with switch.subscribe("frames") as frames:
            assert frames.read(10).pts > last + 5


def test_audio_can_be_left_out() -> None:
    with running("pattern:?size=128x96&audio=0") as switch:
        assert set(switch.publisher.tracks) == {"frames"}


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("pattern:?colour=red", "no option 'colour': known are size, fps, id, tone, audio"),
        ("pattern:?size=big", "option size is 'big', but it must be"),
        ("pattern:?size=64x64", "between 128x96 and"),
        ("pattern:?fps=0", "between 0.1 and 240"),
        ("pattern:?fps=1/0", "option fps is '1/0', but it must be"),
        ("pattern:?id=70000", "a whole number from 0 to 65535"),
        ("pattern:?audio=maybe", "it must be 1 or 0"),
        ("pattern:?id=1&id=2", "the option id twice"),
        ("pattern:size=1", "which begin with"),
    ],
)
def test_wrong_option_is_refused_with_a_sentence(source: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        PatternOptions.parse(Source(source))


def test_rates_may_be_fractions_or_what_people_write_for_them() -> None:
    assert PatternOptions.parse(Source("pattern:?fps=30000/1001")).fps == Fraction(30000, 1001)
    assert PatternOptions.parse(Source("pattern:?fps=29.97")).fps == Fraction(30000, 1001)
    assert PatternOptions.parse(Source("pattern:")) == PatternOptions()


def test_streams_without_an_id_get_different_ones_from_their_names() -> None:
    with running("pattern:?size=128x96") as switch, switch.subscribe() as frames:
        record = frames.read(10)
        assert record.info.picture is not None
        blocks = read_blocks(planes(record.info.picture, np.asarray(record.payload))[0])
        assert blocks is not None
        assert blocks.stream_id != 0

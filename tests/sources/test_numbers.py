"""The generator of numbers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from framecast.errors import Invalid
from framecast.model import Source, StreamSpec
from framecast.model.data import unpack
from framecast.sources import numbers
from framecast.sources.numbers import NumbersOptions
from tests.bus.switch import Switch


@contextmanager
def running(source: str) -> Iterator[Switch]:
    switch = Switch("sensor")
    stop = threading.Event()
    spec = StreamSpec("sensor", Source(source))
    thread = threading.Thread(target=numbers.run, args=(switch.publisher, spec, stop))
    thread.start()
    try:
        while switch.node_end.wait(10).fields["op"] != "ready":
            pass
        yield switch
    finally:
        stop.set()
        thread.join()
        switch.close()


def arrays(source: str, count: int) -> list[NDArray[Any]]:
    with running(source) as switch, switch.subscribe("data", "queue(64)") as data:
        values = [unpack(np.asarray(data.read(10).payload)) for _ in range(count)]
    assert all(isinstance(value, np.ndarray) for value in values)
    return [value for value in values if isinstance(value, np.ndarray)]


def test_numbers_are_doubles_within_their_bounds() -> None:
    for values in arrays("numbers:?lower=-5&upper=5&count=1000&period=0.01", 3):
        assert values.dtype == np.float64
        assert values.shape == (1000,)
        assert -5 <= values.min() < -4
        assert 4 < values.max() <= 5


def test_same_seed_gives_the_same_numbers() -> None:
    def with_seed(seed: int) -> NDArray[Any]:
        with (
            running(f"numbers:?seed={seed}&period=60") as switch,
            switch.subscribe("data", "queue(8)") as data,
        ):
            value = unpack(np.asarray(data.read(10).payload))
            assert isinstance(value, np.ndarray)
            return value.copy()

    assert np.array_equal(with_seed(1), with_seed(1))
    assert not np.array_equal(with_seed(1), with_seed(2))


def test_defaults_are_six_numbers_a_second_up_to_ten_thousand() -> None:
    assert NumbersOptions.parse(Source("numbers:")) == NumbersOptions(0, 10000, 6)


@pytest.mark.parametrize("query", ["lower=2&upper=1", "count=0", "period=0", "seed=x", "mean=3", "lower=nan"])
def test_wrong_option_is_refused(query: str) -> None:
    with pytest.raises(Invalid, match="numbers:"):
        NumbersOptions.parse(Source(f"numbers:?{query}"))

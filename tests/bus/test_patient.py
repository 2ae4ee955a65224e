"""A track that waits for its one reader, on a socket pair, without a node."""

from __future__ import annotations

import select
import socket
import threading
from fractions import Fraction
from typing import Self

import pytest

from framecast.bus import wire
from framecast.bus.outlet import Outlet
from framecast.bus.patient import Deserted, Patience, PatientTrack, Sought
from framecast.errors import Closed
from framecast.model import Kind, Meta, Policy, Subscription, TrackInfo, TrackName

INFO = TrackInfo("data", Kind.DATA, time_base=Fraction(1, 1000))


class Bench:
    """A track and the reader's end of its socket."""

    def __init__(self, policy: str, *, on_demand: bool = True, awaited: bool = True) -> None:
        self.stop = threading.Event()
        self.track = PatientTrack(INFO, "x", 1 << 24, lambda _track: None, Patience(self.stop, on_demand))
        self.theirs, self.reader = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.reader.settimeout(20)
        wish = Subscription(
            "x", TrackName.parse("data"), Policy.parse(policy), awaited=("data",) if awaited else ()
        )
        self.track.attach(Outlet(self.theirs, self.theirs.fileno(), wish, 1 << 30))

    def send(self, count: int) -> threading.Thread:
        """Publish in a thread of its own; what ends it too early is kept in `failure`."""
        self.failure: BaseException | None = None

        def work() -> None:
            try:
                for number in range(count):
                    self.track.send(b"x", Meta(number, number, number))
            except (Sought, Deserted, Closed) as error:
                self.failure = error

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop.set()
        self.track.close()
        self.theirs.close()
        self.reader.close()

    def next(self) -> int:
        """The number of the next record."""
        while True:
            message = self.reader.recv(wire.MAX_MESSAGE)
            if message[0] == wire.RECORD:
                return int(wire.unpack_record(message)[6])

    def release(self, seq: int) -> None:
        self.reader.send(wire.pack_release(seq, 1))


def test_it_waits_for_credit_and_loses_nothing() -> None:
    with Bench("queue(2)") as bench:
        thread = bench.send(50)
        first = [bench.next() for _ in range(5)]
        assert first == list(range(5))
        assert not select.select([bench.reader], [], [], 0)[0]
        for seq in range(45):
            bench.release(seq)
            assert bench.next() == seq + 5
        thread.join(20)
        assert not thread.is_alive()
        assert bench.failure is None


def test_a_reader_that_is_not_awaited_is_passed_by() -> None:
    with Bench("queue(2)", awaited=False) as bench:
        bench.send(50).join(20)
        assert bench.track.published_records == 50


@pytest.mark.parametrize("what", ["seek", "leave", "stop"])
def test_what_ends_the_wait(what: str) -> None:
    with Bench("queue(2)") as bench:
        thread = bench.send(50)
        assert [bench.next() for _ in range(5)] == list(range(5))
        if what == "seek":
            bench.reader.send(wire.pack_json(wire.SEEK, {"number": 1, "frame": 7}))
        elif what == "leave":
            bench.reader.close()
        else:
            bench.stop.set()
        thread.join(20)
        assert isinstance(bench.failure, {"seek": Sought, "leave": Deserted, "stop": Closed}[what])
        if isinstance(bench.failure, Sought):
            assert bench.failure.order == {"number": 1, "frame": 7}


def test_only_a_source_on_demand_hears_a_wish_for_another_place() -> None:
    with Bench("queue(2)", on_demand=False) as bench:
        thread = bench.send(6)
        assert [bench.next() for _ in range(5)] == list(range(5))
        bench.reader.send(wire.pack_json(wire.SEEK, {"number": 1, "frame": 7}))
        bench.release(0)
        assert bench.next() == 5
        thread.join(20)
        assert bench.failure is None


def test_what_is_said_comes_behind_all_records() -> None:
    with Bench("queue(2)") as bench:
        bench.send(3).join(20)
        bench.track.tell(wire.END_MESSAGE)
        assert [bench.next() for _ in range(3)] == [0, 1, 2]
        assert bench.reader.recv(wire.MAX_MESSAGE) == wire.END_MESSAGE
        bench.reader.close()
        with pytest.raises(Deserted):
            bench.track.rest()

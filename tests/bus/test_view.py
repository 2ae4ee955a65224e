"""The reader's side of shared memory."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import socket
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from framecast.bus import wire
from framecast.bus.view import Descriptor, Loans, Mapping, Record
from framecast.clock import Clock
from framecast.errors import Broken
from framecast.model import Flag, Kind, Picture, TrackInfo

INFO = TrackInfo("frames", Kind.FRAMES, picture=Picture("gray", 8, 8))
SIZE = 64


def descriptor(seq: int = 7, offset: int = 0) -> Descriptor:
    return (wire.RECORD, 5, 1, 1, 3, 0, seq, offset, SIZE, 40, 100, 90, 11, 12, 13)


@pytest.fixture
def memory() -> Iterator[int]:
    """Give a memfd whose bytes count in steps of SIZE."""
    fd = os.memfd_create("test")
    os.write(fd, b"".join(bytes([number]) * SIZE for number in range(64)))
    yield fd
    os.close(fd)


@pytest.fixture
def loans() -> Iterator[tuple[Loans, socket.socket]]:
    """Give loans, and the publisher's end of their socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setblocking(False)
    yield Loans(ours), theirs
    ours.close()
    theirs.close()


def leased(memory: int, loans: Loans, seq: int = 7, offset: int = 0) -> Record:
    return Record(INFO, descriptor(seq, offset), None, (loans, Mapping(memory, 4096), 99))


def test_mapping_cannot_be_larger_than_the_memory(memory: int) -> None:
    assert Mapping(memory, 4096).memory[SIZE] == 1
    with pytest.raises(Broken, match="more memory than it shared"):
        Mapping(memory, 4097)


def test_mapping_of_what_is_no_memory_is_refused() -> None:
    reading, writing = os.pipe()
    try:
        with pytest.raises(Broken, match=r"cannot be mapped|more memory"):
            Mapping(reading, 0)
    finally:
        os.close(reading)
        os.close(writing)


def test_payload_is_the_memory_itself_and_read_only(memory: int, loans: tuple[Loans, socket.socket]) -> None:
    pixels = leased(memory, loans[0], offset=3 * SIZE).payload
    assert isinstance(pixels, np.ndarray)
    assert (pixels == 3).all()
    os.pwrite(memory, bytes([200]) * SIZE, 3 * SIZE)
    assert (pixels == 200).all()
    with pytest.raises(ValueError, match="read-only"):
        pixels[0] = 1


def test_fields_are_those_of_the_message(memory: int, loans: tuple[Loans, socket.socket]) -> None:
    record = leased(memory, loans[0])
    assert record.is_key
    assert record.flags == Flag.KEY | Flag.CORRUPT
    assert (record.clock, record.epoch, record.seq) == (Clock.RTCP, 3, 7)
    assert (record.duration, record.pts, record.dts) == (40, 100, 90)
    assert (record.captured_at, record.arrived_ns, record.published_ns) == (11, 12, 13)
    assert repr(record) == "<Record frames epoch 3 seq 7 64 bytes>"


def test_record_is_lent_while_any_array_on_it_lives_in_any_thread(
    memory: int, loans: tuple[Loans, socket.socket]
) -> None:
    record = leased(memory, loans[0])
    arrays = [np.asarray(record.payload)[8 * number :].reshape(-1, 8) for number in range(3)]
    del record
    while arrays:
        gc.collect()
        assert loans[0].held == {7}
        thread = threading.Thread(target=arrays.pop)
        thread.start()
        thread.join()
    assert loans[0].held == set()
    assert list(loans[0].returned) == [(7, 99)]


def test_copy_needs_no_lease() -> None:
    record = Record(INFO, descriptor(), b"\x05" * SIZE)
    assert not record.leased
    assert record.payload == b"\x05" * SIZE
    assert not hasattr(record, "__array_interface__")


def test_end_names_what_is_still_held_and_the_socket_stays_until_it_is_gone(
    memory: int, loans: tuple[Loans, socket.socket]
) -> None:
    ours, theirs = loans
    kept = leased(memory, ours, seq=1)
    gone = leased(memory, ours, seq=2)
    del gone
    ours.close()
    message = theirs.recv(1000)
    assert message[0] == wire.LEAVE
    assert wire.unpack_releases(message) == [(1, 0)]
    with pytest.raises(BlockingIOError):
        theirs.recv(1000)
    del kept
    assert theirs.recv(1000) == b""


def test_end_without_views_is_the_end_of_the_socket(loans: tuple[Loans, socket.socket]) -> None:
    loans[0].close()
    assert loans[1].recv(1000) == b""


def test_forked_child_cannot_use_a_view_and_does_not_keep_the_socket(
    memory: int, loans: tuple[Loans, socket.socket]
) -> None:
    ours, theirs = loans
    record = leased(memory, ours)
    pid = os.fork()
    if not pid:
        try:
            _ = record.payload
            os._exit(1)
        except Exception as error:  # noqa: BLE001  a child of a test must not come back from here
            os._exit(0 if type(error).__name__ == "ForkedView" else 2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert (np.asarray(record.payload) == 0).all()
    del record
    ours.close()
    assert theirs.recv(1000) == b""


def test_copies_are_independent_of_the_lease_and_of_each_other(
    memory: int, loans: tuple[Loans, socket.socket]
) -> None:
    record = leased(memory, loans[0])
    record.dropped = 2
    same = copy.copy(record)
    others = [copy.deepcopy(record), pickle.loads(pickle.dumps(record)), copy.deepcopy(copy.deepcopy(record))]
    for other in others:
        assert not other.leased
        assert (other.seq, other.epoch, other.dropped, other.info) == (7, 3, 2, INFO)
        assert np.array_equal(other.payload, record.payload)
        assert not np.shares_memory(other.payload, record.payload)
        with pytest.raises(ValueError, match="read-only"):
            np.asarray(other.payload)[0] = 1
    assert loans[0].held == {7}
    del record, same
    gc.collect()
    assert list(loans[0].returned) == [(7, 99)]
    assert [bytes(np.asarray(other.payload)) for other in others] == [bytes(SIZE)] * 3


def test_a_record_whose_making_was_interrupted_goes_quietly(recwarn: pytest.WarningsRecorder) -> None:
    record = Record.__new__(Record)
    del record
    gc.collect()
    assert not recwarn.list

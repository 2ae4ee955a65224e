"""Files of data tracks: what is written is read again, a cut end is left out, and foreign bytes are refused."""

from __future__ import annotations

import pytest

from framecast.errors import Invalid
from framecast.model import data_file
from framecast.model.data import pack, unpack
from framecast.model.data_file import (
    BLOCK_BYTES,
    MAX_RECORD_BYTES,
    DataFile,
    Entry,
    Place,
    StoredRecord,
)

NS = 1_000_000_000


def record(at_s: float, value: object = None, size: int = 0) -> StoredRecord:
    payload = bytes(pack(b"x" * size if size else {"at": at_s} if value is None else value))  # type: ignore[arg-type]
    return StoredRecord(round(at_s * NS), 1700 * NS + round(at_s * NS), payload)


def written(file: DataFile, *groups: list[StoredRecord]) -> tuple[bytes, bytes]:
    """Return the records and the index of a file after some calls of `blocks`."""
    made = [one for group in groups for one in file.blocks(group)]
    return file.head + b"".join(data for data, _ in made), b"".join(bytes(entry) for _, entry in made)


def read(data: bytes, index: bytes) -> list[StoredRecord]:
    found = data_file.entries(index, len(data))
    return [one for entry in found for one in data_file.records(data[entry.offset : entry.end])]


def test_records_come_back_in_the_order_of_their_times() -> None:
    file = DataFile("front-door.objects")
    data, index = written(file, [record(2), record(1)], [], [record(1.5)])
    assert data_file.track_of(data[: data_file.MAX_HEAD_BYTES]) == "front-door.objects"
    found = read(data, index)
    assert [one.time_ns / NS for one in found] == [1, 2, 1.5]
    assert unpack(found[0].payload) == {"at": 1}
    assert found[0].captured_at == 1701 * NS
    assert [
        (entry.count, entry.first_ns, entry.last_ns) for entry in data_file.entries(index, len(data))
    ] == [
        (2, 1 * NS, 2 * NS),
        (1, round(1.5 * NS), round(1.5 * NS)),
    ]
    assert (file.size, file.count) == (len(data), 3)


def test_many_records_become_several_blocks() -> None:
    data, index = written(DataFile("cam"), [record(at, size=100_000) for at in range(10)])
    found = data_file.entries(index, len(data))
    assert len(found) > 1
    assert all(entry.size <= BLOCK_BYTES for entry in found)
    assert len(read(data, index)) == 10


def test_records_that_are_too_large_or_too_many_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    data, index = written(DataFile("cam"), [record(0, size=MAX_RECORD_BYTES + 1), record(1)])
    assert len(read(data, index)) == 1
    monkeypatch.setattr(data_file, "MAX_TRACK_BYTES", 1000)
    file = DataFile("cam")
    data, index = written(file, [record(at, size=200) for at in range(10)], [record(11)])
    assert 0 < len(read(data, index)) < 10
    assert file.size <= 1000


def test_end_that_was_cut_off_is_left_out() -> None:
    data, index = written(DataFile("cam"), [record(0)], [record(1)])
    assert len(read(data[:-1], index)) == 1  # the last block is not whole
    whole = data_file.entries(index[:-5], len(data))
    assert len(whole) == 1
    assert data_file.index_size(whole) == len(index) // 2


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"fcdata1\n",
        b"\x89PNG\r\n\x1a\n" + bytes(90),
        b"fcdata1\n\x05\0\0\0{}{}{",
        DataFile("x").head[:-2],
    ],
)
def test_another_file_is_refused(head: bytes) -> None:
    with pytest.raises(Invalid):
        data_file.track_of(head)
    assert data_file.track_of(DataFile("x").head) == "x"


@pytest.mark.parametrize("entry", [Entry(20, 1 << 30, 1, 0, 0), Entry(20, 10, 1, 5, 4)])
def test_index_that_cannot_be_is_refused(entry: Entry) -> None:
    with pytest.raises(Invalid):
        data_file.entries(bytes(entry), 1 << 40)
    assert data_file.entries(bytes(Entry(20, 10, 1, 4, 5)), 1 << 40)
    with pytest.raises(Invalid):
        data_file.entries(bytes(data_file.MAX_INDEX_BYTES + 1), 1 << 40)


@pytest.mark.parametrize("cut", [3, 21])
def test_block_that_ends_within_a_record_is_refused(cut: int) -> None:
    ((block, _),) = DataFile("cam").blocks([record(0)])
    with pytest.raises(Invalid):
        list(data_file.records(block[:cut]))
    assert list(data_file.records(block)) == [record(0)]


def parts(data: bytes, index: bytes, start: Place, to_ns: int, **limits: int) -> list[list[StoredRecord]]:
    """All parts of a span, read one after the other as a client does."""
    found: list[list[StoredRecord]] = []
    place = start
    most = {"part_bytes": 400_000, "most_bytes": 4 << 20} | limits
    while len(found) < 100:
        part, after = data_file.between(
            data_file.entries(index, len(data)), lambda a, b: data[a:b], place, to_ns, **most
        )
        found.append(part)
        if after is None:
            return found
        assert part, "each part goes on"
        place = after
    raise AssertionError("it does not end")


def test_records_come_in_parts_in_the_order_of_their_times() -> None:
    groups = [[record(at, size=50_000), record(at + 0.5, at)] for at in range(40)]
    late = [record(3.25, "late"), record(30.25, "late")]
    data, index = written(DataFile("cam"), *groups, late)
    found = parts(data, index, Place(0), 100 * NS)
    everything = sorted((one for group in (*groups, late) for one in group), key=lambda one: one.time_ns)
    assert [one for part in found for one in part] == everything
    assert 2 < len(found) < 10
    (part,) = parts(data, index, Place(3 * NS), 4 * NS)
    assert [one.time_ns / NS for one in part] == [3, 3.25, 3.5]


def test_records_of_one_time_are_not_left_out_however_many_they_are() -> None:
    same = [StoredRecord(5 * NS, number, bytes(pack(b"x" * 100_000))) for number in range(100)]
    groups = [[record(4), *same[:50], record(6)], [record(1, "late"), *same[50:]], [record(7)]]
    data, index = written(DataFile("cam"), *groups)
    found = parts(data, index, Place(0), 100 * NS)
    flat = [one for part in found for one in part]
    assert flat == [record(1, "late"), record(4), *same, record(6), record(7)]
    assert all(len(part) < 10 for part in found), "a part stays small"
    found = parts(data, index, Place(5 * NS, 98), 6 * NS)
    assert [one.captured_at for part in found for one in part] == [98, 99]


def test_blocks_that_were_read_before_are_not_read_again() -> None:
    same = [StoredRecord(NS, number, bytes(pack(b"x" * 100_000))) for number in range(100)]
    data, index = written(DataFile("cam"), same)
    read_bytes = 0

    def read(start: int, end: int) -> bytes:
        nonlocal read_bytes
        read_bytes += end - start
        return data[start:end]

    found = data_file.entries(index, len(data))
    limits = {"part_bytes": 400_000, "most_bytes": 1 << 20}
    part, _ = data_file.between(found, read, Place(NS, 90), 2 * NS, **limits)
    assert part[0].captured_at == 90
    assert read_bytes < 1 << 20


def test_blocks_that_overlap_without_end_are_refused_with_a_time() -> None:
    groups = [[record(0, number), record(10 + number, size=200_000)] for number in range(30)]
    data, index = written(DataFile("cam"), *groups)
    with pytest.raises(Invalid, match="out of order"):
        parts(data, index, Place(0), 100 * NS)
    assert len(parts(data, index, Place(0), 100 * NS, most_bytes=64 << 20)) > 1

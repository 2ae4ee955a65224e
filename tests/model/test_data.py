"""Data records."""

import json
import struct
from typing import Any

import numpy as np
import pytest

from framecast.errors import Invalid
from framecast.model.data import pack, unpack


def written(value: Any) -> Any:
    packed = pack(value)
    slot = np.empty(packed.size_bytes, np.uint8)
    packed.write(slot)
    assert slot.tobytes() == bytes(packed)
    slot.flags.writeable = False
    return slot


@pytest.mark.parametrize("dtype", ["?", "u1", "<i2", ">i4", "<u8", "<f2", "<f4", ">f8", "<c16"])
def test_arrays_come_back_as_they_were(dtype: str) -> None:
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    for given in (array, array[:, ::2], array.T):
        back = unpack(written(given))
        assert isinstance(back, np.ndarray)
        assert back.shape == given.shape
        assert back.dtype == given.dtype.newbyteorder("<")
        assert np.array_equal(back, given)


def test_array_is_a_read_only_view_of_the_record() -> None:
    record = written(np.arange(1000.0))
    back = unpack(record)
    assert isinstance(back, np.ndarray)
    assert np.shares_memory(back, record)
    assert back.__array_interface__["data"][0] % 8 == 0
    with pytest.raises(ValueError, match="read-only"):
        back[0] = 1


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2)])
def test_scalars_and_empty_arrays_keep_their_shape(shape: tuple[int, ...]) -> None:
    back = unpack(bytes(pack(np.ones(shape, np.float32))))
    assert isinstance(back, np.ndarray)
    assert back.shape == shape
    assert back.dtype == np.float32


@pytest.mark.parametrize("value", [{"boxes": [[1, 2, 3, 4]], "label": "Tür"}, [], "text", 3, 2.5, True, None])
def test_json_comes_back_as_it_was(value: object) -> None:
    assert unpack(written(value)) == value


def test_bytes_come_back_as_they_were() -> None:
    assert unpack(written(b"\x00\xff" * 100)) == b"\x00\xff" * 100
    assert unpack(bytes(pack(bytearray(b"")))) == b""


@pytest.mark.parametrize(
    "value",
    [np.array([object()]), np.array(["a"]), np.zeros(2, "M8[s]"), {"a": {1, 2}}, float("nan"), object()],
)
def test_what_other_languages_cannot_read_is_refused(value: Any) -> None:
    with pytest.raises(Invalid):
        pack(value)


def forged(header: object, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    used = 4 + len(text)
    return struct.pack("<I", len(text)) + text + bytes(-used % 64) + body


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"\x01",
        struct.pack("<I", 0xFFFFFFFF) + bytes(100),
        forged(b"{" + b"[" * 4000),
        forged([1, 2]),
        forged({"type": "pickle"}),
        forged({"type": "json"}, b"{"),
        forged({"type": "json"}, b"[" * 100_000),
        forged({"type": "array", "dtype": "|O", "shape": [1]}, bytes(8)),
        forged({"type": "array", "dtype": "<V8", "shape": [1]}, bytes(8)),
        forged({"type": "array", "dtype": "f8,O", "shape": [1]}, bytes(8)),
        forged({"type": "array", "dtype": "<f3", "shape": [1]}, bytes(8)),
        forged({"type": "array", "dtype": ["f8"], "shape": [1]}, bytes(8)),
        forged({"type": "array", "dtype": "<f8", "shape": [2]}, bytes(8)),
        forged({"type": "array", "dtype": "<f8", "shape": [-1]}, bytes(8)),
        forged({"type": "array", "dtype": "<f8", "shape": [2**62, 2**62]}, bytes(8)),
        forged({"type": "array", "dtype": "<f8", "shape": [True]}, bytes(8)),
        forged({"type": "array", "dtype": "<f8", "shape": [1] * 65}, bytes(8)),
        forged({"type": "array", "dtype": "<f8", "shape": [0, 2**63]}),
        forged({"type": "array", "dtype": "<f8", "shape": 1}, bytes(8)),
        forged({"type": "array"}),
    ],
)
def test_hostile_record_is_refused(record: bytes) -> None:
    with pytest.raises(Invalid):
        unpack(record)


def test_well_formed_forgery_is_read() -> None:
    back = unpack(forged({"type": "array", "dtype": "<f8", "shape": [1], "more": 1}, bytes(8)))
    assert isinstance(back, np.ndarray)
    assert back.tolist() == [0.0]

"""What a record of a `data` track holds: an array, a JSON value or bytes, so that any language can read it.

    u32 little-endian: length of the header
    header: JSON, UTF-8: {"type": "array", "dtype": "<f8", "shape": [6]}, {"type": "json"} or {"type": "bytes"}
    zeros up to a multiple of 64
    body: the array in C order, JSON, or the bytes, up to the end of the record

Arrays are plain numbers (booleans, integers, floats, complex), little-endian; they are read without a copy.
Nothing in a record can run code.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from framecast.errors import Invalid

JsonValue: TypeAlias = "dict[str, Any] | list[Any] | str | int | float | bool | None"
Value: TypeAlias = "NDArray[Any] | JsonValue | bytes"

KINDS = "biufc"
MAX_DIMENSIONS = 32
MAX_HEADER_BYTES = 4096
_ALIGN = 64  # a cache line, and enough for every dtype
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Packed:
    """A value ready to be written: `head` with its padding, then `body`, which is a view of the value."""

    head: bytes
    body: memoryview

    @property
    def size_bytes(self) -> int:
        """How large the record is."""
        return len(self.head) + self.body.nbytes

    def write(self, view: NDArray[np.uint8]) -> None:
        """Write the record into `view`: 1-D uint8 of `size_bytes`, such as a slot's."""
        view[: len(self.head)] = np.frombuffer(self.head, np.uint8)
        if self.body.nbytes:
            view[len(self.head) :] = np.frombuffer(self.body, np.uint8)

    def __bytes__(self) -> bytes:
        return self.head + bytes(self.body)


def pack(value: Value | bytearray | memoryview | np.generic) -> Packed:
    """Return `value` as a record. Arrays are not copied unless they are strided or big-endian.

    Raises:
        Invalid: an array of objects, strings or records, or a value that JSON does not know.
    """
    if isinstance(value, bytes | bytearray | memoryview):
        return Packed(_head({"type": "bytes"}), memoryview(value).cast("B"))
    if isinstance(value, np.ndarray | np.generic):
        return _pack_array(np.asarray(value))
    try:
        body = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"a {type(value).__name__} is not JSON: {error}") from error
    return Packed(_head({"type": "json"}), memoryview(body))


def unpack(payload: NDArray[np.uint8] | bytes) -> Value:
    """Return the value of a record. Arrays are read-only views that keep the payload alive; the rest is copied.

    Raises:
        Invalid: the payload is no such record.
    """
    raw = np.frombuffer(payload, np.uint8) if isinstance(payload, bytes) else payload
    header, start = _read_header(raw)
    body = raw[start:]
    kind = header.get("type")
    if kind == "bytes":
        return body.tobytes()
    if kind == "array":
        return _unpack_array(header, body)
    if kind != "json":
        raise Invalid(f"a data record has the type {kind!r:.40}, known are array, json and bytes")
    try:
        value: JsonValue = json.loads(body.tobytes())
    except (ValueError, RecursionError) as error:
        raise Invalid(f"the JSON of a data record cannot be read: {error}") from error
    return value


def split(payload: NDArray[np.uint8] | bytes) -> tuple[dict[str, Any], memoryview]:
    """Return the header of a record and a view of its body: for those who pass it on without looking into it.

    Raises:
        Invalid: the payload is no such record.
    """
    raw = np.frombuffer(payload, np.uint8) if isinstance(payload, bytes) else payload
    header, start = _read_header(raw)
    return header, raw[start:].data


def joined(header: dict[str, Any], body: memoryview) -> Packed:
    """Return the record of a header and a body that came apart; `unpack` says whether they fit."""
    return Packed(_head(header), body.cast("B"))


def _pack_array(array: NDArray[Any]) -> Packed:
    if array.dtype.kind not in KINDS:
        raise Invalid(
            f"an array of {array.dtype} cannot be sent: use booleans, integers, floats or complex numbers"
        )
    # astype gives back the array itself where nothing has to change.
    little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
    head = _head({"type": "array", "dtype": little.dtype.str, "shape": list(array.shape)})
    return Packed(head, np.ascontiguousarray(little).reshape(-1).view(np.uint8).data)


def _head(header: dict[str, Any]) -> bytes:
    text = json.dumps(header, separators=(",", ":")).encode()
    used = _LENGTH.size + len(text)
    return _LENGTH.pack(len(text)) + text + bytes(-used % _ALIGN)


def _read_header(raw: NDArray[np.uint8]) -> tuple[dict[str, Any], int]:
    if raw.nbytes < _LENGTH.size:
        raise Invalid(f"a data record of {raw.nbytes} bytes is too short")
    (length,) = _LENGTH.unpack(raw[: _LENGTH.size].tobytes())
    end = _LENGTH.size + length
    start = end + -end % _ALIGN
    if length > MAX_HEADER_BYTES or start > raw.nbytes:
        raise Invalid(f"a data record of {raw.nbytes} bytes cannot contain a header of {length} bytes")
    try:
        header = json.loads(raw[_LENGTH.size : end].tobytes())
    except (ValueError, RecursionError) as error:
        raise Invalid(f"the header of a data record cannot be read: {error}") from error
    if not isinstance(header, dict):
        raise Invalid("the header of a data record is not a JSON object")
    return header, start


def _unpack_array(header: dict[str, Any], body: NDArray[np.uint8]) -> NDArray[Any]:
    dtype, shape = _dtype(header.get("dtype")), _shape(header.get("shape"))
    expected = math.prod(shape) * dtype.itemsize
    if expected != body.nbytes:
        raise Invalid(
            f"an array of {dtype} {shape} has {expected} bytes, but the data record holds {body.nbytes}"
        )
    try:
        array = body.view(dtype).reshape(shape) if expected else np.empty(shape, dtype)
    except ValueError as error:
        raise Invalid(
            f"the shape of an array in a data record must match its bytes, got {shape!r:.80}"
        ) from error
    array.flags.writeable = False
    return array


def _dtype(text: object) -> np.dtype[Any]:
    """Only the names that `pack` writes: '<f8', '|u1'. NumPy's own parser accepts far more."""
    if isinstance(text, str) and len(text) <= 4 and text[:1] in ("<", "|") and text[1:2] and text[1] in KINDS:
        try:
            return np.dtype(text)
        except TypeError:
            pass
    raise Invalid(f"a data record holds an array of {text!r:.40}, which is not a plain number type")


def _shape(given: object) -> tuple[int, ...]:
    if (
        isinstance(given, list)
        and len(given) <= MAX_DIMENSIONS
        and all(type(side) is int and side >= 0 for side in given)
    ):
        return tuple(given)
    raise Invalid(
        f"the shape of an array in a data record must be a list of whole numbers, got {given!r:.80}"
    )

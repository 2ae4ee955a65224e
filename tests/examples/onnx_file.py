"""The smallest ONNX file that has a detector's shape: whatever it sees, it answers with the same candidates.

Written byte by byte (protobuf wire format, onnx.proto3), so that no package for making models is needed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def constant_model(answer: NDArray[np.float32], size: int = 640) -> bytes:
    """Return a model with input `images` (1, 3, size, size) whose output is `answer`."""
    nodes = [
        _node("ReduceMean", ["images"], "mean"),
        _node("Reshape", ["mean", "one"], "flat"),
        _node("Mul", ["flat", "zero"], "nothing"),
        _node("Add", ["nothing", "answer"], "output"),
    ]
    tensors = [
        _tensor("one", np.array([1, 1, 1], np.int64)),
        _tensor("zero", np.zeros((1, 1, 1), np.float32)),
        _tensor("answer", answer),
    ]
    graph = b"".join(_bytes(1, node) for node in nodes) + _bytes(2, b"constant")
    graph += b"".join(_bytes(5, tensor) for tensor in tensors)
    graph += _bytes(11, _value("images", (1, 3, size, size))) + _bytes(12, _value("output", answer.shape))
    return _number(1, 7) + _bytes(7, graph) + _bytes(8, _number(2, 11))


def _node(op: str, inputs: list[str], output: str) -> bytes:
    names = b"".join(_bytes(1, name.encode()) for name in inputs)
    return names + _bytes(2, output.encode()) + _bytes(3, f"{op}-node".encode()) + _bytes(4, op.encode())


def _tensor(name: str, array: NDArray[np.float32] | NDArray[np.int64]) -> bytes:
    dims = b"".join(_number(1, side) for side in array.shape)
    return (
        dims
        + _number(2, 7 if array.dtype == np.int64 else 1)
        + _bytes(8, name.encode())
        + _bytes(9, array.tobytes())
    )


def _value(name: str, shape: tuple[int, ...]) -> bytes:
    dims = b"".join(_bytes(1, _number(1, side)) for side in shape)
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, _number(1, 1) + _bytes(2, dims)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])

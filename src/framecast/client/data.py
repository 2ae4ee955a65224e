"""Records of a data track in the program's hand: arrays, JSON values, bytes."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framecast.bus import Record
from framecast.client.array import FrameArray
from framecast.client.timed import Timed
from framecast.errors import ForkedView, Invalid
from framecast.model.data import Value, unpack


class Item(Timed):
    """One record of data. `value` is what was sent: an array, a JSON value or bytes.

    Arrays have the dtype and shape that was sent, and are read-only views of shared memory: take `.copy()` to write.
    """

    __slots__ = ("_pid", "_value")

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self._pid = os.getpid()
        value = unpack(record.payload)
        self._value: Value = value.view(FrameArray) if isinstance(value, np.ndarray) else value

    def __reduce__(self) -> tuple[type[Item], tuple[Record]]:
        """For `copy.deepcopy` and `pickle`: an item on memory of its own."""
        return type(self), (self._record,)

    @property
    def value(self) -> Value:
        """What was sent.

        Raises:
            ForkedView: it is an array, and this process was forked from the one that read it.
        """
        if isinstance(self._value, np.ndarray) and os.getpid() != self._pid:
            raise ForkedView("item")
        return self._value

    @property
    def array(self) -> NDArray[Any]:
        """The value, where it is an array.

        Raises:
            Invalid: it is something else.
        """
        value = self.value
        if not isinstance(value, np.ndarray):
            raise Invalid(f"this item holds a value of type {type(value).__name__}, not an array: use .value")
        return value

    def __repr__(self) -> str:
        return f"<Item {self.seq} {type(self._value).__name__}>"

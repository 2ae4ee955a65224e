"""Arrays on shared memory: numpy arrays that say what to do when somebody writes to them.

Used in the reader's process, by any thread. While an array or anything derived from it lives, its record's memory
stays as it is. A copy, a pickle and the result of arithmetic are the program's own, without restrictions.
"""
# ruff: noqa: ANN401  the signatures are numpy's own

from __future__ import annotations

from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from framecast.errors import ReadOnlyFrame

_WRITERS = (
    *("__setitem__", "fill", "sort", "partition", "put", "itemset", "setfield", "byteswap", "resize"),
    *(
        "__iadd__",
        "__isub__",
        "__imul__",
        "__imatmul__",
        "__itruediv__",
        "__ifloordiv__",
        "__imod__",
        "__ipow__",
    ),
    *("__iand__", "__ior__", "__ixor__", "__ilshift__", "__irshift__"),
)


class FrameArray(np.ndarray[Any, np.dtype[np.uint8]]):
    """A numpy array on the memory of a frame: read-only, and its error on writing says so.

    Slices and reshapes of it are views of the same memory and keep it valid. `copy()` gives a plain, writable array.
    """

    def copy(self, order: Any = "C") -> NDArray[Any]:  # type: ignore[override]
        """Return a plain array of the program's own."""
        return np.array(self, order=order, copy=True, subok=False)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """Make results of arithmetic plain arrays: nothing is shared there any more."""
        plain = array.view(np.ndarray)
        return plain[()] if return_scalar else plain

    def astype(self, *args: Any, **options: Any) -> Any:
        """As numpy's; what was converted is a plain array."""
        result = super().astype(*args, **options)
        return result if result is self else result.view(np.ndarray)

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return self.copy().__reduce_ex__(protocol)

    def setflags(self, write: bool | None = None, align: bool | None = None, uic: bool | None = None) -> None:
        """As numpy's, but what is shared stays read-only."""
        if write and not self.flags.writeable:
            raise ReadOnlyFrame
        super().setflags(write=write, align=align, uic=uic)


def _guarded(name: str) -> Any:
    """Return the method `name` of numpy's arrays, which raises ReadOnlyFrame where the array may not be written."""
    plain = getattr(np.ndarray, name)

    def guarded(self: FrameArray, *args: Any, **options: Any) -> Any:
        writes = name != "byteswap" or options.get("inplace", bool(args and args[0]))
        if writes and not self.flags.writeable:
            raise ReadOnlyFrame
        return plain(self, *args, **options)

    guarded.__name__ = name
    guarded.__doc__ = plain.__doc__
    return guarded


for _name in _WRITERS:
    if hasattr(np.ndarray, _name):
        setattr(FrameArray, _name, _guarded(_name))

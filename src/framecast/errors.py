"""The whole tree of errors that Framecast raises.

    FramecastError
    ├── StreamError            something about a stream's flow
    │   ├── Closed             closed by us: this object was closed by the program
    │   ├── Broken             broken by them: the other end died or misbehaved
    │   ├── Ended              a clean end: the source finished and will not return, or the stream was removed
    │   ├── WouldBlock         nothing there yet (also a TimeoutError)
    │   └── Overrun            a promise about loss could not be kept
    ├── SourceError            a source could not be opened or read; `.reason` is a short code
    ├── BusError               shared memory and the protocol around it
    │   ├── ProtocolMismatch   the other side speaks another version
    │   ├── NotEnoughMemory    a pool is larger than the memory that is free (also a MemoryError)
    │   ├── ForkedView         a reader, publisher or frame was used in a forked child
    │   └── ReadOnlyFrame      writing to a frame (also a ValueError, as numpy's own)
    ├── NodeUnavailable        no node answers at the runtime folder (also a ConnectionError)
    ├── NotFound               unknown stream, track, ... (also a LookupError)
    ├── Conflict               two writers, a name that is taken
    ├── Denied                 not allowed
    └── Invalid                a value that cannot be (also a ValueError)

Messages say what was found, what was expected and what to do. No message contains a secret.
"""

from __future__ import annotations


class FramecastError(Exception):
    """Base of every error that Framecast raises on purpose."""


class StreamError(FramecastError):
    """Something about the flow of a stream."""


class Closed(StreamError):
    """The object was closed by this program."""


class Broken(StreamError):
    """The other end died or misbehaved."""


class Ended(StreamError):
    """The stream ended cleanly and will not return."""


class WouldBlock(StreamError, TimeoutError):
    """Nothing is there yet."""


class Overrun(StreamError):
    """A reader asked for no loss and there was some."""


class SourceError(FramecastError):
    """A source could not be opened or read.

    `reason` is one of the codes of `framecast.model.REASONS`; the message is for people.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class BusError(FramecastError):
    """Shared memory and the protocol around it."""


class ProtocolMismatch(BusError):
    """The other side speaks another version of the bus protocol."""

    def __init__(self, found: object, expected: int) -> None:
        super().__init__(
            f"the other side speaks bus protocol {found!r}, this side speaks {expected}: "
            "install the same Framecast version on both sides"
        )
        self.found = found
        self.expected = expected


class NotEnoughMemory(BusError, MemoryError):
    """A pool is larger than the memory that is free, or than its limit."""


class ForkedView(BusError):
    """A reader, publisher or frame was used in a process forked after it was made."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"this {what} was made before fork() and cannot be used in the child: its memory still "
            "belongs to the parent. Open the stream again in the child, or pass frame.copy()"
        )


class ReadOnlyFrame(BusError, ValueError):
    """A frame's memory is shared with every other reader and cannot be written."""

    def __init__(self) -> None:
        super().__init__(
            "this array is a view of a frame that every reader shares, so it is read-only: "
            "take .copy() for an array of your own"
        )


class NodeUnavailable(FramecastError, ConnectionError):
    """No node answers."""


class NotFound(FramecastError, LookupError):
    """An unknown name."""


class Conflict(FramecastError):
    """The name is taken, or a stream would get a second writer."""


class Denied(FramecastError):
    """Not allowed."""


class Invalid(FramecastError, ValueError):
    """A value that cannot be."""


# The wire names of errors: what one process says to another. The class name is the code.
BY_CODE: dict[str, type[FramecastError]] = {
    cls.__name__: cls
    for cls in (
        FramecastError,
        Closed,
        Broken,
        Ended,
        WouldBlock,
        NotEnoughMemory,
        NodeUnavailable,
        NotFound,
        Conflict,
        Denied,
        Invalid,
    )
}


def from_code(code: str, message: str) -> FramecastError:
    """Return the error that another process named by `code`; an unknown code gives a FramecastError."""
    return BY_CODE.get(code, FramecastError)(message)

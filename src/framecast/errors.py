"""The whole tree of errors that Framecast raises.

    FramecastError
    ├── StreamError            something about a stream's flow
    │   ├── Closed             closed by us: this object was closed by the program
    │   ├── Broken             broken by them: the other end died or misbehaved
    │   ├── Ended              a clean end: the source finished and will not return, or the stream was removed
    │   └── WouldBlock         nothing there yet (also a TimeoutError)
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
    ├── NoSpace                a disk is full, or fuller than it may be
    └── Invalid                a value that is not allowed (also a ValueError)

Messages say what was found, what was expected and what to do. No message contains a secret. Programs decide by the class and by
`fields`, never by the words of a message. Class, message and fields travel between processes: see `error_to_json` and `error_from_json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Self, TypeAlias

Field: TypeAlias = "str | int | float | bool | None"

# Fields that another process sent: more of them, or longer ones, are left out.
MAX_FIELDS = 16
MAX_FIELD_LENGTH = 200


class FramecastError(Exception):
    """Base of every error that Framecast raises on purpose.

    `fields` are facts for programs beside the message for people: which stream, which reason code, which limit.
    """

    def __init__(self, *args: object, **fields: Field) -> None:
        super().__init__(*args)
        self.fields = fields

    @classmethod
    def _received(cls, message: str, fields: dict[str, Field]) -> Self:
        """Return the error that another process sent."""
        error = cls(message)
        error.fields = fields
        return error


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


class SourceError(FramecastError):
    """A source could not be opened or read.

    `reason` is one of the codes of `framecast.model.REASONS`; the message is for people.
    """

    def __init__(self, reason: str, message: str, **fields: Field) -> None:
        super().__init__(message, reason=reason, **fields)
        self.reason = reason

    @classmethod
    def _received(cls, message: str, fields: dict[str, Field]) -> Self:
        """Return the error that another process sent."""
        rest = {name: value for name, value in fields.items() if name != "reason"}
        return cls(str(fields.get("reason") or "failed"), message, **rest)


class BusError(FramecastError):
    """Shared memory and the protocol around it."""


class ProtocolMismatch(BusError):
    """The other side speaks another version of the bus protocol."""

    def __init__(self, found: int, expected: int) -> None:
        super().__init__(
            f"the other side speaks bus protocol {found!r}, this side speaks {expected}: "
            "install the same Framecast version on both sides",
            found=found,
            expected=expected,
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
    """A frame's memory is shared with every other reader and must not be written."""

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


class NoSpace(FramecastError):
    """A disk is full, or would be fuller than it may be."""


class Invalid(FramecastError, ValueError):
    """A value that is not allowed."""


# The wire names of errors: what one process says to another. The class name is the code.
BY_CODE: dict[str, type[FramecastError]] = {
    cls.__name__: cls
    for cls in (
        FramecastError,
        Closed,
        Broken,
        Ended,
        WouldBlock,
        SourceError,
        NotEnoughMemory,
        NodeUnavailable,
        NotFound,
        Conflict,
        Denied,
        NoSpace,
        Invalid,
    )
}


def error_to_json(error: FramecastError) -> dict[str, Any]:
    """Return the form in which an error travels: {"error", "message"}, and "fields" if it has some."""
    found: dict[str, Any] = {"error": type(error).__name__, "message": str(error)}
    return {**found, "fields": error.fields} if error.fields else found


def error_from_json(answer: Mapping[str, Any]) -> FramecastError:
    """Return the error that another process sent; an unknown code gives a FramecastError."""
    given = answer.get("fields")
    fields = _bounded(given) if isinstance(given, Mapping) else {}
    kind = BY_CODE.get(str(answer.get("error")), FramecastError)
    return error_of(kind, str(answer.get("message", "")), fields)


def error_of(kind: type[FramecastError], message: str, fields: dict[str, Field]) -> FramecastError:
    """Return an error of this class as another process has raised it."""
    return kind._received(message, fields)


def raise_if_error(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer unless it is an error.

    Raises:
        FramecastError: the error that the other process answered.
    """
    if "error" in answer:
        raise error_from_json(answer)
    return answer


def fields_text(error: FramecastError) -> str:
    """Return an error's fields as ASCII text, for protocols whose errors have a header but no JSON."""
    return json.dumps(error.fields, separators=(",", ":")) if error.fields else ""


def fields_from_text(text: str) -> dict[str, Field]:
    """Return the fields in such a text; empty if it is something else."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return _bounded(given) if isinstance(given, Mapping) else {}


def _bounded(given: Mapping[Any, Any]) -> dict[str, Field]:
    """Keep the fields that have the allowed types and sizes."""
    kept = {
        str(name): value
        for name, value in given.items()
        if len(str(name)) <= MAX_FIELD_LENGTH
        and (value is None or isinstance(value, str | int | float))
        and len(str(value)) <= MAX_FIELD_LENGTH
    }
    return dict(list(kept.items())[:MAX_FIELDS])

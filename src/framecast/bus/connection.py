"""A subscriber's socket to one publisher: what comes in becomes records, what is finished with goes back.

Non-blocking; owned by one `Subscriber` and used by one thread at a time.
"""

from __future__ import annotations

import array
import os
import socket
from collections.abc import Callable
from typing import Any

import numpy as np

from framecast.bus import wire
from framecast.bus.view import Descriptor, Loans, Mapping, Record
from framecast.clock import monotonic_ns
from framecast.errors import Broken, Ended, error_from_json
from framecast.model import Kind, Subscription, TrackInfo
from framecast.model.subscription import HELD_VIEWS

_VIEWED = (Kind.FRAMES, Kind.DATA)
_ANCILLARY = socket.CMSG_SPACE(4)
# Releases are collected up to this many before they are sent, and never more than a quarter of the credits.
_MAX_BATCH = 32


class Connection:
    """One introduction, from the first message to the end of the socket."""

    def __init__(self, fd: int, number: int, wish: Subscription) -> None:
        self.sock = socket.socket(fileno=fd)
        self.sock.setblocking(False)
        self.number = number
        self.info: TrackInfo | None = None
        self.answer: dict[str, Any] = {}  # the newest SOUGHT
        self._has_answer = False
        self.starved = False  # True while the last message was STARVED: newer records wait for a release
        self._wish = wish
        self._infos: dict[int, TrackInfo] = {}
        self._mappings: dict[int, Mapping] = {}
        self._loans = Loans(self.sock)
        self._buffer = bytearray(wire.MAX_MESSAGE)
        self._carrier_due = False
        self._batch = max(1, min(_MAX_BATCH, wish.policy.credits // 4))

    def next(self) -> Descriptor | None:
        """Return the next record that was lent, None if nothing is there now.

        Raises:
            Broken: the publisher is gone or misbehaves.
            FramecastError: it refuses this subscription, with its own sentence.
        """
        sock, buffer = self.sock, self._buffer
        while True:
            if self._carrier_due and not self._receive_segment():
                return None
            try:
                size = sock.recv_into(buffer)
            except BlockingIOError:
                return None
            except ConnectionResetError:
                # A publisher that left without reading our releases: the kernel says so once, and before it hands out
                # the records that still lie in the socket (unix(7), skb_recv_datagram).
                continue
            except OSError as error:
                raise Broken(f"the publisher is gone ({error.strerror})") from error
            if size == wire.record_size and buffer[0] == wire.RECORD:
                self.starved = False
                return wire.unpack_record(buffer)
            if not size:
                raise Broken("the publisher is gone")
            self._handle(bytes(buffer[:size]))
            if self._has_answer:  # what follows it is not what was before it
                self._has_answer = False
                return None

    @property
    def may_skip(self) -> bool:
        """True if each record can be used without the ones before it."""
        info = self.info
        return info is None or info.stands_alone

    def give_back(self, descriptor: Descriptor, handed_ns: int = 0) -> None:
        """Return a record to its publisher; `handed_ns` 0 says that the program never saw it."""
        self._loans.give_back(descriptor[6], handed_ns)

    def record(self, descriptor: Descriptor) -> Record:
        """Return the record for the program: a view for frames and data, a copy for small things and hoarders."""
        _, _, _, segment, epoch, _, seq, offset, length, *_ = descriptor
        info, mapping = self._infos.get(epoch), self._mappings.get(segment)
        if info is None or mapping is None or offset + length > mapping.size:
            raise Broken("the publisher sent a record in memory that it has not shared")
        now = monotonic_ns()
        viewed = info.kind in _VIEWED
        if viewed and len(self._loans.held) < HELD_VIEWS:
            return Record(info, descriptor, None, (self._loans, mapping, now))
        raw = mapping.memory[offset : offset + length]
        self._loans.give_back(seq, now)
        return Record(info, descriptor, np.frombuffer(raw, np.uint8) if viewed else raw)

    def ask(self, order: dict[str, Any]) -> None:
        """Ask the source to go on at another place; what it sends until its answer is given back unread.

        Raises:
            Broken: the publisher is gone.
        """
        try:
            self.sock.send(wire.pack_json(wire.SEEK, order), socket.MSG_NOSIGNAL)
        except OSError as error:
            raise Broken(f"the publisher is gone ({error.strerror})") from error

    def flush(self, least: int = 1) -> None:
        """Tell the publisher what is finished with, where that are at least `least` records."""
        returned = self._loans.returned
        if not returned:
            return
        while len(returned) >= least and returned:
            if len(returned) == 1:
                pairs = [returned.popleft()]
                message = wire.pack_release(*pairs[0])
            else:
                pairs = [returned.popleft() for _ in range(min(len(returned), wire.MAX_RELEASES))]
                message = wire.pack_releases(pairs)
            try:
                self.sock.send(message, socket.MSG_NOSIGNAL)
            except BlockingIOError:
                returned.extendleft(reversed(pairs))
                return
            except OSError:
                return  # the publisher is gone: the next read says so

    def flush_batch(self) -> None:
        """As `flush`, but only where a batch has come together."""
        self.flush(self._batch)

    def close(self) -> None:
        """End the connection. Views that the program keeps stay valid, and keep the socket until they are gone."""
        self._loans.close()
        self._mappings.clear()

    def _handle(self, message: bytes) -> None:
        handle = _HANDLERS.get(message[0])
        if handle is None:
            raise Broken(
                f"the publisher sent an unexpected message of type {message[0]} and {len(message)} bytes"
            )
        handle(self, message)

    def _on_carrier(self, _message: bytes) -> None:
        self._carrier_due = True

    def _receive_segment(self) -> bool:
        """Take the message that carries memory; False if it has not come yet."""
        try:
            message, ancillary = self._receive_ancillary()
        except BlockingIOError:
            return False
        except OSError as error:
            raise Broken(f"the publisher is gone ({error.strerror})") from error
        fd = _take_fd(ancillary)
        if fd < 0:
            raise Broken(
                "shared memory arrived without its file descriptor: is the limit of open files reached?"
            )
        try:
            number, size = wire.unpack_segment(message)
            self._mappings[number] = Mapping(fd, size)
        finally:
            os.close(fd)
        self._carrier_due = False
        return True

    def _receive_ancillary(self) -> tuple[bytes, list[tuple[int, int, bytes]]]:
        size, flags = wire.MAX_MESSAGE, socket.MSG_CMSG_CLOEXEC
        try:
            return self.sock.recvmsg(size, _ANCILLARY, flags)[:2]
        except ConnectionResetError:  # as in `next`
            return self.sock.recvmsg(size, _ANCILLARY, flags)[:2]

    def _on_epoch(self, message: bytes) -> None:
        self.info = TrackInfo.from_json(wire.unpack_json(message))
        # Records of one older epoch may still be read from the socket, not of more.
        self._infos = {number: info for number, info in self._infos.items() if number >= self.info.epoch - 8}
        self._infos[self.info.epoch] = self.info

    def _on_discard(self, message: bytes) -> None:
        self._mappings.pop(wire.unpack_discard(message), None)

    def _on_starved(self, _message: bytes) -> None:
        self.starved = True

    def _on_sought(self, message: bytes) -> None:
        self.answer = wire.unpack_json(message)
        self._has_answer = True

    def _on_end(self, _message: bytes) -> None:
        raise Ended(f"{self._wish.stream} is at its end")

    def _on_refused(self, message: bytes) -> None:
        raise error_from_json(wire.unpack_json(message))


_HANDLERS: dict[int, Callable[[Connection, bytes], None]] = {
    wire.CARRIER: Connection._on_carrier,
    wire.EPOCH: Connection._on_epoch,
    wire.DISCARD: Connection._on_discard,
    wire.STARVED: Connection._on_starved,
    wire.REFUSED: Connection._on_refused,
    wire.SOUGHT: Connection._on_sought,
    wire.END: Connection._on_end,
}


def _take_fd(ancillary: list[tuple[int, int, bytes]]) -> int:
    for level, kind, raw in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            return int(array.array("i", raw[:4])[0])
    return -1

"""Requests of a program in a room that wait for their answers. Pure apart from the futures; the caller holds a lock.

A request stays here until it is answered. After a reconnection all are sent again, in order: each can be repeated, because a message has an id of
its own and everything else says how something shall be.
"""

from __future__ import annotations

from concurrent.futures import Future

from framecast.client.room_values import Done
from framecast.errors import FramecastError, WouldBlock, error_from_json
from framecast.model import number
from framecast.v1.rooms_pb2 import JoinRequest, JoinResponse

MOST = 256
_FARTHEST = 1e15


class RoomRequests:
    """Those of one program in one room."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[JoinRequest, Future[Done]]] = {}
        self._count = 0

    def add(self, request: JoinRequest) -> Future[Done]:
        """Take a request and give it a number.

        Raises:
            WouldBlock: too many wait.
        """
        if len(self._waiting) >= MOST:
            raise WouldBlock(f"{MOST} requests wait for an answer of the room already")
        self._count += 1
        request.ref = str(self._count)
        answer: Future[Done] = Future()
        self._waiting[request.ref] = request, answer
        return answer

    def all(self) -> list[JoinRequest]:
        """Return those that wait, in order."""
        return [request for request, _ in self._waiting.values()]

    def on_response(self, response: JoinResponse) -> None:
        """Take `done` or `error`."""
        _, answer = self._waiting.pop(response.ref, (None, None))
        if answer is None or answer.done():
            return
        if response.HasField("done"):
            done = response.done
            answer.set_result(Done(done.seq, done.is_held, done.is_repeat))
        else:
            error = response.error
            fields = {name: _value(text) for name, text in error.fields.items()}
            answer.set_exception(
                error_from_json({"error": error.error, "message": error.message, "fields": fields})
            )

    def forget(self, answer: object) -> None:
        """Wait no more for an answer."""
        for ref, (_, one) in tuple(self._waiting.items()):
            if one is answer:
                del self._waiting[ref]

    def fail(self, error: FramecastError) -> None:
        """Answer all with an error."""
        waiting, self._waiting = self._waiting, {}
        for _, answer in waiting.values():
            if not answer.done():
                answer.set_exception(error)


def _value(text: str) -> str | float:
    """Return a field of an error, a number if it looks like one."""
    try:
        return number.decimal(text, -_FARTHEST, _FARTHEST)
    except ValueError:
        return text

"""An RTSP session (RFC 2326): its requests and their answers, from OPTIONS to TEARDOWN, and its keep-alive.

Cameras answer late, twice, with other numbers, and send RTP before the answer to PLAY: everything is handled in its order, within
limits. No error message holds an address or a password. The source's thread.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections import deque
from collections.abc import Callable
from time import monotonic

from framecast.errors import SourceError
from framecast.model import REASONS
from framecast.model.number import integer
from framecast.protocols.http.login import Login
from framecast.protocols.rtp.rtcp import sign_of_life
from framecast.protocols.rtsp.address import Address
from framecast.protocols.rtsp.messages import Item, Message, request, response
from framecast.protocols.sdp import Unfit
from framecast.sources.rtsp.connection import Connection

# A camera may close a session that says nothing for this long (RFC 2326 section 12.37), unless it names another time.
_SESSION_S = 60
_SHORTEST_S, _LONGEST_S = 1.0, 30.0
_REPORT_EVERY_S = 5.0  # RFC 3550 section 6.2
_MAX_INTERIM = 16
_MAX_EARLY = 1024  # packets before the answer to PLAY
_REASONS = {401: "bad-auth", 403: "bad-auth", 404: "not-found"}
_OTHER_TRANSPORT = 461
_ATTEMPTS = 3  # a first challenge, and one that says that its nonce was stale


class HungUp(Exception):
    """The server has closed the connection after OPTIONS. Some do, and answer if OPTIONS is left out."""


class Session:
    """Speaks for one client on one connection. Everything before `playing` must be done by `deadline` (monotonic seconds)."""

    def __init__(
        self, connection: Connection, address: Address, deadline: float, stop: threading.Event
    ) -> None:
        self.connection = connection
        self._login = Login(address.user, address.password)
        self._deadline = deadline
        self._stop = stop
        self._number = 0
        self._session = ""
        self._url = address.url
        self._alive_by = "OPTIONS"
        self._alive_every_s = _SESSION_S / 2
        self._alive_at = float("inf")
        self._asked_again = False
        self._report_at = float("inf")
        self._report: Callable[[bytes], None] = lambda _packet: None
        self.ssrc = secrets.randbits(32)
        self._items: deque[Item] = deque()
        self.early: list[tuple[int, bytes]] = []

    def request(self, method: str, url: str, *headers: str) -> Message:
        """Send a request and return the answer, which may be a redirection; log in if the server asks for it.

        Raises:
            SourceError: bad-auth, not-found, timeout, closed, bad-data.
            Unfit: it is refused for another reason.
        """
        answer = self._ask(method, url, headers)
        for attempt in range(_ATTEMPTS - 1):
            if answer.status != 401:
                break
            challenges = answer.headers.get("www-authenticate", [])
            is_stale = any("stale=true" in one.lower().replace('"', "") for one in challenges)
            if not self._login.learn(challenges) or (attempt and not is_stale):
                break
            answer = self._ask(method, url, headers)
        if answer.status in _REASONS:
            raise SourceError(_REASONS[answer.status], REASONS[_REASONS[answer.status]])
        if answer.status == _OTHER_TRANSPORT and method == "SETUP":
            raise SourceError(
                "failed", "the server does not support this transport: try another one (tcp, udp)"
            )
        if not 200 <= answer.status < 400:
            raise Unfit(f"{method} is answered by {answer.status}")
        self._note(answer)
        return answer

    def begin(self, url: str) -> bool:
        """Send OPTIONS and learn what the server supports; many cameras expect it first, and some cannot answer it: DESCRIBE decides.

        False if the answer was an error.

        Raises:
            SourceError: bad-auth, closed, timeout, bad-data.
            HungUp: the server has closed the connection instead of an answer.
        """
        try:
            answer = self.request("OPTIONS", url)
        except Unfit:
            return False
        except SourceError as error:
            if error.reason == "closed" and not self._stop.is_set():
                raise HungUp from error
            # A wrong password is not tried again: cameras would lock this client out.
            if error.reason == "not-found" or (error.reason == "bad-auth" and not self._login.was_used):
                return False
            raise
        methods = [word.strip().upper() for word in answer.header("public").split(",")]
        if "GET_PARAMETER" in methods:
            self._alive_by = "GET_PARAMETER"
        return True

    def playing(self, url: str, report: Callable[[bytes], None]) -> list[Item]:
        """Note that PLAY was answered; `report` sends RTCP packets. Return what has come already."""
        self._url, self._report = url, report
        self._alive_at = monotonic() + self._alive_every_s
        self._report_at = monotonic() + _REPORT_EVERY_S
        items: list[Item] = [*self.early, *self._items]
        self.early, self._items = [], deque()
        return items

    def keep_alive(self, now: float) -> None:
        """Send a sign of life when it is due: by requests, and by RTCP, because some cameras accept only one of them.

        Raises:
            SourceError: closed.
        """
        if now >= self._report_at:
            self._report_at = now + _REPORT_EVERY_S
            self._report(sign_of_life(self.ssrc))
        if now >= self._alive_at:
            self._alive_at = now + self._alive_every_s
            self._asked_again = False
            self._send(self._alive_by, self._url, ())

    def heard(self, message: Message) -> None:
        """Take a message that comes between packets: an answer to `keep_alive`, or a request of the server.

        Raises:
            SourceError: closed.
        """
        if not message.status:
            self._refuse(message)
        elif message.status == 401 and not self._asked_again:
            self._asked_again = True
            if self._login.learn(message.headers.get("www-authenticate", [])):
                self._send(self._alive_by, self._url, ())
        elif message.status >= 400 and message.status != 401:
            self._alive_by = "OPTIONS"  # which every server supports

    def close(self) -> None:
        """Tear the session down without waiting, and close the connection. Idempotent."""
        last = self._text("TEARDOWN", self._url, ()) if self._session else b""
        self._session = ""
        self.connection.close(last)

    # --- requests

    def _send(self, method: str, url: str, headers: tuple[str, ...]) -> None:
        self.connection.send(self._text(method, url, headers))

    def _text(self, method: str, url: str, headers: tuple[str, ...]) -> bytes:
        self._number += 1
        lines = [f"CSeq: {self._number}", "User-Agent: framecast", *headers]
        if self._session:
            lines.append(f"Session: {self._session}")
        if login := self._login.header(method, url):
            lines.append(f"Authorization: {login}")
        return request(method, url, lines)

    def _refuse(self, message: Message) -> None:
        number = re.sub(r"\D", "", message.header("cseq"))[:10]
        self.connection.send(response("501 Not Implemented", [f"CSeq: {number or 0}"]))

    # --- answers

    def _ask(self, method: str, url: str, headers: tuple[str, ...]) -> Message:
        """Send a request and return its final answer."""
        self._send(method, url, headers)
        interim = 0
        while True:
            item = self._next()
            if isinstance(item, tuple):
                if len(self.early) < _MAX_EARLY:
                    self.early.append(item)
                continue
            if item.status >= 200:
                return item
            interim += 1
            if interim > _MAX_INTERIM:
                raise SourceError("bad-data", "the server sends only interim answers")
            if not item.status:
                self._refuse(item)

    def _next(self) -> Item:
        while not self._items:
            self._items.extend(self.connection.items())
            if self._items:
                break
            if self._stop.is_set():
                raise SourceError("closed", "the source was stopped while it was opened")
            if monotonic() >= self._deadline:
                raise SourceError("timeout", REASONS["timeout"])
            self.connection.receive()
        return self._items.popleft()

    def _note(self, answer: Message) -> None:
        session, _, rest = answer.header("session").partition(";")
        if session.strip():
            self._session = session.strip()[:256]
        found = re.search(r"timeout\s*=\s*(\d{1,6})", rest)
        timeout_s = integer(found[1], 0, 999_999) if found else 0
        if timeout_s:
            self._alive_every_s = min(max(timeout_s / 2, _SHORTEST_S), _LONGEST_S)

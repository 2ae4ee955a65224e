"""Sends a file to the library of a node: tus 1.0 over HTTP, continued wherever it broke off. Synchronous; one thread.

The address of an upload that is not complete stands in a small file of the user (`XDG_STATE_HOME`), so that another run of the program continues it. It counts for one file, by
its path, size and time of change. A connection that breaks is made again until nothing has come through for `patience_s`.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from framecast import private_file
from framecast.errors import (
    Conflict,
    Denied,
    FramecastError,
    Invalid,
    NodeUnavailable,
    NoSpace,
    NotFound,
    error_from_json,
)
from framecast.model import number
from framecast.model.address import without_user
from framecast.model.backoff import Backoff

_BLOCK = 1 << 20
_TIMEOUT_S = 60.0
PATIENCE_S = 60.0
_BODY_TYPE = "application/offset+octet-stream"
_LOST = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True)
class Target:
    """A node's web server: its URL, which ends in a slash, and the token that it wants, '' for none."""

    url: str
    token: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str, token: str = "") -> Target:
        """Return the target of http(s)://TOKEN@host:port/base.

        Raises:
            Invalid: it is another address.
        """
        user, rest = without_user(text)
        parts = urlsplit(rest)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise Invalid("the address of a node must be like http://host:8080 or https://host")
        name, _, password = user.partition(":")
        return cls(rest.rstrip("/") + "/", token or unquote(password or name))


class Sender:
    """Sends files to one node. `on_progress` gets how many bytes are there, and of how many."""

    def __init__(
        self,
        target: Target,
        on_progress: Callable[[int, int], None] = lambda _done, _size: None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._target = target
        self._on_progress = on_progress
        self._patience_s = patience_s
        self._connection: http.client.HTTPConnection | None = None

    def send(self, path: Path, metadata: Mapping[str, str]) -> str:
        """Send a file, from where an earlier attempt stopped, and return the id of its video.

        Raises:
            NodeUnavailable: no node answers, or nothing came through for `patience_s`. FramecastError: what the node says. OSError: the file.
        """
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            note = _note_path(self._target.url, path, found)
            location = self._known(note) or self._begin(found.st_size, metadata)
            private_file.locked(note).close()
            private_file.replace(note, location)
            video = self._send_all(file.fileno(), location, found.st_size)
        note.unlink(missing_ok=True)
        note.with_suffix(".lock").unlink(missing_ok=True)
        return video

    def video(self, video: str) -> dict[str, Any]:
        """Return what the node says of a video."""
        status, _, body = self._ask("GET", urljoin(self._target.url, f"api/videos/{video}"))
        found: dict[str, Any] = _checked(status, body)
        return found

    def page(self, video: str) -> str:
        """Return the address of the page of a video."""
        return urljoin(self._target.url, f"videos/{video}")

    def close(self) -> None:
        """End the connection. Idempotent."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _known(self, note: Path) -> str:
        """Return the address of an earlier attempt, '' if there is none that the node knows."""
        try:
            location = note.read_text()
            status, _, _ = self._ask("HEAD", location)
        except FileNotFoundError:
            return ""
        return location if status == http.client.OK else ""

    def _begin(self, size: int, metadata: Mapping[str, str]) -> str:
        pairs = ",".join(
            f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in metadata.items()
        )
        headers = {"Upload-Length": str(size), "Upload-Metadata": pairs}
        url = urljoin(self._target.url, "api/uploads")
        status, answered, body = self._ask("POST", url, headers)
        _checked(status, body)
        return str(urljoin(url, answered["Location"] or ""))

    def _send_all(self, file: int, location: str, size: int) -> str:
        """Send what is missing, again and again, as long as it gets further."""
        reached, since, pauses = -1, time.monotonic(), Backoff(5.0)
        while True:
            offset, video = self._state(location)
            if offset == size:
                return video
            if offset > reached:
                reached, since, pauses = offset, time.monotonic(), Backoff(5.0)
            elif time.monotonic() - since > self._patience_s:
                raise NodeUnavailable(
                    f"nothing more came through for {self._patience_s:g} s: the same command continues at {offset} bytes"
                )
            else:
                time.sleep(pauses.next_s())
            self._send_rest(file, location, offset, size)

    def _state(self, location: str) -> tuple[int, str]:
        status, headers, _ = self._ask("HEAD", location)
        if status == http.client.NOT_FOUND:
            raise NotFound("the node does not know this upload any more: run the command again")
        if status != http.client.OK:
            raise _checked_error(status, b"")
        return number.integer(headers["Upload-Offset"] or "", 0, 1 << 62), headers["Framecast-Video"] or ""

    def _send_rest(self, file: int, location: str, offset: int, size: int) -> None:
        headers = {
            "Upload-Offset": str(offset),
            "Content-Type": _BODY_TYPE,
            "Content-Length": str(size - offset),
        }
        try:
            status, _, body = self._once("PATCH", location, headers, self._pieces(file, offset, size))
        except _LOST:
            self.close()
            return
        if status == http.client.NO_CONTENT:
            return
        self.close()
        error = _checked_error(status, body)
        # Another request has taken it over, or the node is busy or full: it may be better in a moment.
        if not isinstance(error, Conflict | NoSpace) and status < http.client.INTERNAL_SERVER_ERROR:
            raise error

    def _pieces(self, file: int, offset: int, size: int) -> Iterator[bytes]:
        while offset < size:
            piece = os.pread(file, min(_BLOCK, size - offset), offset)
            if not piece:
                raise Invalid("the file has become shorter while it was sent")
            yield piece
            offset += len(piece)
            self._on_progress(offset, size)

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Ask until there is an answer.

        Raises:
            NodeUnavailable: there is none for `patience_s`.
        """
        until, pauses = time.monotonic() + self._patience_s, Backoff(5.0)
        while True:
            try:
                status, answered, body = self._once(method, url, headers or {}, None)
            except _LOST as error:
                self.close()
                if time.monotonic() > until:
                    raise NodeUnavailable(f"no node answers at {self._target.url}: {error}") from error
            else:
                if status < http.client.INTERNAL_SERVER_ERROR or time.monotonic() > until:
                    return status, answered, body
            time.sleep(pauses.next_s())

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: Iterator[bytes] | None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        if self._connection is None:
            self._connection = _connection(url)
        given = {"Tus-Resumable": "1.0.0", **headers}
        if self._target.token:
            given["Authorization"] = f"Bearer {self._target.token}"
        parts = urlsplit(url)
        try:
            self._connection.request(method, parts.path, body, given)
        except BrokenPipeError:
            pass  # the node has answered before it has read all
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.will_close:
            self.close()
        return answer.status, answer.msg, content


def _connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            host, parts.port, timeout=_TIMEOUT_S, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(host, parts.port, timeout=_TIMEOUT_S)


def _checked(status: int, body: bytes) -> Any:  # noqa: ANN401
    """Return the JSON of an answer.

    Raises:
        FramecastError: it is a refusal.
    """
    if status >= http.client.BAD_REQUEST:
        raise _checked_error(status, body)
    return json.loads(body)


def _checked_error(status: int, body: bytes) -> FramecastError:
    try:
        given = json.loads(body)
    except ValueError:
        given = {}
    if status in (http.client.UNAUTHORIZED, http.client.FORBIDDEN) and not given.get("message"):
        return Denied("the node does not let this program upload: give a token that may change videos")
    if not isinstance(given, dict) or "error" not in given:
        return NodeUnavailable(f"what answers is no node of this version (status {status})")
    return error_from_json(given)


def _note_path(url: str, path: Path, found: os.stat_result) -> Path:
    """Return the path of the file that has the address of the upload of this file."""
    base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    key = f"{url}\0{path.resolve()}\0{found.st_size}\0{found.st_mtime_ns}"
    return base / "framecast" / "uploads" / hashlib.sha256(key.encode()).hexdigest()[:32]

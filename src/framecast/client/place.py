"""Finds a stream: in the running node by its name, or in this program's own node by its address.

A stream that is opened by its address lives as long as something in this process reads it. All readers in this process share a
live source with the same options; each opening of a file has a source of its own, because each reader wants its beginning.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from framecast.bus import Channel
from framecast.bus.runtime import node_socket
from framecast.client.node_client import NodeClient
from framecast.client.private import PrivateNode, private_node
from framecast.errors import FramecastError, Invalid, NodeUnavailable, NotFound, SourceError
from framecast.log import get_logger
from framecast.model import Source, Subscription, check_name
from framecast.model.missing_file import looks_like_file, missing_file, refuse_missing
from framecast.peer.address import remote_address

log = get_logger(__name__)

Options = Mapping[str, str | float | bool]
# Options that are part of a remote stream's address.
_REMOTE = frozenset({"raw", "token", "jpeg"})


def _nothing() -> None:
    """Do nothing: what is in the running node is not ours to end."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stream's name and how to reach its node. `release` says that this reader is finished with it."""

    stream: str
    connect: Callable[[Subscription], Channel]
    release: Callable[[], None] = _nothing
    title: str = ""  # the stream's name at another node


def locate(what: str | int | os.PathLike[str], node: Path | None, wait: bool, options: Options) -> Place:
    """Return where `what` is; a source that is opened by its address is added to this program's own node.

    If the option `pace` is not "normal", the stream belongs to this opening alone and waits for its reader.

    Raises:
        NodeUnavailable: no node answers, or the own one cannot be started.
        NotFound: with `wait` false, the running node has no such stream.
        SourceError: not-found: the file does not exist, or a name ends as that of a file does, and there is neither.
        Invalid: an option that is not allowed, or options for a stream of the running node.
    """
    if is_name(what):
        return _in_running_node(str(what), node, wait, options)
    if node is not None:
        raise Invalid(
            f"{Source(str(what))} is not a stream name, and node= takes names only: leave out node="
        )
    address = (
        remote_address(what, {name: options[name] for name in options.keys() & _REMOTE})
        if (isinstance(what, str))
        else None
    )
    if address is None:
        return _in_own_node(what, options)
    rest = {name: value for name, value in options.items() if name not in _REMOTE}
    return replace(_in_own_node(address.source.reveal(), rest), title=address.stream)


def is_name(what: str | int | os.PathLike[str]) -> bool:
    """Return True if `what` is the name of a stream, False if it is an address.

    Texts with ':' or '/', numbers (devices) and paths are addresses. So is a text with a dot that is a file here.
    """
    if not isinstance(what, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", what):
        return False
    return not ("." in what and Path(what).is_file())


def is_file(what: str | int | os.PathLike[str]) -> bool:
    """Return True if `what` is the address of a file that is there."""
    if isinstance(what, int) or is_name(what):
        return False
    return _file_at(os.fspath(what)) is not None


def _file_at(text: str) -> Path | None:
    """Return the file that an address names, None if it names no file."""
    source = Source(text)
    try:
        path = source.path if source.scheme in ("", "file") else Path(text)
        return path.resolve() if path.is_file() else None
    except (Invalid, ValueError, OSError):
        return None


def _in_running_node(name: str, node: Path | None, wait: bool, options: Options) -> Place:
    check_name(name)
    if "pace" in options:
        raise Invalid(
            f"pace {options['pace']!r} is only for a file that is opened by its path, but {name!r} is the name of a shared "
            "stream, which does not wait for readers: leave pace out, or open the file by its path"
        )
    if options:
        raise Invalid(
            f"{', '.join(options)}: such options need the address of a source, but {name!r} is the name of a stream "
            "that the node already has: set them in framecast.yaml"
        )
    socket = node_socket(node)
    try:
        check_known(name, socket)
    except NotFound as error:
        if not wait:
            raise
        log.warning("%s; waiting for it (wait=False raises an error instead)", error)
    return Place(name, lambda _wish: Channel.connect(socket))


def check_known(name: str, socket: Path) -> None:
    """Return if the node has a stream of that name.

    Raises:
        NodeUnavailable: no node answers.
        NotFound: it has none; the message says which ones it has.
        SourceError: so is it, and the name ends as that of a file does, which is not there either.
    """
    try:
        with NodeClient(socket=socket) as client:
            client.stream(name)
    except (NotFound, NodeUnavailable) as error:
        if not looks_like_file(name):
            raise
        why = "no node runs" if isinstance(error, NodeUnavailable) else "the node has no such stream"
        raise SourceError("not-found", f"{missing_file(Source(name))}; and {why}") from error


def _in_own_node(what: str | int | os.PathLike[str], options: Options) -> Place:
    text = os.fspath(what) if isinstance(what, os.PathLike) else str(what)
    refuse_missing(Source(text))
    file = _file_at(text)
    node = private_node()
    if file is not None or "pace" in options:
        name = f"file-{secrets.token_hex(6)}"
        text = text if file is None else str(file)
    else:
        order = json.dumps([text, dict(options)], sort_keys=True)
        name = f"open-{hashlib.sha256(order.encode()).hexdigest()[:12]}"
    share = _Share(node, name)
    share.take(text, options)
    return Place(name, lambda _wish: Channel.connect(node.socket), share.release)


class _Share:
    """One reader's part in a stream of the own node: the last one to leave removes it. Thread-safe, idempotent."""

    _counts: dict[tuple[PrivateNode, str], int] = {}  # noqa: RUF012  one table for the process, under the lock
    _lock = threading.Lock()

    def __init__(self, node: PrivateNode, name: str) -> None:
        self._node = node
        self._name = name
        self._taken = False

    def take(self, source: str, options: Options) -> None:
        """Add the stream if this is its first reader."""
        with self._lock:
            key = (self._node, self._name)
            if not self._counts.get(key):
                with NodeClient(socket=self._node.socket) as client:
                    client.put(self._name, source, **options)
            self._counts[key] = self._counts.get(key, 0) + 1
            self._taken = True

    def release(self) -> None:
        """Give this part back."""
        with self._lock:
            if not self._taken:
                return
            self._taken = False
            key = (self._node, self._name)
            self._counts[key] -= 1
            if self._counts[key] or not self._node.alive:
                return
            del self._counts[key]
            try:
                with NodeClient(socket=self._node.socket, timeout_s=2.0) as client:
                    client.delete(self._name)
            except FramecastError:
                return  # the node has gone, and its streams with it

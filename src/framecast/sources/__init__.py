"""Where streams come from. Every kind of source is a module with `run(publisher, spec, stop)`.

`run` chooses by the address alone. It returns if the source ended cleanly or `stop` was set, and raises SourceError if
it failed. Runs in the source process; the node only calls `check`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePath

from framecast import keyfile
from framecast.bus import Publisher
from framecast.errors import FramecastError, Invalid
from framecast.model import Source, StreamSpec
from framecast.model.networks import Networks
from framecast.model.suggestion import did_you_mean
from framecast.peer.address import PeerAddress
from framecast.sandbox.level import Level
from framecast.sources import (
    confinement,
    device,
    dial,
    file,
    http,
    numbers,
    pattern,
    peer,
    reach,
    rtsp,
    sdp,
    video,
    zmq,
)
from framecast.sources.confinement import confine_check, confine_rendition

__all__ = ["check", "confine", "confine_check", "confine_rendition", "kind_of", "run"]

Run = Callable[[Publisher, StreamSpec, threading.Event], None]

# Kind -> the function that runs it, and the one that checks its address before any connection is made.
KINDS: dict[str, tuple[Run, Callable[[Source], object]]] = {
    "rtsp": (rtsp.run, dial.address_of),
    "http": (http.run, dial.address_of),
    "sdp": (sdp.run, str),
    "file": (file.run, file.path_of),
    "device": (device.run, device.path_of),
    "pattern": (pattern.run, pattern.PatternOptions.parse),
    "numbers": (numbers.run, numbers.NumbersOptions.parse),
    "video": (video.run, video.id_of),
    "peer": (peer.run, PeerAddress.of_stream),
    "zmq": (zmq.run_native, zmq.check_native),
    "imagezmq": (zmq.run_images, zmq.check_images),
}
SCHEMES = {
    "rtsp": "rtsp",
    "rtsps": "rtsp",
    "http": "http",
    "https": "http",
    "file": "file",
    "v4l2": "device",
    "pattern": "pattern",
    "numbers": "numbers",
    "video": "video",
    "grpc": "peer",
    "grpcs": "peer",
    "zmq": "zmq",
    "imagezmq": "imagezmq",
    "imagezmq+rep": "imagezmq",
}


def confine(
    spec: StreamSpec,
    folders: reach.Folders = None,
    networks: Sequence[str] | None = None,
    withheld: Sequence[str] = (),
) -> Level:
    """Take from this process everything that the source of `spec` does not need, and return what the kernel enforces.

    Before `run`, and before the process has a second thread. `folders` and `networks` as for `check`; nothing in the folders `withheld` is readable
    afterwards, except a file that the address itself names.
    """
    try:
        kind = kind_of(spec.source)
        reach.check(spec, kind, folders)
    except FramecastError:  # `run` will raise it; until then nothing is needed
        return confine_check(withheld)
    return confinement.confine(spec, kind, folders, withheld, asks_services=networks is None)


def run(
    publisher: Publisher,
    spec: StreamSpec,
    stop: threading.Event,
    folders: reach.Folders = None,
    networks: Sequence[str] | None = None,
) -> None:
    """Publish `spec.source` until it ends or `stop` is set. `folders` and `networks` as for `check`.

    Raises:
        SourceError: it cannot be opened or read; it carries the reason.
        Invalid: the address is not valid.
    """
    kind = kind_of(spec.source)
    reach.check(spec, kind, folders)
    spec = _limited(spec, kind, networks)
    source_run, _ = KINDS[kind]
    with reach.held(spec, kind, folders) as admitted:
        source_run(publisher, admitted, stop)


def check(spec: StreamSpec, folders: reach.Folders = None, networks: Sequence[str] | None = None) -> None:
    """Return if the address of the source is valid, without a connection.

    With `folders` None the owner of the node has given the address. Otherwise it came over the network, and may name only files inside these folders.
    With `networks` None it may lead anywhere, otherwise only into these (`model.networks`).

    Raises:
        Invalid: says what is wrong with it.
        Denied: it names a file or a network that is not allowed; the message says what to do.
    """
    kind = kind_of(spec.source)
    if spec.reading.pace != "normal" and kind != "file":
        raise Invalid(
            f"pace {spec.reading.pace!r} is for files, but {spec.source} is of the kind {kind}: leave pace out"
        )
    _, find_fault = KINDS[kind]
    find_fault(spec.source)
    reach.check(spec, kind, folders)
    _limited(spec, kind, networks)


def _limited(spec: StreamSpec, kind: str, texts: Sequence[str] | None) -> StreamSpec:
    """Return the spec whose address reaches these networks only.

    Raises:
        Denied: as `check`.
    """
    networks = None if texts is None else Networks.parse(texts)
    reach.check_networks(spec, kind, networks)
    return spec if networks is None else replace(spec, source=replace(spec.source, networks=networks))


def missing(spec: StreamSpec, folders: reach.Folders = None) -> str | None:
    """Return in words that the file which an address names does not exist, None if it exists or none is named. As `check`."""
    return reach.missing(spec, kind_of(spec.source), folders)


def kind_of(source: Source) -> str:
    """Return the kind of source that an address names.

    Raises:
        Invalid: the scheme is not known.
    """
    text, scheme = source.reveal(), source.scheme
    if text.startswith(keyfile.PREFIX):
        raise Invalid(
            "the saved address is encrypted and cannot be opened: put back the key that 'framecast doctor' names and restart the node, "
            "or type the address again"
        )
    if scheme and scheme not in SCHEMES:
        known = [f"{name}:" for name in SCHEMES]
        near = did_you_mean(f"{scheme}:", known)
        raise Invalid(
            f"{scheme}: is not a known kind of source: {f'{near} Otherwise ' if near else ''}"
            f"use {', '.join(known)}, a path or the number of a video device"
        )
    if not scheme and device.is_device(text):
        return "device"
    kind = SCHEMES.get(scheme, "file")
    path = text.partition("?")[0] if kind == "http" else text
    return "sdp" if kind in ("file", "http") and PurePath(path).suffix.lower() == ".sdp" else kind

"""What an address that came over the network may use: of this machine files and devices of `media_dirs`, and no files with keys; and certain networks only.

`check` runs when a stream is added or tried, `held` again when it is opened, because a path may lead elsewhere by then. The
table `model.kinds` describes the parts of addresses. Runs in the processes that check addresses and in source processes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

from framecast.errors import Denied, SourceError
from framecast.model import Source, StreamSpec
from framecast.model.kinds import KINDS, REMOTE_SCHEMES, Use
from framecast.model.missing_file import missing_file
from framecast.model.networks import Networks
from framecast.sources import beneath, device, dial, file

# Folders that a stranger's address may name files of; None: the owner of the node has given the address, and names what they like.
Folders = Sequence[str] | None

_PATHS: Mapping[Use, Callable[[Source], Path]] = {
    Use.MEDIA: file.path_of,
    Use.DEVICE: lambda source: device.path_of(source).path,
}


def check(spec: StreamSpec, kind: str, folders: Folders) -> None:
    """Return if the address names nothing that it may not.

    Raises:
        Denied: names the part, and says what to do.
    """
    if folders is None:
        return
    _check_options(spec, kind)
    path = local_path(spec.source, kind)
    if path is not None and beneath.find(path, folders) is None:
        raise Denied(_refusal(spec, KINDS[kind].path))


def check_networks(spec: StreamSpec, kind: str, networks: Networks | None) -> None:
    """Return if the address may be one that reaches these networks only: None for all. A name is resolved when it is dialled, not here.

    Raises:
        Denied: it opens a port of this machine, or its IP address is in none of them.
    """
    if networks is None:
        return
    scheme = spec.source.scheme
    if scheme in KINDS[kind].listens:
        what = "a session description" if kind == "sdp" else f"{scheme}:"
        raise Denied(
            f"{spec.source} cannot be added by this account: {what} opens ports of this machine to senders, which needs an administrator"
        )
    if scheme in dial.PORTS:
        host, _ = dial.address_of(spec.source)
        if not dial.admits(networks, host):
            raise Denied(dial.refusal(host))


def missing(spec: StreamSpec, kind: str, folders: Folders) -> str | None:
    """Return in words that the file which an address names does not exist; None if it exists, or if it names no file.

    The file of an address that came over the network is looked for where it would be opened: below `media_dirs`.
    """
    if folders is None:
        return missing_file(spec.source)
    path = local_path(spec.source, kind) if KINDS[kind].path is Use.MEDIA else None
    found = None if path is None else beneath.find(path, folders)
    if found is None or os.path.exists(found.path):
        return None
    return f"there is no file {spec.source} in the folders of media_dirs"


@contextmanager
def held(spec: StreamSpec, kind: str, folders: Folders) -> Iterator[StreamSpec]:
    """Give the spec as it may be opened: a file of a stranger's address is held open, so that its name cannot come to mean another.

    Raises:
        SourceError: forbidden, or not-found.
    """
    path = None if folders is None else local_path(spec.source, kind)
    if folders is None or path is None:
        yield spec
        return
    found = beneath.find(path, folders)
    if found is None:
        raise SourceError("forbidden", _refusal(spec, KINDS[kind].path))
    if KINDS[kind].path is Use.DEVICE:  # only root makes devices: its real path stays what it was
        query = spec.source.reveal().partition("?")[2]
        yield replace(spec, source=Source(f"v4l2:{found.path}{'?' if query else ''}{query}"))
        return
    with beneath.hold(found, str(spec.source)) as fd:
        stand_in = f"/proc/self/fd/{fd}"
        try:
            yield replace(spec, source=Source(f"file:{stand_in}"))
        except SourceError as error:
            raise SourceError(error.reason, str(error).replace(stand_in, str(spec.source))) from None


def local_path(source: Source, kind: str) -> Path | None:
    """Return the file or device of this machine that an address names, None if it names none."""
    path_of = _PATHS.get(KINDS[kind].path)
    return None if path_of is None or source.scheme in REMOTE_SCHEMES else path_of(source)


def _check_options(spec: StreamSpec, kind: str) -> None:
    """An option without a row is refused, too: nobody has said yet that it names no file."""
    known = KINDS[kind].options
    if known is None:
        return
    query = spec.source.reveal().partition("?")[2]
    for name, _ in parse_qsl(query, keep_blank_values=True):
        use = known.get(name)
        if use is Use.CREDENTIAL:
            raise Denied(
                f"the option {name} names a file with a key or a token, which an address that comes over the network may not do: "
                f"write the stream into framecast.yaml, or run on the server: framecast add {spec.name} ADDRESS"
            )
        if use is Use.OWNER:
            raise Denied(
                f"the option {name} opens a port to other machines, which an address that comes over the network may not do: "
                f"write the stream into framecast.yaml, or run on the server: framecast add {spec.name} ADDRESS"
            )
        if use not in (Use.PLAIN, Use.HIDDEN):
            raise Denied(
                f"the option {name!r:.40} is not known for an address that comes over the network: "
                f"known are {', '.join(sorted(known)) or 'none'}"
            )


def _refusal(spec: StreamSpec, use: Use) -> str:
    """Say it in the stranger's own words: where a link leads, or what `~` is, is not theirs to know."""
    given = str(spec.source)
    what, folder = ("device", "/dev") if use is Use.DEVICE else ("file", "its folder")
    return (
        f"{given} is not inside a folder of media_dirs, and an address that comes over the network may name no other {what}: "
        f"add {folder} to media_dirs in framecast.yaml, or run on the server: framecast add {spec.name} {given}"
    )

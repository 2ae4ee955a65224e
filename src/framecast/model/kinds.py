"""Every kind of source: which schemes name it, and what the parts of its address are. The only such table.

It decides which addresses may name a file of this machine (`sources.reach`) and which parts of an address may be shown
(`model.mask`). A kind, scheme or option without a row here is refused to the network and masked. Pure data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl


class Use(StrEnum):
    """What a part of an address is."""

    PLAIN = "plain"  # harmless: a size, a name, a number
    HIDDEN = "hidden"  # a password or a token itself
    REMOTE = "remote"  # a place at the server that is dialled
    MEDIA = "media"  # a file of this machine that is played: for the network only inside `media_dirs`
    DEVICE = "device"  # a device of this machine: likewise
    OWNER = "owner"  # a choice that opens this machine to others: never for the network
    CREDENTIAL = "credential"  # a file of this machine with a key or a token: never for the network


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One row. `options` None: the query belongs to the server that is dialled, and we have no option in it."""

    schemes: tuple[str, ...]  # '' is an address without one
    path: Use
    options: Mapping[str, Use] | None = None
    # Schemes that open ports of this machine to senders: never for an address that may reach certain networks only.
    listens: tuple[str, ...] = ()


KINDS: Mapping[str, SourceKind] = {
    "rtsp": SourceKind(("rtsp", "rtsps"), Use.REMOTE),
    "http": SourceKind(("http", "https"), Use.REMOTE),
    "sdp": SourceKind(("", "file", "http", "https"), Use.MEDIA, listens=("", "file", "http", "https")),
    "file": SourceKind(("", "file"), Use.MEDIA),
    "device": SourceKind(("", "v4l2"), Use.DEVICE, {"size": Use.PLAIN, "fps": Use.PLAIN}),
    "pattern": SourceKind(
        ("pattern",), Use.PLAIN, dict.fromkeys(("size", "fps", "id", "tone", "audio"), Use.PLAIN)
    ),
    "numbers": SourceKind(
        ("numbers",), Use.PLAIN, dict.fromkeys(("lower", "upper", "count", "period", "seed"), Use.PLAIN)
    ),
    "video": SourceKind(("video",), Use.PLAIN),
    "peer": SourceKind(
        ("grpc", "grpcs"), Use.REMOTE, {"raw": Use.PLAIN, "jpeg": Use.PLAIN, "token": Use.HIDDEN}
    ),
    "zmq": SourceKind(
        ("zmq",),
        Use.REMOTE,
        dict.fromkeys(("server_key_file", "secret_key_file", "token_file"), Use.CREDENTIAL),
    ),
    "imagezmq": SourceKind(
        ("imagezmq", "imagezmq+rep"),
        Use.REMOTE,
        {"name": Use.PLAIN, "insecure": Use.OWNER},
        listens=("imagezmq+rep",),
    ),
}
# Schemes whose path is at a server, whatever the kind says of addresses without one.
REMOTE_SCHEMES = frozenset(
    scheme for kind in KINDS.values() if kind.path is Use.REMOTE for scheme in kind.schemes
)


def names_credentials(address: str) -> bool:
    """True for an address that names a file with a key or a token."""
    scheme = address.partition(":")[0].lower()
    files = {
        option
        for kind in KINDS.values()
        if scheme in kind.schemes
        for option, use in (kind.options or {}).items()
        if use is Use.CREDENTIAL
    }
    query = address.partition("?")[2]
    return any(name in files for name, _ in parse_qsl(query, keep_blank_values=True))

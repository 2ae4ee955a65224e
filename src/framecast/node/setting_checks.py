"""Checks of settings about who may reach what over the network: each returns the value that was given, or raises Invalid. Pure."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from framecast.errors import Invalid
from framecast.model.networks import Networks

_SITE = re.compile(r"[\w.-]+(:\d{1,5})?|\[[0-9a-fA-F:.]+\](:\d{1,5})?", re.ASCII)
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
# What browsers and HTTP itself send, or what means something else here.
_TAKEN_HEADERS = frozenset(
    [
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "cookie",
        "forwarded",
        "host",
        "origin",
        "referer",
        "transfer-encoding",
        "user-agent",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
    ]
)


def origins(given: list[str]) -> list[str]:
    """Sites: scheme, host and port, nothing else."""
    for one in given:
        parts = urlsplit(one)
        is_site = parts.scheme in ("http", "https") and _SITE.fullmatch(parts.netloc)
        if not is_site or parts.path.strip("/") or parts.query or parts.fragment:
            raise Invalid("must be origins such as 'https://intra.example' or 'http://10.0.0.5:8123'")
    return given


def listening_host(given: str) -> str:
    """An address or name of this machine, without the brackets that IPv6 addresses have in URLs."""
    bare = given[1:-1] if given.startswith("[") and given.endswith("]") else given
    try:
        return str(ipaddress.ip_address(bare)) if ":" in bare and "%" not in bare else bare
    except ValueError as error:
        raise Invalid(
            "must be an address or a name of this machine without a port, such as '127.0.0.1', '0.0.0.0', '::1' or '::'"
        ) from error


def header(name: str) -> str:
    """The name of a header that no client needs."""
    if not _HEADER.fullmatch(name) or name.lower() in _TAKEN_HEADERS:
        raise Invalid(
            "must be the name of a header that only the proxy sets, such as 'X-Forwarded-User' or 'Remote-User'"
        )
    return name


def networks(given: list[str]) -> list[str]:
    """Addresses and networks."""
    for one in given:
        try:
            ipaddress.ip_network(one, strict=False)
        except ValueError as error:
            raise Invalid("must be addresses or networks such as '127.0.0.1' or '10.0.0.0/8'") from error
    return given


def source_networks(given: list[str]) -> list[str]:
    """Networks by their words, too."""
    Networks.parse(given)
    return given

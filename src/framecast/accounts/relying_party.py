"""Under which name passkeys belong to this server (the "relying party" of WebAuthn), and why they are not possible. Pure.

A passkey belongs to a name for ever. Browsers offer passkeys only over HTTPS or on `localhost`, and never for an IP address
(WebAuthn Level 3, section 5.1.3; the secure contexts of the W3C).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from framecast.errors import Denied

_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_LOCAL = "localhost"
_LONGEST_HOST = 260


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The name that passkeys belong to, and the origin of the pages that may use them."""

    id: str
    origin: str


def relying_party(scheme: str, host: str) -> RelyingParty:
    """Return what stands for the server at this scheme and Host header.

    Raises:
        Denied: passkeys are not possible there; the message says what to do.
    """
    name = _name_of(host)
    if _is_address(name):
        raise Denied(
            f"passkeys need a name, and this page was opened by the address {name}: open it by the name of the server, over HTTPS",
            reason="address",
        )
    if not _NAME.fullmatch(name):
        raise Denied(
            "passkeys need a name, and this page was opened by none that browsers know", reason="name"
        )
    if scheme != "https" and name != _LOCAL and not name.endswith(f".{_LOCAL}"):
        raise Denied(
            f"passkeys need HTTPS, and this page was opened over HTTP: open https://{name}, or set up TLS on the server",
            reason="http",
        )
    return RelyingParty(name, f"{scheme}://{host.lower()}")


def _name_of(host: str) -> str:
    """Return the name in a Host header, '' if it is not one."""
    if len(host) > _LONGEST_HOST or set(host) & set("/?#@\\ \t"):
        return ""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        # Browsers read 0x7f.1 and 2130706433 as addresses (WHATWG URL, "ends in a number").
        return bool(re.fullmatch(r"(0x[0-9a-f]*|[0-9]+)", name.rpartition(".")[2]))
    return True

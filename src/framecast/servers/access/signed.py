"""Signed tokens: what one opens stands in it, and nobody but the holder of a key can make one. Pure.

    fc1.KEY.PAYLOAD.SIGNATURE

KEY names the key. PAYLOAD is base64url of a JSON object: `i` its id, `s` the stream, `o` the scope (`view`: its pictures and sound), `e` the
end in UTC seconds; readers pass over other members. SIGNATURE is base64url of HMAC-SHA256 over everything before it. The start of a
token is not written into it: clocks of two machines need not agree, only the one that reads it counts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from framecast.model import number
from framecast.servers.access.refusal import Reason, link_denied

VERSION = "fc1"
VIEW = "view"
MAX_CHARS = 1024
_CONTEXT = b"framecast signed token\0"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token opens, until when (UTC seconds), and the id by which it is ended before that."""

    id: str
    stream: str
    expires: int
    scope: str = VIEW
    key_id: str = field(default="", compare=False)  # of the key that has signed it, once it was read


def sign(key_id: str, key: bytes, grant: Grant) -> str:
    """Return the token of a grant."""
    fields = {"i": grant.id, "s": grant.stream, "o": grant.scope, "e": grant.expires}
    payload = _encoded(json.dumps(fields, separators=(",", ":")).encode())
    body = f"{VERSION}.{key_id}.{payload}"
    return f"{body}.{_signature(key, body)}"


def read(keys: Mapping[str, bytes], text: str, now: float) -> Grant:
    """Return what a token opens now.

    Raises:
        Denied: no key of these has signed it as it is, or its time is over.
    """
    body, _, signature = text.rpartition(".")
    version, _, rest = body.partition(".")
    key_id, _, payload = rest.partition(".")
    key = keys.get(key_id)
    if len(text) > MAX_CHARS or not text.isascii() or version != VERSION or key is None:
        raise link_denied(Reason.LINK_UNKNOWN)
    if not hmac.compare_digest(_signature(key, body), signature):
        raise link_denied(Reason.LINK_UNKNOWN)
    grant = _grant(payload, key_id)
    if now >= grant.expires:
        raise link_denied(Reason.LINK_EXPIRED)
    return grant


def _grant(payload: str, key_id: str) -> Grant:
    """What our own key has signed is as we wrote it, or as a later version did."""
    try:
        fields = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        expires = number.whole(fields["e"], 0, 1 << 53)
        return Grant(str(fields["i"]), str(fields["s"]), expires, str(fields["o"]), key_id)
    except (ValueError, KeyError, TypeError) as error:
        raise link_denied(Reason.LINK_VERSION) from error


def _signature(key: bytes, body: str) -> str:
    return _encoded(hmac.new(key, _CONTEXT + body.encode(), hashlib.sha256).digest())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

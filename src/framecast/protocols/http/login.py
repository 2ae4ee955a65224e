"""The client side of HTTP authentication, for cameras by HTTP and by RTSP: Digest with MD5 or SHA-256 (RFC 7616), and Basic (RFC 7617).

Cameras send a new challenge for each method, or when a nonce is old: the newest challenge counts for all later requests.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable

# A name begins after a character that is not part of a name: otherwise each name would be read again from each of its letters.
_PAIR = re.compile(r'(?<![A-Za-z0-9_-])([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))')
# A challenge begins with its scheme, which is not followed by =.
_CHALLENGE = re.compile(r"(?:^|,)\s*(Digest|Basic)(?=\s|$)", re.IGNORECASE)
# A quoted text without an end lasts to the end of the header.
_QUOTED = re.compile(r'"(?:[^"\\]|\\[\s\S])*+(?:"|\\?\Z)')
_HASHES: dict[str, str] = {"": "md5", "md5": "md5", "sha-256": "sha256"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Login:
    """The login of a user at one server. Its repr shows nothing."""

    def __init__(
        self, user: str, password: str, cnonce: Callable[[], str] = lambda: secrets.token_hex(8)
    ) -> None:
        self._user, self._password, self._cnonce = user, password, cnonce
        self._basic = False
        self._digest: dict[str, str] = {}
        self._count = 0

    @property
    def was_used(self) -> bool:
        """True if a challenge could be answered."""
        return self._basic or bool(self._digest)

    def learn(self, challenges: Iterable[str]) -> bool:
        """Take the WWW-Authenticate headers of a 401; False if they cannot be answered."""
        self._basic, self._digest, self._count = False, {}, 0
        if (not self._user and not self._password) or _CONTROL.search(self._user):
            return False
        for scheme, challenge in _split(challenges):
            if scheme == "basic":
                self._basic = True
            elif not self._digest and _is_known(challenge):
                self._digest = challenge
        return self._basic or bool(self._digest)

    def header(self, method: str, url: str) -> str:
        """Return the value of Authorization for a request, '' before any challenge."""
        if self._digest:
            return self._answer(method, url)
        if self._basic:
            pair = f"{self._user}:{self._password}".encode()
            return f"Basic {b64encode(pair).decode()}"
        return ""

    def _answer(self, method: str, url: str) -> str:
        challenge = self._digest
        algorithm = challenge.get("algorithm", "")
        name = algorithm.lower()
        is_session = name.endswith("-sess")

        def hashed(*parts: str) -> str:
            digest = hashlib.new(_HASHES[name.removesuffix("-sess")], usedforsecurity=False)
            digest.update(":".join(parts).encode())
            return digest.hexdigest()

        realm, nonce = challenge.get("realm", ""), challenge["nonce"]
        cnonce = self._cnonce()
        who = hashed(self._user, realm, self._password)
        if is_session:
            who = hashed(who, nonce, cnonce)
        what = hashed(method, url)
        fields = {"username": self._user, "realm": realm, "nonce": nonce, "uri": url}
        plain = {}
        if challenge.get("qop"):
            self._count += 1
            count = f"{self._count:08x}"
            fields["response"] = hashed(who, nonce, count, cnonce, "auth", what)
            plain = {"qop": "auth", "nc": count}
        else:
            fields["response"] = hashed(who, nonce, what)
        if challenge.get("qop") or is_session:
            fields["cnonce"] = cnonce
        if "opaque" in challenge:
            fields["opaque"] = challenge["opaque"]
        if algorithm:
            plain["algorithm"] = algorithm
        quoted = [f'{key}="{_escaped(value)}"' for key, value in fields.items()]
        return "Digest " + ", ".join(quoted + [f"{key}={value}" for key, value in plain.items()])


def _split(challenges: Iterable[str]) -> Iterable[tuple[str, dict[str, str]]]:
    """The challenges in some headers: several may stand in one."""
    for header in challenges:
        # A quoted text may hold a comma and the name of a scheme: it is masked while challenges are searched.
        hidden = _QUOTED.sub(lambda found: "x" * len(found[0]), header)
        found = [(place.start(1), place.end(1)) for place in _CHALLENGE.finditer(hidden)]
        for index, (begin, body) in enumerate(found):
            end = found[index + 1][0] if index + 1 < len(found) else len(header)
            pairs = _PAIR.findall(header[body:end])
            challenge = {
                key.lower(): re.sub(r"\\(.)", r"\1", quoted) or plain for key, quoted, plain in pairs
            }
            yield (
                header[begin:body].lower(),
                {key: _CONTROL.sub("", value) for key, value in challenge.items()},
            )


def _is_known(challenge: dict[str, str]) -> bool:
    name = challenge.get("algorithm", "").lower().removesuffix("-sess")
    ways = [way.strip().lower() for way in challenge["qop"].split(",")] if challenge.get("qop") else ["auth"]
    return "nonce" in challenge and name in _HASHES and "auth" in ways


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')

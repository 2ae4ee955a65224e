"""What may be shown of an address: what is known to be harmless; all else becomes ***.

Scheme, host, port, the segments of a path and the names of options stay. User and password go, and so do the values of options unless
a value is known to be harmless: an own option of the table `model.kinds`, a size, a word such as `tcp`, a number of two digits, or of
five for options such as `channel`. Of a path goes what looks like credentials: `user=..._password=..._channel=1` (XMEye),
`admin:secret`, long random text, a stream key of RTMP. A password with a raw `/`, `?`, `#` or space has no clear end: then all
behind the scheme goes. Everything takes linear time. Pure; any thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from framecast.model.kinds import KINDS, Use

MASK = "***"
HINT = "in a user name or password write / as %2F, ? as %3F, # as %23, @ as %40, : as %3A and a space as %20"

_HOST = re.compile(r"(?:\[[0-9A-Za-z:.%]*\]|[^\s:@\[\]]*)(?::[0-9]{0,5})?")
_NAME_AND_DIGITS = re.compile(r"(?!localhost:)[^.:@\[\]]+:[0-9]{1,5}")
SCHEME = re.compile(r"[A-Za-z0-9+.-]{0,32}\Z")
SECRET_NAME = re.compile(
    r"(?i)pass|pwd|psw|pw|token|secret|key|auth|sig|user|usr|login|cred|sess|hash|md5|account|"
    r"(?:^|[_.-])(?:pin|code|id_?card|sid|p|u|t|k)(?:$|[_.-])"
)
# Options whose numbers are known: which channel, how large, how fast.
_NUMBERED = frozenset(
    [
        "channel",
        "channelid",
        "channelno",
        "ch",
        "chn",
        "camera",
        "cam",
        "subtype",
        "stream",
        "streamtype",
        "streamid",
        "track",
        "profile",
        "port",
        "w",
        "h",
        "width",
        "height",
        "size",
        "resolution",
        "fps",
        "framerate",
        "rate",
        "q",
        "quality",
        "compression",
        "bitrate",
        "gop",
        "duration",
        "start",
        "timeout",
        "latency",
        "unicast",
        "proto",
        "index",
        "id",
        "n",
        "v",
        "real_stream",
        "audio",
        "video",
        "mode",
        "rotation",
        "cache",
        "interval",
        "delay",
    ]
)
_WORDS = frozenset(
    [
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "tcp",
        "udp",
        "http",
        "main",
        "sub",
        "ext",
        "low",
        "high",
        "auto",
        "none",
        "both",
        "video",
        "audio",
        "live",
        "h264",
        "h265",
        "hevc",
        "mjpeg",
        "jpeg",
        "aac",
        "opus",
        "unicast",
        "multicast",
        "caller",
        "listener",
        "rendezvous",
    ]
)
# What XMEye and its like write into a path, and what may stand between two of them.
_PATH_KEYS = frozenset(
    [
        "user",
        "username",
        "usr",
        "password",
        "passwd",
        "pass",
        "pwd",
        "psw",
        "channel",
        "stream",
        "subtype",
        "real_stream",
    ]
)
_SEPARATORS = "_&;,"
# Behind such a folder stands what it names.
_SECRET_FOLDER = re.compile(r"(?i)user|username|pass|password|pwd|token|key|auth|secret|sig|signature")
_NUMBER = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,3})?")
_SIZE = re.compile(r"[0-9]{1,5}x[0-9]{1,5}")
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}\Z")
_RUN = re.compile(r"[A-Za-z0-9]{20}")
_CHANGE = re.compile(r"(?=[0-9][A-Za-z]|[A-Za-z][0-9]|[a-z][A-Z])")
_OPTION = re.compile(r"[^&;]+")
_OPTIONS = {scheme: kind.options for kind in KINDS.values() for scheme in kind.schemes if kind.options}
_OWN_PATHS = frozenset(("file", "grpc", "grpcs", "zmq"))


class Secret(NamedTuple):
    """A part of an address that is not shown: where it is, and which part it is (`user`, `query:pw`, `path:1:password`)."""

    start: int
    end: int
    label: str


def mask_address(address: str) -> str:
    """Return an address with its secrets masked: all of the text is one."""
    parts, at = [], 0
    for secret in secrets_of(address):
        parts += [address[at : secret.start], MASK]
        at = secret.end
    return "".join([*parts, address[at:]])


def secrets_of(address: str) -> list[Secret]:
    """Return the parts of an address that are not shown, in order."""
    before, found, rest = address.partition("://")
    begin = len(before) + len(found)
    scheme = before.partition(":")[0].lower()
    if not found or not _is_scheme(before):
        return list(_query(address, scheme, address.find("?")))
    authority, end = authority_of(rest)
    if rest == MASK or _is_unclear(authority, rest[end:]):
        return [Secret(begin, len(address), "rest")] if rest else []
    secrets = []
    user = authority.rfind("@")
    if user >= 0:
        secrets.append(Secret(begin, begin + user, "user"))
    path_end = min((at for at in (address.find(mark, begin + end) for mark in "?#") if at >= 0), default=-1)
    path_end = len(address) if path_end < 0 else path_end
    if scheme not in _OWN_PATHS:
        secrets += _path(address, begin + end, path_end, scheme)
    return [*secrets, *_query(address, scheme, path_end)]


def without_user(address: str) -> tuple[str, str]:
    """Return the user info of an address as it stands, and the address without it.

    A password may have brackets in it, which the standard library takes for those of IPv6.
    """
    before, found, rest = address.partition("://")
    authority, end = authority_of(rest)
    user, at, host = authority.rpartition("@")
    return (user, f"{before}://{host}{rest[end:]}") if found and at else ("", address)


def is_cut(address: str) -> bool:
    """True for an address whose password has a raw delimiter in it, so that its host cannot be found."""
    _, found, rest = address.partition("://")
    authority, end = authority_of(rest)
    return bool(found) and is_cut_at(authority, rest[end:])


# --- the parts of an address


def _is_scheme(text: str) -> bool:
    return text[:1].isalpha() and SCHEME.fullmatch(text) is not None


def authority_of(rest: str) -> tuple[str, int]:
    """Return the part of an address with user, host and port, and where it ends."""
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    return rest[:end], end


def is_cut_at(authority: str, tail: str) -> bool:
    """True if a password goes on behind what looks like the authority."""
    if _HOST.fullmatch(authority.rpartition("@")[2]) is None:
        return True
    return "@" in tail and "@" not in authority and _NAME_AND_DIGITS.fullmatch(authority) is not None


def _is_unclear(authority: str, tail: str) -> bool:
    """An @ behind the host, other than in the values of a query: it may be the one that ends a password."""
    path = tail.partition("?")[0].partition("#")[0]
    return is_cut_at(authority, tail) or "@" in path or (not path and "@" in tail)


def _path(address: str, begin: int, end: int, scheme: str) -> Iterator[Secret]:
    at, index, before = begin, 0, ""
    count = address.count("/", begin, end)
    while at < end:
        stop = address.find("/", at, end)
        stop = end if stop < 0 else stop
        segment = address[at:stop]
        is_key = scheme.startswith("rtmp") and count > 1 and stop == end and segment != ""
        if "=" in segment:
            yield from _pairs(segment, at, f"path:{index}")
        elif is_key or _is_credential(segment) or (segment and _SECRET_FOLDER.fullmatch(before)):
            yield Secret(at, stop, f"path:{index}")
        at, index, before = stop + 1, index + 1, segment


def _pairs(segment: str, at: int, label: str) -> Iterator[Secret]:
    """`user=admin_password=a_b_channel=1`: a value goes up to the last separator before the next `=`."""
    pieces = segment.split("=")
    key_at = max(map(pieces[0].rfind, _SEPARATORS)) + 1
    key, start = pieces[0][key_at:].lower(), at + len(pieces[0]) + 1
    key_at += at
    for number, piece in enumerate(pieces[1:], 1):
        cut = len(piece) if number == len(pieces) - 1 else max(map(piece.rfind, _SEPARATORS))
        value = piece if cut < 0 else piece[:cut]
        is_known = key in _PATH_KEYS
        if not (is_known and _is_harmless(key, _EXTENSION.sub("", value))):
            yield Secret(
                start if is_known else key_at, start + len(value), f"{label}:{key if is_known else ''}"
            )
        key_at = start + (len(piece) if cut < 0 else cut + 1)
        key = "" if cut < 0 else piece[cut + 1 :].lower()
        start += len(piece) + 1


def _query(address: str, scheme: str, at: int) -> Iterator[Secret]:
    fragment = address.find("#", max(at, 0)) if "://" in address else -1
    end = len(address) if fragment < 0 else fragment
    if 0 <= at < end:
        own = _OPTIONS.get(scheme)
        for start, stop in _split(address, at + 1, end):
            key, equals, value = address[start:stop].partition("=")
            if _is_credential(unquote(key)):
                yield Secret(start, stop, "query:")
            elif equals and not _may_show(scheme, own, unquote(key), value):
                yield Secret(start + len(key) + 1, stop, f"query:{key}")
    if fragment >= 0 and end + 1 < len(address):
        yield Secret(end + 1, len(address), "fragment")


def _split(address: str, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the options of a query are."""
    return (found.span() for found in _OPTION.finditer(address, at, end))


def _may_show(scheme: str, own: object, key: str, value: str) -> bool:
    if isinstance(own, dict):
        return own.get(key) in (Use.PLAIN, Use.OWNER)
    if scheme in ("file", ""):
        return SECRET_NAME.search(key) is None
    return _is_harmless(key.lower(), value)


def _is_harmless(key: str, value: str) -> bool:
    if not value:
        return True
    if SECRET_NAME.search(key) is not None:
        return False
    if _NUMBER.fullmatch(value):
        return len(value) <= 2 or key in _NUMBERED
    return value.lower() in _WORDS or _SIZE.fullmatch(value) is not None


def _is_credential(segment: str) -> bool:
    """True for `admin:secret`, for an e-mail address, and for text that nobody would choose as a name."""
    if segment == MASK:
        return True
    text = unquote(segment)
    return any(mark in text for mark in ":@=") or _looks_random(_EXTENSION.sub("", text))


def _looks_random(text: str) -> bool:
    """Long without a separator, or more often than every third letter another kind of letter than the one before."""
    if len(text) < 10:
        return False
    if _RUN.search(text):
        return True
    return sum(1 for _ in _CHANGE.finditer(text)) > 0.3 * len(text)

"""What an attacker would look for: what is open and to whom, which secrets lie where, how old the parsers are.

The node says what it has open; the files are looked at here. Only names and modes are shown, never what is in a file.
"""

from __future__ import annotations

import os
import re
import ssl
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from framecast.client.node_client import NodeClient
from framecast.doctor.finding import Finding, Level
from framecast.errors import FramecastError
from framecast.media import inventory
from framecast.model.host import is_loopback
from framecast.model.mask import mask

_SECRET_KEY = re.compile(r"\b(?:access_token|client_secret|database)\s*:")
# A key of the configuration, or a variable of the environment, that names a file with a secret.
_SECRET_FILE = re.compile(
    r"(?m)(?:^|[\s{,])(\w{1,40}_file|FRAMECAST_\w{1,60}_FILE)[ \t]{0,8}[:=][ \t]{0,8}([^\s,}][^,}\n]*)"
)
_SECRET_WORDS = ("key", "secret", "token")
# Files that are no secret, and decide who comes in or whom clients trust: nobody else may write them.
_TRUSTED_WORDS = ("cert", "clients")
_ENCRYPTED = ("https", "grpcs")
# Files of the data folder that are secrets, and what others could do with them.
_SECRETS = {
    "secret.key": "opens the saved passwords",
    "streams.json": "the saved streams",
    "links.json": "makes share links",
    "framecast.db": "accounts, sessions and saved streams",
    "library/work.key": "signs the tickets of workers on other machines",
}


@dataclass(frozen=True, slots=True)
class Floor:
    """The oldest version of a parser that may read bytes of strangers, and why."""

    name: str
    found: Callable[[], tuple[int, ...]]
    oldest: tuple[int, ...]
    reason: str


FLOORS = (
    Floor("libavcodec", inventory.libavcodec, (61, 19), "FFmpeg before 7.1 gets no fixes any more"),
    Floor(
        "OpenCV",
        inventory.opencv,
        (4, 12),
        "4.10 and 4.11 write outside of their memory for a crafted JPEG (CVE-2025-53644)",
    ),
    Floor("Python", lambda: tuple(sys.version_info[:3]), (3, 11), "older branches get no fixes any more"),
    Floor(
        "OpenSSL",
        lambda: (*ssl.OPENSSL_VERSION_INFO[:2], ssl.OPENSSL_VERSION_INFO[3]),
        (3, 0, 7),
        "a crafted certificate overflows older ones (CVE-2022-3602)",
    ),
)


def check_exposure() -> Iterator[Finding]:
    """The ports that are open, and to whom."""
    info = node_info()
    if not info:
        yield Finding("open ports", Level.NOTE, "no node runs here, so nothing is open", "framecast serve")
    for name, server in info.get("servers", {}).items():
        url = urlsplit(str(server.get("url")))
        yield _exposed(f"{name} {url.geturl()}", url.scheme, url.hostname or "", info)


def _exposed(what: str, scheme: str, host: str, info: Mapping[str, Any]) -> Finding:
    topic = "open ports"
    if is_loopback(host):
        return Finding(topic, Level.OK, f"{what}: this machine only")
    people = (
        "accounts"
        if info.get("accounts")
        else "the access token"
        if info.get("token_strength") != "none"
        else ""
    )
    if scheme == "tcp":  # a node refuses to open it without keys
        return Finding(
            topic,
            Level.OK,
            f"{what}: other machines, by CURVE keys or tokens, unless 'insecure: true' is set",
        )
    if not people:
        mend = "framecast user add NAME --role admin   # or set FRAMECAST_ACCESS_TOKEN, and remove 'insecure: true'"
        return Finding(
            topic, Level.FAILURE, f"{what}: everybody who reaches this machine, without a password", mend
        )
    if scheme == "http" and (proxies := info.get("trusted_proxies")):
        return Finding(
            topic,
            Level.WARNING,
            f"{what}: other machines, by {people}; those that do not come through the proxy have no TLS, and passwords and pictures can be read on the way",
            f"set host to 127.0.0.1 if the proxy runs on this machine; otherwise open the port in the firewall only for {', '.join(map(str, proxies))}",
        )
    if scheme not in _ENCRYPTED:
        found = f"{what}: other machines, by {people}, but without TLS: passwords and pictures can be read on the way"
        return Finding(
            topic,
            Level.WARNING,
            found,
            "set tls.cert_file and tls.key_file, or put a proxy with TLS before it: docs/how-to/tls.md, docs/how-to/proxy.md",
        )
    return Finding(topic, Level.OK, f"{what}: other machines, by {people}, with TLS")


def check_secrets() -> Iterator[Finding]:
    """The places of secrets, and whether other users may read them."""
    info = node_info()
    folder = Path(str(info.get("data_dir") or _data_dir()))
    if not folder.is_dir():
        yield Finding("secrets", Level.NOTE, f"the data folder {folder} does not exist: nothing is saved")
        return
    yield _guarded(folder, "the data folder")
    for name, what in _SECRETS.items():
        if (folder / name).exists():
            yield _guarded(folder / name, what)
    for path in sorted(folder.glob("streams.json.broken-*")):
        found = f"{path}: a damaged file that was kept; its addresses may be in the clear"
        yield Finding("secrets", Level.WARNING, found, f"shred -u {path}   # when you need it no more")
    yield _addresses(folder / "streams.json")
    if config := info.get("config"):
        yield _configuration(Path(f"/proc/{info.get('pid')}/cwd").resolve() / config)
    yield from _named_files(Path(f"/proc/{info.get('pid')}"), str(config or ""))


def _named_files(process: Path, config: str) -> Iterator[Finding]:
    """The files with keys, secrets and tokens that the configuration and the environment of the node's process name."""
    try:
        cwd = (process / "cwd").resolve(strict=True)
        environment = (process / "environ").read_bytes().decode(errors="replace").replace("\0", "\n")
        text = (cwd / config).read_text(errors="replace") if config else ""
    except OSError:
        return
    ours = "\n".join(line for line in environment.splitlines() if line.startswith("FRAMECAST_"))
    for key, name in sorted(set(_SECRET_FILE.findall(f"{text}\n{ours}"))):
        path = cwd / name.partition(" #")[0].strip().strip("'\"")
        if not path.is_file():
            continue
        if any(word in key.lower() for word in _TRUSTED_WORDS):
            yield _unwritable(path, f"the file of {key}")
        elif any(word in key.lower() for word in _SECRET_WORDS):
            yield _guarded(path, f"the file of {key}")


def _guarded(path: Path, what: str) -> Finding:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        return Finding("secrets", Level.NOTE, f"{path}: {what}; its mode is unknown ({error.strerror})")
    if mode & 0o077:
        mend = f"chmod {'700' if path.is_dir() else '600'} {path}"
        return Finding("secrets", Level.WARNING, f"{path}: {what}; its mode {mode:04o} lets others in", mend)
    return Finding("secrets", Level.OK, f"{path}: {what}; only its user may read it ({mode:04o})")


def _unwritable(path: Path, what: str) -> Finding:
    """Everybody may read it; only its user may change it, or put another file in its place."""
    try:
        modes = [(one, stat.S_IMODE(one.stat().st_mode)) for one in (path, path.resolve().parent)]
    except OSError as error:
        return Finding("secrets", Level.NOTE, f"{path}: {what}; its mode is unknown ({error.strerror})")
    for one, mode in modes:
        if mode & 0o022 and not mode & stat.S_ISVTX:
            found = f"{path}: {what}; the mode {mode:04o} of {one} lets others change it"
            return Finding("secrets", Level.WARNING, found, f"chmod go-w {one}")
    return Finding("secrets", Level.OK, f"{path}: {what}; only its user may change it ({modes[0][1]:04o})")


def _configuration(path: Path) -> Finding:
    """A configuration without secrets may be read by others."""
    try:
        text = path.read_text(errors="replace")
    except OSError as error:
        return Finding(
            "secrets", Level.NOTE, f"{path}: the configuration; it cannot be read ({error.strerror})"
        )
    if mask(text) != text or _SECRET_KEY.search(text):
        return _guarded(path, "the configuration, with secrets in it")
    return Finding("secrets", Level.OK, f"{path}: the configuration, without secrets")


def _addresses(path: Path) -> Finding:
    """Whether the saved addresses are encrypted. Nothing of them is shown."""
    try:
        is_plain = b"://" in path.read_bytes()
    except OSError:
        is_plain = False
    if is_plain:
        found = f"{path}: addresses of an earlier version are in the clear; the next change of a stream encrypts them"
        return Finding("secrets", Level.WARNING, found, "framecast add NAME ADDRESS   # any change does")
    return Finding("secrets", Level.OK, "saved addresses of other machines are encrypted")


def check_parsers() -> Iterator[Finding]:
    """Whether what reads bytes of strangers is new enough."""
    for floor in FLOORS:
        found = floor.found()
        text, oldest = (".".join(map(str, numbers)) for numbers in (found, floor.oldest))
        if found < floor.oldest:
            yield Finding(
                "parsers",
                Level.WARNING,
                f"{floor.name} {text} is older than {oldest}: {floor.reason}",
                "make setup   # or upgrade the image",
            )
        else:
            yield Finding("parsers", Level.OK, f"{floor.name} {text}, at least {oldest}: {floor.reason}")


def node_info() -> Mapping[str, Any]:
    """What the running node says of itself; nothing if there is none."""
    try:
        with NodeClient(timeout_s=5.0) as node:
            return node.info()
    except FramecastError:
        return {}


def _data_dir() -> Path:
    given = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".local" / "share") / "framecast"

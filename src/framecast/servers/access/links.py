"""The share links of a node: signed tokens that open one stream each, the keys that sign them, and which of them were ended.

One private file in the data folder, `links.json` (mode 0600), holds keys and ids, never a token. The node makes and ends links; the web
server reads the file again when it has changed. If the file is damaged no link opens anything: one that was ended must not come to life.
Written beside and renamed into place after fsync.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from framecast import private_file
from framecast.errors import Conflict, FramecastError, Invalid, NotFound
from framecast.model import number
from framecast.servers.access import signed
from framecast.servers.access.refusal import Reason, link_denied
from framecast.servers.access.signed import Grant

FILE_NAME = "links.json"
MAX_LINKS = 10_000
MAX_KEYS = 32
KEY_BYTES = 32
DEFAULT_S = 90 * 86400
MAX_S = 3 * 366 * 86400
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
# What a link can lead to: the name that people use -> the route.
PATHS: Mapping[str, str] = {
    "stream.mjpeg": "api/stream.mjpeg",
    "frame.jpeg": "api/frame.jpeg",
    "stream.mp4": "api/stream.mp4",
    "frame.mp4": "api/frame.mp4",
    "stream.m3u8": "api/stream.m3u8",
    "hls": "api/stream.m3u8",
    "ws": "api/ws",
}


@dataclass(slots=True)
class _Kept:
    """What stands in the file."""

    keys: dict[str, str] = field(default_factory=dict)  # id -> hex; the last one signs
    links: dict[str, dict[str, Any]] = field(default_factory=dict)


class Links:
    """The links in a data folder.

    `check` and `still_opens` touch no file and may be called on an event loop: they know what the last `refresh` has read. All else
    blocks for the disk, `refresh` in any thread.
    """

    def __init__(self, data_dir: Path, now: Callable[[], float] = time.time) -> None:
        self.path = data_dir / FILE_NAME
        self._now = now
        self._refreshing = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._known: _Kept | None = _Kept()  # None: the file cannot be read

    def issue(self, stream: str, expires_s: int = DEFAULT_S) -> tuple[str, Grant]:
        """Return a token for a stream, and what it opens.

        Raises:
            Conflict: there are too many. FramecastError: the file cannot be read or written.
        """
        if not 1 <= expires_s <= MAX_S:
            raise Invalid(f"a link must expire after 1 second to {MAX_S // 86400} days, got {expires_s} s")
        with self._changing() as kept:
            if len(kept.links) >= MAX_LINKS:
                raise Conflict(f"there are already {MAX_LINKS} links, which is the limit: end some of them")
            if not kept.keys:
                _add_key(kept)
            grant = Grant(secrets.token_hex(6), stream, int(self._now()) + expires_s)
            created = int(self._now())
            kept.links[grant.id] = {"stream": stream, "created": created, "expires": grant.expires}
            key_id = next(reversed(kept.keys))
            return signed.sign(key_id, number.octets(kept.keys[key_id], KEY_BYTES), grant), grant

    def listed(self) -> list[dict[str, Any]]:
        """Return the links that have not expired, the newest last."""
        now = self._now()
        return [{"id": name, **link} for name, link in self._read().links.items() if link["expires"] > now]

    def revoke(self, name: str) -> None:
        """End a link.

        Raises:
            NotFound: there is none of this id.
        """
        with self._changing() as kept:
            if name not in kept.links:
                raise NotFound(f"there is no link {name!r:.40}: 'framecast links' lists them")
            kept.links[name]["revoked"] = True

    def revoke_all(self) -> None:
        """End every link, known or not: another key takes the place of all."""
        with self._changing() as kept:
            kept.keys.clear()
            kept.links.clear()
            _add_key(kept)

    def new_key(self) -> None:
        """Sign with a new key from now on. What older keys have signed stays good until it expires."""
        with self._changing() as kept:
            if len(kept.keys) >= MAX_KEYS:
                raise Conflict(
                    f"there are already {MAX_KEYS} keys, which is the limit: 'framecast unlink --all' ends all links and starts with a new key"
                )
            _add_key(kept)

    def check(self, token: str, stream: str) -> Grant:
        """Return what a token opens, if that is this stream.

        Raises:
            Denied: it does not open it; field `reason` is the `Reason`, and the message shows nothing of the token.
        """
        kept = self._known
        if kept is None:
            raise link_denied(Reason.LINKS_UNREADABLE)
        keys = {name: number.octets(key, KEY_BYTES) for name, key in kept.keys.items()}
        grant = signed.read(keys, token, self._now())
        if kept.links.get(grant.id, {}).get("revoked"):
            raise link_denied(Reason.LINK_ENDED)
        if grant.stream != stream or grant.scope != signed.VIEW:
            raise link_denied(Reason.LINK_STREAM)
        return grant

    def refresh(self) -> None:
        """Read the file if it has changed: from now on `check` and `still_opens` know what stands in it."""
        with self._refreshing:
            self._read_again()

    def still_opens(self, grant: Grant) -> bool:
        """Return whether what was checked before opens its stream still: it has not expired, nor was it or its key ended."""
        kept = self._known
        if kept is None:
            return False
        is_ended = kept.links.get(grant.id, {}).get("revoked", False)
        return grant.key_id in kept.keys and not is_ended and self._now() < grant.expires

    # --- the file

    def _read_again(self) -> None:
        """Read the file, unless it is the same as before."""
        try:
            found = self.path.stat()
            seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        except OSError:
            seen = None
        if seen is None or seen != self._seen:
            try:
                self._known, self._seen = self._read(), seen
            except FramecastError:
                self._known, self._seen = None, None

    def _read(self) -> _Kept:
        try:
            given = json.loads(self.path.read_bytes())
            kept = _Kept(dict(given["keys"]), dict(given["links"]))
            _ = [(number.octets(key, KEY_BYTES), name.isascii()) for name, key in kept.keys.items()]
            _ = [(link["stream"], link["expires"] + 0) for link in kept.links.values()]
        except FileNotFoundError:
            return _Kept()
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise FramecastError(
                f"{self.path} cannot be read, so no link is accepted: repair it, or remove it to end all links"
            ) from error
        return kept

    @contextmanager
    def _changing(self) -> Iterator[_Kept]:
        try:
            lock = private_file.locked(self.path)
        except OSError as error:
            raise self._unwritable(error) from error
        with lock:
            kept = self._read()
            now = self._now()
            kept.links = {name: link for name, link in kept.links.items() if link["expires"] > now}
            yield kept
            self._write(kept)

    def _write(self, kept: _Kept) -> None:
        try:
            private_file.replace(self.path, json.dumps({"keys": kept.keys, "links": kept.links}, indent=1))
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> FramecastError:
        return FramecastError(f"{self.path} cannot be written ({error.strerror}): nothing was changed")


def parse_expiry(text: str) -> int:
    """Return the seconds of `90d`, `12h`, `30m`, `45s`, `8w`.

    Raises:
        Invalid: it is something else, or outside of a second to three years.
    """
    try:
        seconds = number.integer(text[:-1], 1, MAX_S) * _UNITS[text[-1:]]
    except (KeyError, ValueError):
        seconds = 0
    if not 1 <= seconds <= MAX_S:
        raise Invalid(
            f"a link's expiry must be a duration such as 90d, 12h, 30m, 45s or 8w, at most {MAX_S // 86400}d, got {text!r:.40}"
        )
    return seconds


def address_of(server: str, path: str, stream: str, token: str) -> str:
    """Return the URL of a link. `server` ends with a slash.

    Raises:
        Invalid: a link leads to no such path.
    """
    route = PATHS.get(path)
    if route is None:
        raise Invalid(f"a link's path must be one of {', '.join(PATHS)}, got {path!r:.40}")
    return f"{server}{route}?src={stream}&token={token}"


def _add_key(kept: _Kept) -> None:
    kept.keys[secrets.token_hex(3)] = secrets.token_hex(KEY_BYTES)

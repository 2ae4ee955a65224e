"""The pages and the files that they load, read into memory once at the start of the web server: no request waits for a disk.

A thread compresses them once, after the first request: until it is done, they go out as they are. No page of the package has a secret in it, so
compression tells nobody anything.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from framecast.errors import NotFound

# 1.5 MB become 0.5 MB in 0.1 s; level 9 is 1 % smaller.
_LEVEL = 6
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, media type and entity tag."""

    body: bytes
    media_type: str
    etag: str


class Assets:
    """Pages (`page`) and the files that they load (`static`), by name. `static/player.js` is generated from `player/`, `static/video-player.js` from `video/`, `static/room.js` from `room/`: `make player`."""

    def __init__(self) -> None:
        folder = files("framecast.servers.web")
        self._pages = {name.removesuffix(".html"): asset for name, asset in _read(folder / "pages").items()}
        self._small: dict[str, bytes] = {}  # by entity tag; written by the thread only
        self._is_begun = False
        vendor = _read(folder / "static" / "vendor")
        self._static = _read(folder / "static") | {f"vendor/{name}": asset for name, asset in vendor.items()}

    def page(self, name: str) -> Asset:
        """Return a page.

        Raises:
            NotFound: no page has this name.
        """
        return _get(self._pages, name)

    def static(self, name: str) -> Asset:
        """Return a file below /static/.

        Raises:
            NotFound: no file has this name.
        """
        return _get(self._static, name)

    def compressed(self, asset: Asset) -> bytes | None:
        """Return a file compressed by gzip (RFC 1952); None until that is done, or if it would not be smaller."""
        if not self._is_begun:
            self._is_begun = True
            threading.Thread(target=self._compress, name="compress", daemon=True).start()
        return self._small.get(asset.etag)

    def _compress(self) -> None:
        for asset in (*self._pages.values(), *self._static.values()):
            small = gzip.compress(asset.body, _LEVEL, mtime=0)
            if len(small) < len(asset.body):
                self._small[asset.etag] = small


def _get(found: dict[str, Asset], name: str) -> Asset:
    try:
        return found[name]
    except KeyError as error:
        raise NotFound(f"there is no file {name!r:.80} here") from error


def _read(folder: Traversable) -> dict[str, Asset]:
    assets = {}
    for entry in folder.iterdir():
        ending = entry.name.rpartition(".")[2]
        if ending in _TYPES:
            body = entry.read_bytes()
            assets[entry.name] = Asset(body, _TYPES[ending], f'"{hashlib.sha256(body).hexdigest()[:20]}"')
    return assets

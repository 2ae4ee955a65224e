"""A web server with a library: videos in a real database, their files in a folder, people who may see some of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from framecast.clock import NS
from framecast.library import Library, open_library
from framecast.model.data import pack
from framecast.model.data_file import DataFile, StoredRecord
from framecast.model.library_layout import file_key, original_key
from framecast.model.rights import Role
from framecast.model.video import LOCAL, Video, Visibility
from framecast.model.video_job import JobKind
from framecast.store.objects import FolderObjects
from framecast.store.open import sqlite_url
from tests.library.made import FACTS, claimed, uploaded
from tests.servers.web.people_web import PeopleWeb
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess

MAIN = bytes(range(256)) * 4096  # 1 MiB in which each place is known
TRACK = "cam.objects"
# More of one time than one answer has, and one more.
DATA = tuple(
    StoredRecord(at * NS, (1000 + at) * NS, bytes(pack({"n": number, "x": "x" * size})))
    for number, (at, size) in enumerate([*[(1, 100_000)] * 12, (2, 10)])
)


def _data_files() -> dict[str, bytes]:
    """The two files of the data track, as a recording writes them."""
    file = DataFile(TRACK)
    blocks = file.blocks(DATA)
    records = b"".join((file.head, *(block for block, _ in blocks)))
    return {"data-0.records": records, "data-0.index": b"".join(bytes(entry) for _, entry in blocks)}


FILES: dict[str, bytes] = {
    **_data_files(),
    "main.mp4": MAIN,
    "index.m3u8": (
        b'#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="audio.m3u8"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nmain.m3u8\n'
    ),
    "main.m3u8": b'#EXTM3U\n#EXT-X-MAP:URI="main.mp4",BYTERANGE="100@0"\n#EXTINF:2,\nmain.mp4\n',
    "poster.jpg": b"\xff\xd8\xff\xd9",
}


def library_settings(folder: Path) -> dict[str, Any]:
    """Return the key `library` of a server's settings."""
    return {
        "database": sqlite_url(folder / "framecast.db"),
        "folder": str(folder / "library"),
        "max_upload_bytes": 1 << 30,
        "quota_bytes": 1 << 40,
        "daily_bytes": None,
        "min_free_bytes": 0,
        "upload_expiry_s": 86400,
        "bin_s": 30 * 86400,
        "workers": 1,
        "has_ladder": False,
        "s3": None,
    }


class Shelf:
    """The library of `folder` as the other servers of the node change it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "library").mkdir(exist_ok=True)
        self.library: Library = open_library(sqlite_url(folder / "framecast.db"))
        self.objects = FolderObjects(folder / "library")

    def add(
        self,
        title: str,
        visibility: Visibility = Visibility.PRIVATE,
        owner: str | None = None,
        subtitles: Mapping[str, str] | None = None,
    ) -> Video:
        """Add a video that can be played. `subtitles` are WebVTT by language."""
        video = uploaded(self.library, title, owner=owner, visibility=visibility)
        self.objects.put(original_key(video.id), b"the original")
        check = claimed(self.library)
        self.library.checked(check.id, check.attempt, FACTS)
        job = claimed(self.library, JobKind.PUBLISH)
        generation = self.library.begin_generation(job.id, job.attempt)
        for name, content in FILES.items():
            self.objects.put(file_key(video.id, generation, name), content)
        made = manifest()
        for language, text in (subtitles or {}).items():
            name = f"sub-{language}.vtt"
            self.objects.put(file_key(video.id, generation, name), text.encode())
            made["files"][name] = {"size": len(text.encode()), "from": None}
            made["subtitles"].append({"name": name, "language": language, "label": f'In "{language}"'})
        self.library.publish(job.id, job.attempt, generation, made)
        return self.library.video(video.id, LOCAL)

    def close(self) -> None:
        self.library.close()


def manifest() -> dict[str, Any]:
    """Return the manifest of these files."""
    return {
        "hls": "index.m3u8",
        "download": "main.mp4",
        "poster": "poster.jpg",
        "subtitles": [],
        "renditions": [],
        "is_final": True,
        "data": [{"name": TRACK, "records": "data-0.records", "index": "data-0.index", "count": len(DATA)}],
        "files": {name: {"size": len(content), "from": None} for name, content in FILES.items()},
    }


class LibraryWeb(PeopleWeb):
    """A server with accounts and a library: root (admin), ann and bob (members), vic (viewer)."""

    def __init__(self, folder: Path, node: SmallNode, **options: Any) -> None:
        super().__init__(folder, node, library=library_settings(folder), **options)
        self.ids = {
            name: self.person(name, role)
            for name, role in {
                "root": Role.ADMIN,
                "ann": Role.MEMBER,
                "bob": Role.MEMBER,
                "vic": Role.VIEWER,
            }.items()
        }
        self.shelf = Shelf(folder)

    def token(self, name: str, *scopes: str, **options: Any) -> str:
        """Return the secret of a new token."""
        return self.accounts.make_token(self.ids[name], f"of {name}", scopes, **options)[1]

    def ask(self, path: str, token: str | None = None, method: str = "GET", **options: Any) -> httpx.Response:
        """Return the answer to a program."""
        headers = options.pop("headers", {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        return httpx.request(method, f"{self.url}{path}", headers=headers, timeout=60, **options)

    def close(self) -> None:
        self.shelf.close()
        super().close()


@contextmanager
def library_web(folder: Path, **options: Any) -> Iterator[LibraryWeb]:
    """Run such a server."""
    node = SmallNode(folder)
    try:
        found = LibraryWeb(folder, node, **options)
        with found.web:
            yield found
            found.close()
    finally:
        node.close()


@contextmanager
def open_web(folder: Path, **options: Any) -> Iterator[tuple[WebProcess, Path]]:
    """Run a server without accounts, whose library was not used yet."""
    node = SmallNode(folder)
    try:
        options = {"library": library_settings(folder), "data_dir": str(folder)} | options
        with WebProcess(folder, **options) as web:
            yield web, folder
    finally:
        node.close()

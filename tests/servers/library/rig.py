"""A library with its store in a folder, a video that waits for its check, and tasks that write what real ones write."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from framecast.library import Library, open_library
from framecast.model.library_layout import LibraryLayout, original_key
from framecast.model.video import LOCAL, Video
from framecast.model.video_job import UploadLimits
from framecast.servers.access.crew import Crew
from framecast.servers.library.local_desk import LocalDesk
from framecast.servers.library.upkeep import Upkeep
from framecast.servers.settings import LibrarySettings
from framecast.store.objects import FolderObjects, Objects
from tests.accounts.opened import database

FACTS = {
    "container": "mov",
    "duration_s": 2.0,
    "video": {"width": 320, "height": 240, "fps": 25.0},
    "can_remux": True,
}
JPEG = b"\xff\xd8\xff\xe0picture\xff\xd9"
MP4 = b"\0\0\0\x18ftypiso5" + bytes(188)
MEDIA = (
    "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"
    '#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI="{0}.mp4",BYTERANGE="20@0"\n'
    "#EXTINF:2.000000,\n#EXT-X-BYTERANGE:180@20\n{0}.mp4\n#EXT-X-ENDLIST\n"
)
INDEX = (
    "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
    '#EXT-X-STREAM-INF:BANDWIDTH=800,AVERAGE-BANDWIDTH=700,CODECS="avc1.64001f",RESOLUTION=320x240,FRAME-RATE=25.000\n'
    "{0}.m3u8\n"
)

Files = Mapping[str, bytes]


def published(**more: bytes) -> dict[str, bytes]:
    """The files of a first generation."""
    return {
        "main.mp4": MP4,
        "main.m3u8": MEDIA.format("main").encode(),
        "index.m3u8": INDEX.format("main").encode(),
        "poster.jpg": JPEG,
        **more,
    }


def manifest(files: Files, **older: str) -> dict[str, Any]:
    """The manifest of files; `older` has the generations of files that are taken over, by their stems."""
    own: dict[str, Any] = {name: {"size": len(content), "from": None} for name, content in files.items()}
    own |= {f"{stem}.mp4": {"size": len(MP4), "from": generation} for stem, generation in older.items()}
    return {
        "hls": "index.m3u8",
        "download": "main.mp4",
        "poster": "poster.jpg" if "poster.jpg" in files else None,
        "subtitles": [{"name": name} for name in files if name.endswith(".vtt")],
        "renditions": [],
        "data": [],
        "is_final": False,
        "files": own,
    }


class Tasks:
    """Stands for the processes of tasks: writes what `results` has for a kind. `before` is awaited first and may raise."""

    def __init__(self, **results: Any) -> None:
        self.results: dict[str, Any] = {"check": FACTS, "publish": published(), **results}
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.before: Callable[[str], Any] = self._nothing

    async def _nothing(self, _kind: str) -> None:
        pass

    async def __call__(
        self,
        kind: str,
        request: Mapping[str, Any],
        *,
        inputs: Sequence[Path],
        output: Path | None,
        on_progress: Callable[[float], None],
    ) -> dict[str, Any]:
        self.calls.append((kind, request))
        assert all(path.is_absolute() and path.is_file() for path in inputs)
        on_progress(0.5)
        await self.before(kind)
        result = self.results[kind]
        if isinstance(result, Exception):
            raise result
        if kind == "check":
            return dict(result)
        older: dict[str, str] = {}
        if kind == "ladder":
            result = {
                "v240.mp4": MP4,
                "v240.m3u8": MEDIA.format("v240").encode(),
                "index.m3u8": INDEX.format("v240").encode(),
                **result,
            }
            older = {"main": request["generation"]}
        assert output is not None
        for name, content in result.items():
            (output / name).write_bytes(content)
        return json.loads(json.dumps(manifest(result, **older)))  # type: ignore[no-any-return]


class Rig:
    """Everything but a process."""

    def __init__(
        self, folder: Path, objects: Objects | None = None, now: Callable[[], float] | None = None
    ) -> None:
        self.folder = folder
        self.settings = settings(folder)
        self.layout = LibraryLayout(self.settings.folder)
        self.settings.folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "framecast.db").exists():
            database("sqlite", folder)
        self.library: Library = open_library(self.settings.database, **({"now": now} if now else {}))
        self.objects = objects or FolderObjects(self.settings.folder)
        self.changed: list[str] = []
        self.threads = Crew("library", 4)
        self.now = now
        clock = {"now": now} if now else {}
        self.desk = LocalDesk(
            self.library, self.objects, self.settings, "test", self.threads, self.changed.append, **clock
        )
        self.upkeep = Upkeep(self.library, self.objects, self.settings, set, **clock)

    def upload(self, content: bytes = b"a film") -> str:
        """Return the id of a video whose file has come."""
        upload = self.library.begin_upload(None, len(content), "film.mp4", {}, UploadLimits())
        self.library.note_offset(upload.id, len(content))
        self.objects.put(original_key(upload.video), content)
        return self.library.finish_upload(upload.id, hashlib.sha256(content).hexdigest()).id

    def video(self, id: str) -> Video:
        return self.library.video(id, LOCAL)

    def files(self) -> set[str]:
        """Every file of the library, without its lock."""
        places = (path for path in self.settings.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.settings.folder).as_posix() for path in places} - {"lock"}

    def close(self) -> None:
        self.threads.close()
        self.library.close()


def settings(folder: Path, **changed: Any) -> LibrarySettings:
    values: dict[str, Any] = {
        "database": f"sqlite:///{folder}/framecast.db",
        "folder": folder / "library",
        "max_upload_bytes": 10**9,
        "quota_bytes": None,
        "daily_bytes": None,
        "min_free_bytes": 0,
        "upload_expiry_s": 3600,
        "bin_s": 86400,
        "workers": 1,
        "has_ladder": True,
        "s3": None,
    }
    return LibrarySettings(**{**values, **changed})


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that other tasks bring about."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  the database says it, and has no event
            await asyncio.sleep(0.01)
    assert condition(), what

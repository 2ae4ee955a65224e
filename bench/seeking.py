"""From a click on the bar of a stored video to the picture of that place: a file of two hours, 720p25, published by a real node, in Chromium.

Each click goes to a place that is not buffered, with a real mouse. The time is from the event of the click to the presentation of the first
picture at that place (`requestVideoFrameCallback`). The clicks are spread over the two hours by a fixed sequence.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

from bench.browser import page_at
from bench.running import Node
from bench.table import Row
from framecast.control.connection import ControlConnection
from framecast.library import open_library
from framecast.model.library_layout import original_key
from framecast.model.video_job import UploadLimits
from framecast.store.open import open_store
from tests.support.media_files import Clip, made

CLIP = Clip(audio="aac", size=(1280, 720), fps=Fraction(25), seconds=20, gop_s=2, bitrate_kbps=1500)
HOURS = 2
SEEKS = 40
MUST_MS = 250
_WATCH = """() => {
  const { video } = document.querySelector("framecast-video");
  window.found = [];
  document.addEventListener("pointerdown", (event) => {
    const begin = event.timeStamp;
    const look = (now, { mediaTime, presentationTime }) => {
      if (video.seeking || Math.abs(mediaTime - video.currentTime) > 0.5) return void video.requestVideoFrameCallback(look);
      found.push(presentationTime - begin);
    };
    video.addEventListener("seeking", () => video.requestVideoFrameCallback(look), { once: true });
  }, true);
}"""


def rows() -> list[Row]:
    """Measure and return the row."""
    with Node({}, FRAMECAST_LIBRARY__LADDER="false") as node:  # nothing is encoded beside it
        video = _published(node, _long())
        with page_at(f"{node.url}/videos/{video}") as page:
            times = sorted(_seek(page))
    p50, p90 = times[len(times) // 2], times[int(len(times) * 0.9)]
    return [
        Row(
            f"click to picture in a stored video of {HOURS} h, 720p25, p50 of {SEEKS}",
            f"{p50:.0f} ms (p90 {p90:.0f} ms, worst {times[-1]:.0f} ms)",
            "",
            "",
            f"<= {MUST_MS} ms",
            p50 <= MUST_MS,
        )
    ]


def _seek(page: Any) -> list[float]:  # noqa: ANN401
    player = page.locator("framecast-video")
    player.locator(".big").click()
    page.wait_for_function("() => document.querySelector('framecast-video').currentTime > 1")
    page.evaluate(_WATCH)
    box = player.locator(".seek").bounding_box()
    for turn in range(SEEKS):
        share = (0.13 + 0.381966 * turn) % 1 * 0.96 + 0.02
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
        page.mouse.move(box["x"] + box["width"] * share + 0.5, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.up()
        page.wait_for_function(f"() => found.length > {turn}", timeout=30_000)
        page.wait_for_timeout(300)  # somebody looks
    found: list[float] = page.evaluate("found")
    return found


def _long() -> Path:
    """The file of two hours: the clip again and again, copied."""
    source = CLIP.path()
    loop = ["-stream_loop", str(HOURS * 180 - 1), "-i", str(source), "-c", "copy"]
    return made(f"{source.stem}-{HOURS}h.mp4", *loop, "-movflags", "+faststart")


def _published(node: Node, source: Path) -> str:
    """Put the file into the node's library, and wait until it can be played. The way over HTTP is measured by other rows."""
    data = node.folder / "framecast"
    (data / "library").mkdir(parents=True, exist_ok=True)
    database = f"sqlite:///{data}/framecast.db"
    open_store(database).close()
    library = open_library(database)
    try:
        size = source.stat().st_size
        upload = library.begin_upload(None, size, source.name, {"title": "Two hours"}, UploadLimits())
        library.note_offset(upload.id, size)
        target = data / "library" / original_key(upload.video)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)  # as an upload: a link would leave it in the cache of clips
        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        video = library.finish_upload(upload.id, digest).id
    finally:
        library.close()
    control = ControlConnection(node.folder / "run" / "node.sock")
    control.request({"op": "publish_topic", "topic": "videos", "key": video})
    control.close()
    while True:
        found = json.loads(node.get(f"/api/videos/{video}"))
        if found["media"]:
            return video
        if found["state"] == "failed":
            raise RuntimeError(found["reason"])
        time.sleep(0.5)

"""A server with stored videos that have numbers in their pictures, and browsers that watch them together in a room."""

from __future__ import annotations

import base64
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from framecast.model.library_layout import file_key, original_key
from framecast.model.room_limits import RoomLimits
from framecast.model.video import LOCAL, Visibility
from framecast.model.video_job import JobKind
from tests.library.made import FACTS, claimed, uploaded
from tests.servers.web.browser import ARGUMENTS, Errors
from tests.servers.web.library_web import Shelf, library_settings, open_web
from tests.servers.web.web_process import WebProcess
from tests.support.media_files import frame_number
from tests.support.stored_videos import FPS, generation
from tests.support.stored_videos import manifest as facts_of_files

LIMIT_S = 90
# How far two members may be apart, in seconds and in pictures.
MOST_APART_S = 0.1
MOST_PICTURES = 2
# What a member shows, all of it at one moment of the machine's clock.
_READ = """() => {
  const watch = document.querySelector("framecast-watch");
  const { player, session } = watch ?? {};
  const { video } = player;
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [320, 180];
  const context = copy.getContext("2d", { willReadFrequently: true });
  if (video.videoWidth) context.drawImage(video, 0, 0, 320, 180);
  const wall = Date.now() / 1000, at = video.currentTime;
  const { data } = context.getImageData(0, 0, 320, 180);
  let text = "";
  for (let place = 1; place < data.length; place += 4) text += String.fromCharCode(data[place]);
  return { wall, at, isPaused: video.paused, isSeeking: video.seeking, rate: player.speed, state: player.state, src: player.src,
    isReady: video.readyState >= 3, hasPicture: video.videoWidth > 0, picture: btoa(text), room: session?.playback ?? null, target: session?.target ?? null };
}"""

# No sound before a click or a key, as browsers have it; each look of a test at a page would count as a click there.
_NO_SOUND = """
  let isAsked = false;
  for (const type of ["pointerdown", "keydown"]) addEventListener(type, (event) => (isAsked ||= event.isTrusted), true);
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    return isAsked || (this.muted && !window.playsNothing) ? play.call(this) : Promise.reject(new DOMException("a click is needed", "NotAllowedError"));
  };
"""


def add_video(shelf: Shelf, title: str) -> str:
    """Add a video of a minute whose pictures have numbers; return its id."""
    folder = generation()
    video = uploaded(shelf.library, title, owner=None, visibility=Visibility.PUBLIC)
    shelf.objects.put(original_key(video.id), b"the original")
    check = claimed(shelf.library)
    shelf.library.checked(check.id, check.attempt, FACTS)
    job = claimed(shelf.library, JobKind.PUBLISH)
    made = shelf.library.begin_generation(job.id, job.attempt)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    for name, content in files.items():
        shelf.objects.put(file_key(video.id, made, name), content)
    sizes = {name: {"size": len(content), "from": None} for name, content in files.items()}
    shelf.library.publish(job.id, job.attempt, made, facts_of_files(files=sizes))
    return shelf.library.video(video.id, LOCAL).id


def rooms_settings(folder: Path) -> dict[str, Any]:
    """Return the key `rooms` of a server's settings."""
    return {
        "database": library_settings(folder)["database"],
        "folder": str(folder / "rooms"),
        "guests": "write",
        "message_chars": 2000,
        "retention_s": None,
        "limits": RoomLimits().to_json(),
    }


class WatchSite:
    """A running server, its videos and a private room."""

    def __init__(self, web: WebProcess, folder: Path) -> None:
        self.web = web
        self.shelf = Shelf(folder)
        self.videos = [add_video(self.shelf, title) for title in ("Arrival at the lake", "The way back")]
        self.room = self.make_room("Film night")

    def make_room(self, title: str, **settings: Any) -> str:
        """Make a private room and return its key."""
        key: str = self.send("POST", "/api/rooms", {"title": title})["key"]
        if settings:
            self.send("PATCH", f"/api/rooms/{key}", {"settings": settings})
        return key

    def send(self, method: str, path: str, body: object) -> Any:
        """Send JSON as a program of this machine."""
        answer = self.web.json(path, method, json.dumps(body).encode(), content_type="application/json")
        assert "error" not in answer, answer
        return answer


@contextmanager
def watch_site(folder: Path) -> Iterator[WatchSite]:
    """Run such a server."""
    with open_web(folder, rooms=rooms_settings(folder)) as (web, _):
        yield WatchSite(web, folder)


class Members:
    """Browsers with one page each, each a process of its own."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._stack = ExitStack()
        self._free: list[Browser] = []
        self._driver = self._stack.enter_context(sync_playwright())

    def browser(self) -> Browser:
        """One that nobody uses: it was given back, or begins now."""
        if self._free:
            return self._free.pop()
        return self._driver.chromium.launch(executable_path=self.path, args=ARGUMENTS)

    def give_back(self, browser: Browser) -> None:
        """Somebody does not need it any more."""
        if browser.is_connected():
            self._free.append(browser)

    def close(self) -> None:
        """End all."""
        self._stack.close()


class Seat:
    """One member in a browser."""

    def __init__(
        self, browser: Browser, url: str, name: str, *, plays_nothing: bool = False, **options: Any
    ) -> None:
        """`plays_nothing`: before a click or a key its browser plays nothing, muted or not."""
        self.browser = browser
        self.name = name
        options = {"viewport": {"width": 1280, "height": 800}, "bypass_csp": True, **options}
        self.context: BrowserContext = browser.new_context(**options)
        self.context.add_init_script(f"localStorage.setItem('framecast-room-name', {json.dumps(name)})")
        self.context.add_init_script(f"window.playsNothing = {json.dumps(plays_nothing)}")
        self.context.add_init_script(_NO_SOUND)
        self.page: Page = self.context.new_page()
        self.errors = Errors(self.page)
        self.page.goto(url)
        if "/rooms/" in url:
            self.arrive()

    def arrive(self) -> None:
        """Wait for the player of the room."""
        self.page.wait_for_function(
            "document.querySelector('framecast-watch')?.session", timeout=LIMIT_S * 1000
        )

    def reload(self) -> None:
        """Load the page again."""
        self.page.reload()
        self.arrive()

    def read(self) -> dict[str, Any]:
        """What it shows now; `frame` is the number of its picture, -1 without one."""
        found: dict[str, Any] = self.page.evaluate(_READ)
        pixels = np.frombuffer(base64.b64decode(found.pop("picture")), np.uint8).reshape(180, 320)
        found["frame"] = frame_number(pixels) if found["hasPicture"] else -1
        return found

    def status(self) -> str:
        """What the bar says."""
        return str(self.page.locator("framecast-watch [role=status]").first.inner_text())

    def get(self, expression: str) -> Any:
        """A value of the element."""
        return self.page.evaluate(f"(() => document.querySelector('framecast-watch')?.{expression})()")

    def close_dialog(self) -> None:
        """Close the invitation that a new room offers."""
        self.page.locator("dialog[open]").wait_for()
        self.page.keyboard.press("Escape")

    def kill(self) -> None:
        """Kill its browser."""
        session = self.browser.new_browser_cdp_session()
        found = session.send("SystemInfo.getProcessInfo")["processInfo"]
        os.kill(next(one["id"] for one in found if one["type"] == "browser"), signal.SIGKILL)

    def press(self, name: str) -> None:
        """Press a button of the bar."""
        self.page.locator("framecast-watch").get_by_role("button", name=name).click()

    def key(self, key: str) -> None:
        """Press a key of the player."""
        self.page.locator("framecast-video .stage").focus()
        self.page.keyboard.press(key)


def until(condition: Callable[[], Any], *seats: Seat, why: Callable[[], object] = lambda: "") -> Any:
    """Return the first true value of a condition, asked again and again while the pages go on."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        for seat in seats:
            seat.page.wait_for_timeout(40)
    raise AssertionError(
        f"it never happened: {why()} {[(seat.name, seat.read(), seat.status()) for seat in seats]}"
    )


def apart(one: dict[str, Any], other: dict[str, Any]) -> tuple[float, float]:
    """By how many seconds and pictures two members are apart, by the clock of the machine, which both pages have read."""
    speed = one["rate"] if not one["isPaused"] else 0.0
    passed = (other["wall"] - one["wall"]) * speed
    return abs(other["at"] - one["at"] - passed), abs(other["frame"] - one["frame"] - passed * FPS)


def are_together(seats: list[Seat], is_playing: bool) -> bool:
    """Whether all of them show the same place and the same picture."""
    found = [seat.read() for seat in seats]
    if any(one["isSeeking"] or one["isPaused"] == is_playing or one["frame"] < 0 for one in found):
        return False
    pairs = [apart(found[0], one) for one in found[1:]]
    return all(seconds <= MOST_APART_S and pictures <= MOST_PICTURES for seconds, pictures in pairs)


def settle(seats: list[Seat], is_playing: bool = True) -> None:
    """Wait until they are together, and still are at the next looks."""

    def is_steady() -> bool:
        return all(are_together(seats, is_playing) for _ in range(3))

    until(is_steady, *seats)

"""Takes the pictures of docs/images: a node with test patterns, and its pages in Chromium. Run by `make pictures`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
STREAMS = {
    name: f"pattern:?size=960x540&fps=25&id={number}"
    for number, name in enumerate(("front-door", "garden", "garage", "drive", "shed"))
}
STREAMS["gate"] = "rtsp://127.0.0.1:9/stream"  # nothing answers there: a tile without signal
VIDEOS = {
    "Garden in the rain": 21,
    "Front door": 12,
    "Holiday": 65,
    "Hedgehog at night": 34,
    "Rehearsal": 48,
    "Workshop": 27,
}
ON_THEIR_WAY = ("Drone over the lake", "Harbour")
SLOW = {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": 150_000}
# Of a picture the page's own scripts and players are ready when as many streams are live.
LIVE = "wanted => [...document.querySelectorAll('framecast-player')].filter(one => one.state === 'live').length >= wanted"


def take(
    browser: Browser, url: str, name: str, *, live: int, is_dark: bool = True, is_phone: bool = False
) -> None:
    """Save a picture of a page as soon as `live` players show pictures."""
    context = browser.new_context(
        viewport=PHONE if is_phone else DESKTOP,  # type: ignore[arg-type]
        color_scheme="dark" if is_dark else "light",
        device_scale_factor=2 if is_phone else 1,
        has_touch=is_phone,
    )
    page = context.new_page()
    page.goto(url)
    page.wait_for_function(LIVE, arg=live)
    page.wait_for_timeout(3000)  # figures of a few seconds, not of the first one
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()  # what nobody takes a picture of would only make the next figures worse


def take_form(browser: Browser, url: str) -> None:
    """Fill the form of a stream, test its source, and save a picture of the result."""
    page = browser.new_context(viewport=DESKTOP, color_scheme="light").new_page()  # type: ignore[arg-type]
    page.goto(url)
    page.get_by_role("button", name="Add stream").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Display name").fill("Back yard")
    form.get_by_label("Name", exact=True).fill("yard")
    form.get_by_text("Address", exact=True).click()
    form.get_by_label("Source").fill("pattern:?size=960x540&fps=25")
    form.get_by_role("button", name="Test", exact=True).click()
    form.get_by_text("The source works.").wait_for()
    page.wait_for_timeout(1000)  # the picture of the test moves in
    page.screenshot(path=IMAGES / "wall-form.png")
    page.context.close()


def take_videos(browser: Browser, url: str, folder: Path) -> None:
    """Upload clips as a person does, and save a picture of their page while two more are on their way."""
    page = browser.new_context(viewport=DESKTOP, color_scheme="dark").new_page()  # type: ignore[arg-type]
    page.goto(f"{url}videos")
    choose = page.locator("input[type=file]")
    choose.set_input_files([_clip(folder, title, seconds) for title, seconds in VIDEOS.items()])
    page.wait_for_function(
        "wanted => document.querySelectorAll('.video-picture img').length === wanted", arg=len(VIDEOS)
    )
    page.get_by_role("button", name="Close the panel").click()
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
    choose.set_input_files([_clip(folder, title, 40) for title in ON_THEIR_WAY])
    page.wait_for_timeout(5000)  # until the speed is known
    page.screenshot(path=IMAGES / "videos-dark.png")
    page.context.close()


def _clip(folder: Path, title: str, seconds: int) -> Path:
    path = folder / f"{title}.mp4"
    command = [sys.executable, "-m", "framecast", "sample", str(path), "--seconds", str(seconds)]
    subprocess.run([*command, "--size", "640x360"], check=True, capture_output=True)
    return path


def main(folder: str, chromium: str) -> None:
    """Start a node in `folder`, and take every picture."""
    command = [sys.executable, "-m", "framecast", "serve", "--port", "21400", "--data-dir", folder]
    environment = {
        "FRAMECAST_RUNTIME_DIR": f"{folder}/run",
        "FRAMECAST_GRPC__PORT": "0",
        "FRAMECAST_ZMQ__PORT": "0",
        "PATH": "/usr/bin:/bin",
    }
    streams = [f"{name}={source}" for name, source in STREAMS.items()]
    url = "http://127.0.0.1:21400/"
    with (
        subprocess.Popen([*command, *streams], env=environment, stderr=subprocess.PIPE, text=True) as node,
        sync_playwright() as driver,
    ):
        assert node.stderr
        next(line for line in node.stderr if "serving" in line)
        browser = driver.chromium.launch(executable_path=chromium)
        for name, is_dark, is_phone in (
            ("streams-light", False, False),
            ("wall-dark", True, False),
            ("streams-phone-dark", True, True),
        ):
            take(browser, url, name, live=1 if is_phone else 5, is_dark=is_dark, is_phone=is_phone)
        take(browser, f"{url}streams/front-door", "stream-dark", live=1)
        take_form(browser, url)
        take_videos(browser, url, Path(folder))
        browser.close()
        node.terminate()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(folder, sys.argv[1])

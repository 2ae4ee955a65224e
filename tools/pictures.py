"""Takes the pictures of docs/images: a node with test patterns, and its pages in Chromium. Run by `make pictures`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
STREAMS = {
    name: f"pattern:?size=960x540&fps=25&id={number}"
    for number, name in enumerate(("front-door", "garden", "garage", "drive", "shed"))
}
STREAMS["gate"] = "rtsp://127.0.0.1:9/stream"  # nothing answers there: a tile without signal
# Of a picture the page's own scripts and players are ready when as many streams are live.
LIVE = "wanted => [...document.querySelectorAll('framecast-player')].filter(one => one.state === 'live').length >= wanted"


def take(
    browser: Browser, url: str, name: str, *, live: int, is_dark: bool = True, is_phone: bool = False
) -> Page:
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
    return page


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
        browser.close()
        node.terminate()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(folder, sys.argv[1])

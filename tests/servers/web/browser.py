"""A real Chromium, and what tests ask of its pages."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from framecast.media.testpicture import Blocks, read_blocks

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Answers that are no success, and a server that is gone, are told in the page itself.
_TOLD = ("Failed to load resource", "WebSocket connection to")
# Grey pixels of a canvas or video, at the size that it has.
_PIXELS = """shown => {
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [shown.videoWidth ?? shown.width, shown.videoHeight ?? shown.height];
    if (!copy.width) return [0, 0, ""];
    const context = copy.getContext("2d");
    context.drawImage(shown, 0, 0);
    const {data} = context.getImageData(0, 0, copy.width, copy.height);
    let text = "";
    for (let at = 1; at < data.length; at += 4) text += String.fromCharCode(data[at]);
    return [copy.width, copy.height, btoa(text)];
}"""


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """Run a browser."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Errors:
    """What a page complains about; a test that ends with complaints fails."""

    def __init__(self, page: Page) -> None:
        self.found: list[str] = []
        page.on("pageerror", lambda error: self.found.append(str(error)))
        page.on("console", self._on_console)

    def _on_console(self, message: Any) -> None:
        if message.type == "error" and not any(text in message.text for text in _TOLD):
            self.found.append(message.text)


def blocks_on(page: Page, selector: str = "framecast-view canvas") -> Blocks | None:
    """Return what the blocks of a shown picture say, None where it has none."""
    width, height, text = page.locator(selector).first.evaluate(_PIXELS)
    pixels = np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width)
    return read_blocks(pixels) if width > 64 else None


def until(page: Page, condition: Any, timeout_s: float = 60.0) -> Any:
    """Return the first true value of `condition()`, asked between a page's events."""
    for _ in range(int(timeout_s / 0.05)):
        found = condition()
        if found:
            return found
        page.wait_for_timeout(50)
    raise AssertionError("it never happened")

"""The wall of a real node in a real browser: what it shows, and what people do with it."""

from __future__ import annotations

import base64
import json
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page

from framecast.media.testpicture import Blocks, read_blocks
from tests.cli.running import Node
from tests.servers.web.browser import Errors, until

# Grey pixels of the picture that a tile's player shows, '' where it shows none.
_PICTURE = """tile => {
    const player = tile.querySelector("framecast-player");
    if (!player || player.state !== "live") return [0, 0, ""];
    const canvas = player.shadowRoot.querySelector("canvas");
    const source = player.playing === "mjpeg" ? canvas : player.video;
    const [width, height] = player.playing === "mjpeg" ? [source.width, source.height] : [source.videoWidth, source.videoHeight];
    if (!width) return [0, 0, ""];
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [width, height];
    const context = copy.getContext("2d");
    context.drawImage(source, 0, 0);
    const {data} = context.getImageData(0, 0, width, height);
    let text = "";
    for (let at = 1; at < data.length; at += 4) text += String.fromCharCode(data[at]);
    return [width, height, btoa(text)];
}"""


def pattern(number: int, fps: int = 10, size: str = "320x180", audio: int = 0) -> str:
    """Return the source of a small test pattern whose blocks say `number`."""
    return f"pattern:?size={size}&fps={fps}&id={number}&audio={audio}"


def node_with(folder: Path, streams: dict[str, Any], at: int = 0, **keys: Any) -> Node:
    """Return a node whose file has these streams and other keys; the file is `framecast.yaml` of `folder`, its port `at`."""
    write(folder, streams, **keys)
    return Node(folder, "--config", str(folder / "framecast.yaml"), "--port", str(at))


def write(folder: Path, streams: dict[str, Any], **keys: Any) -> None:
    """Write the file that a node watches."""
    fresh = folder / "framecast.new"
    fresh.write_text(json.dumps({"streams": streams, **keys}))
    fresh.rename(folder / "framecast.yaml")


def ask(node: Node, path: str, method: str = "GET", body: object = None) -> Any:
    """Return the JSON of an answer, None where it has none."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        node.url + path, data, {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read()
    return json.loads(text) if text else None


class Wall:
    """A wall in a tab of its own, which remembers nothing of other tests."""

    def __init__(self, browser: Browser, url: str, **context: Any) -> None:
        size = {"width": 1400, "height": 900}
        self.context: BrowserContext = browser.new_context(**{"viewport": size, **context})
        self.page: Page = self.context.new_page()
        self.errors = Errors(self.page)
        self.url = url
        self.page.goto(url)

    def close(self) -> None:
        """Close the tab; what the page complained about fails the test."""
        self.context.close()
        assert self.errors.found == []

    def tile(self, name: str) -> Any:
        """The tile of a stream."""
        return self.page.locator("framecast-tile").filter(
            has=self.page.get_by_role("link", name=name, exact=True, include_hidden=True)
        )

    def names(self) -> list[str]:
        """The streams that can be seen, in their order on the screen."""
        found: list[str] = self.page.locator(".wall-list > li:not([hidden]) .tile-name").all_inner_texts()
        return found

    def wait_for(self, names: list[str]) -> None:
        """Wait until these can be seen, in this order."""
        until(self.page, lambda: self.names() == names)

    def blocks(self, name: str) -> Blocks | None:
        """What the blocks of a tile's picture say, None where it shows no live picture."""
        width, height, text = self.tile(name).evaluate(_PICTURE)
        if not text:
            return None
        return read_blocks(np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width))

    def wait_moving(self, name: str, timeout_s: float = 60) -> Blocks:
        """Wait until a tile shows two different pictures, and return what the second says."""
        first = until(self.page, lambda: self.blocks(name), timeout_s)

        def next_picture() -> Blocks | None:
            found = self.blocks(name)
            return found if found and found.frame != first.frame else None

        moved: Blocks = until(self.page, next_picture, timeout_s)
        return moved

    def choose_layout(self, side: int) -> None:
        """Choose a layout by its cells on each side; 0 is automatic."""
        choice = self.page.locator(f"input[name=layout][value='{side}']")
        choice.wait_for()
        choice.check(force=True)

    def is_alone(self) -> bool:
        """True while one tile fills the wall."""
        return len(self.names()) == 1

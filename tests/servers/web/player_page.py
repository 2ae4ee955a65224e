"""A page with players, and what tests ask of them."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from framecast.media.testpicture import Blocks
from tests.servers.web.browser import blocks_on, until

# Players are made by script: `players` in the page holds them by name. Sockets and media sources that live are counted.
_PREPARE = """
window.players = {};
window.states = {};
window.sockets = new Set();
window.sources = new Set();
const Socket = WebSocket;
window.WebSocket = class extends Socket {
  constructor(...given) { super(...given); sockets.add(this); this.addEventListener('close', () => sockets.delete(this)); }
};
const make = URL.createObjectURL, revoke = URL.revokeObjectURL;
window.urls = new Set();
URL.createObjectURL = (thing) => { const url = make(thing); urls.add(url); return url; };
URL.revokeObjectURL = (url) => { urls.delete(url); revoke(url); };
const Source = MediaSource;
window.MediaSource = class extends Source {
  constructor() { super(); sources.add(this); this.addEventListener('sourceclose', () => sources.delete(this)); }
};
delete window.showSaveFilePicker;
"""
_ADD = """async ([player, src, attributes, module]) => {
  await import(module);
  const element = document.createElement('framecast-player');
  element.id = player;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.setAttribute('src', src);
  states[player] = [];
  element.addEventListener('state', ({ detail }) => states[player].push(detail.state));
  players[player] = element;
  document.body.append(element);
}"""


class Player:
    """One player in a page. `id` is the element's."""

    def __init__(
        self, page: Page, src: str, id: str = "player", module: str = "/static/player.js", **attributes: str
    ) -> None:
        self.page = page
        self.id = id
        named = {name.replace("_", "-"): value for name, value in attributes.items()}
        page.evaluate(_ADD, [id, src, {"muted": "", **named}, module])

    def get(self, expression: str) -> Any:
        """Evaluate an expression of the element `it`."""
        return self.page.evaluate(f"(id) => {{ const it = players[id]; return {expression}; }}", self.id)

    def wait(self, condition: str, timeout_s: float = 60) -> Any:
        """Wait until an expression of the element `it` is true."""
        script = f"(id) => {{ const it = players[id]; return {condition}; }}"
        return self.page.wait_for_function(script, arg=self.id, timeout=1000 * timeout_s).json_value()

    @property
    def blocks(self) -> Blocks | None:
        """What the picture says that is shown now."""
        name = "canvas" if self.get("it.playing") == "mjpeg" else "video"
        return blocks_on(self.page, f"#{self.id} {name}")

    def wait_until_live(self) -> None:
        """Wait until a picture is shown."""
        self.wait("it.state === 'live'")

    def sees_it_move(self) -> Blocks:
        """Wait until a later picture is shown than the one that is shown now; return it."""
        self.wait_until_live()
        first = until(self.page, lambda: self.blocks)
        found: Blocks = until(self.page, lambda: (now := self.blocks) and now.frame > first.frame and now)
        return found


def open_page(page: Page, url: str) -> None:
    """Go to a page and count there what players take."""
    page.add_init_script(_PREPARE)
    page.goto(url)


def held(page: Page) -> dict[str, int]:
    """What is open now: sockets, media sources, object URLs."""
    found: dict[str, int] = page.evaluate(
        "({ sockets: sockets.size, sources: [...sources].filter((one) => one.readyState === 'open').length, urls: urls.size })"
    )
    return found


def hide(page: Page, is_hidden: bool) -> None:
    """Let a page believe that its tab is hidden; a headless browser has no other way."""
    page.evaluate(
        """(is) => {
            Object.defineProperty(document, 'hidden', { configurable: true, get: () => is });
            Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => is ? 'hidden' : 'visible' });
            document.dispatchEvent(new Event('visibilitychange'));
        }""",
        is_hidden,
    )

"""The chat of a room in Chromium: one browser profile each, on the page that shows the chat alone."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Locator, Page

from tests.servers.web.browser import Errors, until

# What breaks the policy of the page, or runs although nobody may write code here.
WATCH = """
    window.hacked = [];
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
    for (const name of ["alert", "confirm", "prompt"]) window[name] = () => window.hacked.push(name);
"""
ROOM = "document.querySelector('framecast-room')"


class Chat:
    """Somebody in a room."""

    def __init__(self, browser: Browser, url: str, key: str = "stream:door", **options: Any) -> None:
        self.context = browser.new_context(
            **{"viewport": {"width": 420, "height": 800}, "reduced_motion": "reduce", **options}
        )
        self.page: Page = self.context.new_page()
        self.page.add_init_script(WATCH)
        self.errors = Errors(self.page)
        self.url = f"{url}rooms/{key}/embed"

    def enter(self) -> Chat:
        """Open the page, and wait until the room has let it in."""
        self.page.goto(self.url)
        self.page.locator("framecast-room[state=open]").wait_for()
        return self

    @property
    def room(self) -> Locator:
        """The element; what is inside of its shadow DOM is found in it."""
        return self.page.locator("framecast-room")

    @property
    def field(self) -> Locator:
        """The line to write in."""
        return self.room.get_by_role("textbox", name="Message", exact=True)

    def say(self, text: str) -> None:
        """Write something, and wait until it stands in the log of the room."""
        self.field.fill(text)
        self.field.press("Enter")
        self.message(text).wait_for()

    def message(self, text: str) -> Locator:
        """A message with exactly this text."""
        return self.room.locator("article", has=self.page.locator(".text").get_by_text(text, exact=True)).last

    def texts(self) -> list[str]:
        """The texts in the list, in order."""
        found: list[str] = self.page.evaluate(
            f"[...{ROOM}.shadowRoot.querySelectorAll('article .text')].map((one) => one.textContent)"
        )
        return found

    def act(self, text: str, name: str, item: str = "") -> None:
        """Press a button of a message, and choose in the menu that opens."""
        self.message(text).hover()
        self.room.locator(".toolbar").get_by_role("button", name=name, exact=True).click()
        if item:
            self.room.get_by_role("menuitem", name=item).click()

    def value(self, expression: str) -> Any:
        """A value of the element: `room` is the element."""
        return self.page.evaluate(f"(() => {{ const room = {ROOM}; return {expression}; }})()")

    def wait(self, expression: str) -> Any:
        """Wait until a value of the element is true."""
        return until(self.page, lambda: self.value(expression))

    def close(self) -> None:
        """Leave. What the page complained about, or what ran in it, fails the test."""
        wrong = self.page.evaluate("[window.hacked, window.violations]")
        self.context.close()
        assert (wrong, self.errors.found) == ([[], []], [])

"""A real Firefox, steered by WebDriver BiDi over its own WebSocket: no driver program is needed.

A `FirefoxPage` has what the helpers of `player_page` ask of Playwright's pages.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

# Nothing is asked of the network or of a person; a page may begin to play, and JSON is a plain page.
PREFERENCES = {
    "remote.active-protocols": 1,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "devtools.jsonview.enabled": False,
    "extensions.update.enabled": False,
    "media.autoplay.default": 0,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
ANSWER_S = 60.0
# As Playwright's selectors, this one looks into shadow roots; `|` stands before each that is to be opened.
_FIND = """(selector) => selector.split('|').reduce((found, part) => (found.shadowRoot ?? found).querySelector(part), document)"""


class Firefox:
    """A browser that runs."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0
        self.ask("session.new", capabilities={})

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Return the answer to a command; events are passed over."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(ANSWER_S))
            if answer.get("id") == self._number:
                assert answer["type"] == "success", answer
                found: dict[str, Any] = answer["result"]
                return found

    def new_page(self) -> FirefoxPage:
        """Open a tab."""
        return FirefoxPage(self, self.ask("browsingContext.create", type="tab")["context"])


class FirefoxPage:
    """A tab."""

    def __init__(self, browser: Firefox, context: str) -> None:
        self._browser = browser
        self._context = context

    def goto(self, url: str) -> None:
        """Go there, and wait until the page is loaded."""
        self._browser.ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def add_init_script(self, script: str) -> None:
        """Run a script before those of each page."""
        self._browser.ask("script.addPreloadScript", functionDeclaration=f"() => {{ {script} }}")

    def evaluate(self, script: str, arg: Any = None) -> Any:
        """Return the value of an expression; of a function what it returns for `arg`."""
        call = f"const found = ({script}); return typeof found === 'function' ? await found({json.dumps(arg)}) : await found;"
        answer = self._browser.ask(
            "script.evaluate",
            expression=f"(async () => {{ {call} }})().then((value) => JSON.stringify(value ?? null))",
            target={"context": self._context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def wait_for_function(self, script: str, arg: Any = None, timeout: float = 30_000) -> Value:
        """Wait until it returns something true."""
        for _ in range(int(timeout / 50)):
            found = self.evaluate(script, arg)
            if found:
                return Value(found)
            self.wait_for_timeout(50)
        raise AssertionError(f"it never happened: {script} of {arg}")

    def wait_for_timeout(self, milliseconds: float) -> None:
        """Let time pass between two questions."""
        time.sleep(milliseconds / 1000)

    def locator(self, selector: str) -> Locator:
        """What a selector such as `#player video` finds, with the shadow root of its first part open."""
        return Locator(self, selector.replace(" ", "|"))

    def close(self) -> None:
        """Close the tab."""
        self._browser.ask("browsingContext.close", context=self._context)


class Value:
    """What a page has returned."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def json_value(self) -> Any:
        """The value."""
        return self._value


class Locator:
    """The first element that fits."""

    def __init__(self, page: FirefoxPage, selector: str) -> None:
        self._page = page
        self._selector = selector

    @property
    def first(self) -> Locator:
        """It is the first."""
        return self

    def evaluate(self, script: str) -> Any:
        """Return what a function returns for the element."""
        return self._page.evaluate(f"() => ({script})(({_FIND})({json.dumps(self._selector)}))")


@contextmanager
def firefox(path: str, folder: Path) -> Iterator[Firefox]:
    """Run a browser with a profile of its own in `folder`."""
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (folder / "user.js").write_text("\n".join(lines))
    command = [
        path,
        "--headless",
        "--no-remote",
        "--profile",
        str(folder),
        "--remote-debugging-port",
        "0",
        "about:blank",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    try:
        said = (re.search(r"WebDriver BiDi listening on (ws://\S+)", line) for line in process.stderr)
        address = next(filter(None, said))[1]
        with connect(f"{address}/session", max_size=None) as socket:
            yield Firefox(socket)
    finally:
        process.terminate()
        process.wait(60)
        process.stderr.close()

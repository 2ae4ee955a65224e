"""Headless Chromium for the rows that measure what stands on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.support import needs

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
ARGUMENTS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
# Reads the blocks of the test pattern; to stand inside a script of ours.
READER = (Path(__file__).parent.parent / "tests/support/blocks.mjs").read_text().replace("export ", "")


@contextmanager
def page_at(url: str) -> Iterator[Page]:
    """Give a page of a browser of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needs.chromium(), args=ARGUMENTS)
        try:
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.goto(url)
            yield page
        finally:
            browser.close()

"""Three newcomers follow the documentation from a fresh clone: a vision engineer, a camera owner, an operator. Their clicks are made in Chromium."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.documentation.machine import Machine
from tests.documentation.page import ROOT, Block, blocks
from tests.servers.web.browser import Errors, chromium, until
from tests.support import needs

SHOWN = "player => player.stats?.shown ?? 0"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for all three."""
    with chromium(needs.chromium()) as found:
        yield found


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of this checkout. Its virtual environment has what is installed in ours, so that `make setup` finds it done."""
    made = tmp_path / "framecast"
    subprocess.run(["git", "clone", "--quiet", f"file://{ROOT}", made], check=True, timeout=60)
    environment = made / ".venv"
    environment.mkdir()
    for entry in (ROOT / ".venv").iterdir():
        if entry.name not in (".runtime", ".dev"):
            (environment / entry.name).symlink_to(entry)
    (environment / ".runtime").touch()
    return made


def block(name: str, language: str, containing: str) -> Block:
    """Return the first block of a page that has this text."""
    return next(
        one
        for one in blocks((ROOT / name).read_text())
        if one.language == language and containing in one.text
    )


def opened(browser: Browser, url: str) -> tuple[Page, Errors]:
    """Open a page in a context of its own."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    errors = Errors(page)
    page.goto(url)
    return page, errors


def test_vision_engineer_reads_frames_and_publishes_edges(
    clone: Path, tmp_path: Path, browser: Browser
) -> None:
    with Machine(tmp_path, home=clone) as machine:
        for command in block("README.md", "sh", "make setup").commands:
            machine.shell(command)
        read = machine.python(block("README.md", "python", "frame.bgr.shape").text)
        assert "(720, 1280, 3)" in read.text
        with machine.started(block("docs/tutorial.md", "python", '"edges"').text):
            page, errors = opened(browser, machine.url)
            page.locator("framecast-tile, article").filter(has_text="edges").first.wait_for()
            page.get_by_role("link", name="edges", exact=True).first.click()
            page.wait_for_url("**/streams/edges")
            until(page, lambda: page.locator("framecast-player").first.evaluate(SHOWN) > 10)
            assert errors.found == []
            page.context.close()


def test_camera_owner_adds_a_camera_by_clicks(clone: Path, tmp_path: Path, browser: Browser) -> None:
    with Machine(tmp_path, home=clone) as machine:
        machine.shell(block("docs/how-to/home-assistant.md", "sh", "framecast serve").commands[0])
        page, errors = opened(browser, machine.url)
        page.get_by_role("button", name="Add stream").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name", exact=True).fill("shed")
        dialog.get_by_text("Address", exact=True).click()
        dialog.get_by_label("Source").fill("pattern:?size=320x180")
        dialog.get_by_role("button", name="Test", exact=True).click()
        dialog.get_by_text("The source works.").wait_for()
        page.keyboard.press("Enter")
        dialog.wait_for(state="hidden")
        page.get_by_role("link", name="shed", exact=True).first.wait_for()
        assert "shed" in machine.shell("framecast streams")
        link = machine.shell("framecast link shed --path frame.jpeg").strip().splitlines()[-1]
        answer = page.context.request.get(link)
        assert answer.ok
        assert answer.headers["content-type"] == "image/jpeg"
        talk_in_the_room_of(page, "shed")
        share_a_video(page, machine)
        assert errors.found == []
        page.context.close()


def talk_in_the_room_of(page: Page, stream: str) -> None:
    """Write into the chat beside the picture, as on the page that the page of the rooms links to."""
    page.get_by_role("link", name="Rooms", exact=True).click()
    page.get_by_role("link", name=stream, exact=True).click()
    room = page.locator("framecast-room")
    room.get_by_role("textbox", name="Message", exact=True).fill("Somebody is at the shed")
    page.keyboard.press("Enter")
    room.locator("article").get_by_text("Somebody is at the shed", exact=True).wait_for()


def share_a_video(page: Page, machine: Machine) -> None:
    """Upload a clip on the page of the videos, and play it on its own page."""
    machine.shell("framecast sample visit.mp4 --seconds 3 --size 320x180")
    page.get_by_role("link", name="Videos", exact=True).click()
    page.locator("input[type=file]").set_input_files(machine.folder / "visit.mp4")
    page.locator(".video-picture img").wait_for()
    page.get_by_role("button", name="Close the panel").click()
    page.get_by_role("link", name="visit", exact=True).first.click()
    page.wait_for_url("**/videos/*")
    page.locator("framecast-video .big").click()
    until(page, lambda: page.locator("framecast-video").evaluate("player => player.currentTime") > 0.5)


def test_operator_runs_a_node_with_a_token_and_changes_it(
    clone: Path, tmp_path: Path, browser: Browser
) -> None:
    with Machine(tmp_path, home=clone) as machine:
        for command in block("docs/how-to/maintain.md", "sh", "framecast.yaml").commands:
            machine.shell(command)
        page, errors = opened(browser, machine.url)
        log_in(page, machine)
        page.get_by_role("link", name="shed", exact=True).first.wait_for()
        old = (clone / "token").read_text()
        for command in block("docs/how-to/maintain.md", "sh", "token.new").commands:
            machine.shell(command)
        assert (clone / "token").read_text() != old
        until(page, lambda: "/login" in page.goto(machine.url).url)  # type: ignore[union-attr]
        log_in(page, machine)
        page.get_by_role("link", name="shed", exact=True).first.wait_for()
        assert errors.found == []
        page.context.close()


def log_in(page: Page, machine: Machine) -> None:
    """Give the page of the login the access token."""
    page.get_by_label("Access token").fill((machine.folder / "token").read_text().strip())
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/login" not in url)

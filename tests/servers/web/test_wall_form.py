"""Adding, changing and removing streams on the wall, for real: sources are tried, secrets are kept, nothing is saved by mistake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator

from framecast.keyfile import KeyFile, is_sealed
from tests.cli.running import Node
from tests.servers.web.browser import chromium, until
from tests.servers.web.wall_page import Wall, ask, node_with, pattern, write
from tests.support import needs, waiting
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer

CLIP = Clip(size=(640, 360), seconds=10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


STREAMS = {"door": pattern(1)}


@pytest.fixture(scope="module")
def shared_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with node_with(tmp_path_factory.mktemp("form"), STREAMS) as running:
        yield running


@pytest.fixture
def node(shared_node: Node) -> Iterator[Node]:
    """The node, which has the streams of its file only, before and after each test."""
    yield shared_node
    write(shared_node.folder, STREAMS)
    for name in ask(shared_node, "api/streams"):
        if name not in STREAMS:
            ask(shared_node, f"api/streams?src={name}", "DELETE")
    until_streams(shared_node, list(STREAMS))


def until_streams(node: Node, names: list[str]) -> None:
    """Wait until the node has these streams: it reads its file a moment after it was written."""
    waiting.until(lambda: list(ask(node, "api/streams")) == names, f"the streams {names}")


@pytest.fixture
def wall(node: Node, browser: Browser) -> Iterator[Wall]:
    found = Wall(browser, node.url)
    found.wait_for(["door"])
    yield found
    found.close()


def fill(wall: Wall, name: str, source: str) -> Locator:
    """Open the form for a new stream and fill it in."""
    wall.page.get_by_role("button", name="Add stream").click()
    dialog = wall.page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_text("Address", exact=True).click()
    dialog.get_by_label("Source").fill(source)
    return dialog


def wrong(dialog: Locator) -> dict[str, str]:
    """What the form says is wrong, by the ids of the fields; each says so to screen readers, too."""
    found: dict[str, str] = dialog.evaluate(
        """dialog => Object.fromEntries([...dialog.querySelectorAll("[aria-invalid=true]")].map(field =>
            [field.id, document.getElementById(field.getAttribute("aria-describedby").split(" ")[0]).textContent]))"""
    )
    return found


def focused(wall: Wall) -> str:
    """The id of the element that has the focus."""
    return str(wall.page.evaluate("document.activeElement.id"))


def edit(wall: Wall, name: str) -> Locator:
    """Open the form of a stream that is there."""
    wall.tile(name).get_by_role("button", name="More").click()
    wall.page.get_by_role("menuitem", name="Edit").click()
    return wall.page.get_by_role("dialog", name=f"Edit {name}")


def saved(folder: Path) -> dict[str, Any]:
    """What the node has saved, with its secrets."""
    path = folder / "framecast" / "streams.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    keys = KeyFile(path.parent)
    for name, entry in found.items():
        if is_sealed(entry["source"]):
            entry["source"] = keys.unseal(entry["source"], f"source:{name}")
    return found


def test_stream_is_tried_shown_and_added(wall: Wall, node: Node) -> None:
    dialog = fill(wall, "gate", pattern(7, size="640x360"))
    dialog.get_by_role("button", name="Test", exact=True).click()
    dialog.get_by_text("The source works.").wait_for()
    dialog.get_by_text("640 \u00d7 360").wait_for()
    picture = dialog.get_by_role("img", name="Picture of the source")
    until(wall.page, lambda: picture.evaluate("image => image.naturalWidth") >= 320)
    assert list(ask(node, "api/streams")) == ["door"]
    wall.page.keyboard.press("Enter")
    dialog.wait_for(state="hidden")
    wall.wait_for(["door", "gate"])
    assert wall.wait_moving("gate").stream_id == 7
    assert wall.page.evaluate("document.activeElement.name") == "gate"


def test_wrong_address_says_what_is_wrong_and_what_to_do_and_is_not_saved(wall: Wall, node: Node) -> None:
    dialog = fill(wall, "gate", "rtsp://127.0.0.1:1/stream")
    dialog.get_by_role("button", name="Test", exact=True).click()
    dialog.get_by_text("The address refuses connections").wait_for()
    dialog.get_by_text("Check the port").wait_for()
    assert wall.errors.found == [], "a source that does not work is no error of the page"
    assert list(ask(node, "api/streams")) == ["door"]
    dialog.get_by_label("Source").fill(pattern(7))
    dialog.get_by_text("The address refuses connections").wait_for(state="hidden")
    dialog.get_by_role("button", name="Cancel").click()
    dialog.wait_for(state="hidden")
    assert list(ask(node, "api/streams")) == ["door"]


def test_camera_that_is_off_now_can_be_saved_on_purpose(wall: Wall, node: Node) -> None:
    dialog = fill(wall, "gate", "rtsp://127.0.0.1:1/stream")
    assert not dialog.get_by_role("button", name="Save anyway").is_visible()
    dialog.get_by_role("button", name="Test", exact=True).click()
    dialog.get_by_role("button", name="Save anyway").click()
    wall.wait_for(["door", "gate"])
    wall.tile("gate").get_by_text("The address refuses connections").first.wait_for()


def test_fields_that_cannot_be_so_say_why_beside_them(wall: Wall) -> None:
    dialog = fill(wall, "front door", "")
    test = dialog.get_by_role("button", name="Test", exact=True)
    dialog.get_by_label("Display name").fill("x" * 81)
    dialog.locator("summary").click()
    dialog.get_by_label("Idle timeout").fill("86401")
    dialog.get_by_label("Maximum retry delay").fill("soon")
    dialog.locator("summary").click()
    test.click()
    assert wrong(dialog) == {
        "form-display-name": "Display name must have at most 80 characters, got 81.",
        "form-name": "Name must have 1 to 64 letters, digits, dots, dashes and underscores, and begin with a letter or digit.",
        "form-source": "Source is missing: type an address, such as rtsp://192.168.1.20/stream.",
        "option-idle_s": "Idle timeout must be a number from 0 to 86400, got 86401.",
        "option-retry_max_s": "Maximum retry delay must be a number from 0.1 to 3600, got soon.",
    }
    assert focused(wall) == "form-display-name"
    assert dialog.get_by_label("Idle timeout").is_visible(), "what is wrong can be seen"
    dialog.get_by_label("Display name").fill("Door")
    dialog.get_by_label("Name", exact=True).fill("door")
    dialog.get_by_label("Idle timeout").fill("5")
    dialog.get_by_label("Maximum retry delay").fill("2")
    dialog.get_by_text("Camera", exact=True).click()
    test.click()
    assert set(wrong(dialog)) == {"form-name", "form-maker", "form-host"}
    assert wrong(dialog)["form-name"].startswith("A stream named door already exists")
    assert focused(wall) == "form-name"


def test_what_only_the_node_knows_to_be_wrong_stands_beside_the_field_too(wall: Wall) -> None:
    dialog = fill(wall, "gate", "rtsp://camera:99999/x")
    dialog.get_by_role("button", name="Test", exact=True).click()
    until(wall.page, lambda: list(wrong(dialog)) == ["form-source"])
    assert focused(wall) == "form-source"


def test_camera_is_added_by_maker_host_and_password(wall: Wall, node: Node) -> None:
    with RtspServer(CLIP, user="admin", password="p@ss w/rd") as camera:
        port = camera.url().rpartition(":")[2].partition("/")[0]
        ask(node, "api/streams", "PUT", {"name": "yard", "source": pattern(3), "groups": ["Garten"]})
        wall.page.get_by_role("button", name="Add stream").click()
        dialog = wall.page.get_by_role("dialog")
        assert focused(wall) == "form-display-name"
        dialog.get_by_label("Display name").fill("Haustür Süd")
        assert dialog.get_by_label("Name", exact=True).input_value() == "haustuer-sued"
        dialog.get_by_label("Maker", exact=True).select_option(label="Other maker")
        dialog.get_by_label("Host", exact=True).fill("127.0.0.1")
        dialog.get_by_label("Port", exact=True).fill(port)
        dialog.get_by_label("User", exact=True).fill("admin")
        dialog.get_by_label("Password", exact=True).fill("p@ss w/rd")
        dialog.get_by_label("Path", exact=True).fill(camera.url().rpartition("/")[2])
        dialog.get_by_text(f"rtsp://admin:***@127.0.0.1:{port}/").wait_for()
        # Between the two ways and back, all stays, and the password is shown when asked only.
        dialog.get_by_text("Address", exact=True).click()
        source = dialog.get_by_label("Source")
        assert source.input_value().startswith(f"rtsp://admin:***@127.0.0.1:{port}/")
        dialog.get_by_role("button", name="Show", exact=True).click()
        assert source.input_value().startswith("rtsp://admin:p%40ss%20w%2Frd@127.0.0.1")
        dialog.get_by_role("button", name="Hide", exact=True).click()
        assert "***" in source.input_value()
        dialog.get_by_text("Camera", exact=True).click()
        assert dialog.get_by_label("Password", exact=True).input_value() == "p@ss w/rd"
        dialog.get_by_role("button", name="Garten").click()
        dialog.get_by_label("Groups", exact=True).fill("Küche")
        dialog.get_by_label("Groups", exact=True).press("Enter")
        dialog.get_by_role("button", name="Test", exact=True).click()
        dialog.get_by_role("button", name="Add stream").click()
        dialog.wait_for(state="hidden")
        found = saved(node.folder)["haustuer-sued"]
        assert found["source"].startswith("rtsp://admin:p%40ss%20w%2Frd@127.0.0.1")
        assert (found["display_name"], found["groups"]) == ("Haustür Süd", ["Garten", "Küche"])
        # The saved password is kept while the fields are edited, and not shown.
        wall.page.goto(f"{wall.url}streams/haustuer-sued")
        wall.page.get_by_role("button", name="Edit").click()
        dialog = wall.page.get_by_role("dialog", name="Edit Haustür Süd")
        dialog.get_by_text("Camera", exact=True).click()
        assert dialog.get_by_label("Password", exact=True).input_value() == ""
        assert dialog.get_by_label("Password", exact=True).get_attribute("placeholder") == "unchanged"
        dialog.get_by_role("button", name="Garten").click()
        dialog.get_by_role("button", name="Save").click()
        dialog.wait_for(state="hidden")
        until(wall.page, lambda: saved(node.folder)["haustuer-sued"]["groups"] == ["Küche"])
        assert saved(node.folder)["haustuer-sued"]["source"] == found["source"]


def test_password_is_kept_while_the_rest_is_changed_and_never_shown(wall: Wall, node: Node) -> None:
    with RtspServer(CLIP, user="admin", password="s3cret") as camera:
        address = camera.url()
        assert "admin:s3cret@" in address
        dialog = fill(wall, "gate", address)
        dialog.get_by_role("button", name="Test", exact=True).click()
        dialog.get_by_role("button", name="Add stream").click()
        wall.wait_for(["door", "gate"])
        dialog = edit(wall, "gate")
        assert dialog.get_by_label("Source").input_value() == address.replace("admin:s3cret", "***")
        dialog.locator("summary").click()
        dialog.get_by_label("Idle timeout").fill("33")
        dialog.get_by_text("1 changed").wait_for()
        dialog.get_by_role("button", name="Test", exact=True).click()
        dialog.get_by_text("The source works.").wait_for(timeout=30_000)
        dialog.get_by_role("button", name="Save").click()
        dialog.wait_for(state="hidden")
        until(wall.page, lambda: saved(node.folder)["gate"]["idle_s"] == 33)
        assert saved(node.folder)["gate"]["source"] == address
        assert "s3cret" not in wall.page.content()
        dialog = edit(wall, "gate")
        assert dialog.get_by_label("Idle timeout").input_value() == "33"


def test_password_does_not_go_to_another_machine(wall: Wall, node: Node) -> None:
    ask(node, "api/streams", "PUT", {"name": "gate", "source": "rtsp://admin:s3cret@127.0.0.1:1/stream"})
    wall.wait_for(["door", "gate"])
    dialog = edit(wall, "gate")
    dialog.get_by_label("Source").fill("rtsp://***@127.0.0.2:1/stream")
    dialog.get_by_role("button", name="Test", exact=True).click()
    dialog.get_by_text("type the secret").wait_for()


def test_stream_of_the_file_cannot_be_changed_here(wall: Wall) -> None:
    wall.tile("door").get_by_role("button", name="More").click()
    assert wall.page.get_by_role("menuitem", name="Edit").get_attribute("aria-disabled") == "true"
    assert wall.page.get_by_role("menuitem", name="Remove").get_attribute("aria-disabled") == "true"


def test_stream_is_removed_after_a_question_by_keys_alone(wall: Wall, node: Node) -> None:
    ask(node, "api/streams", "PUT", {"name": "gate", "source": pattern(7)})
    wall.wait_for(["door", "gate"])
    wall.tile("gate").focus()
    wall.page.keyboard.press("Delete")
    question = wall.page.get_by_role("alertdialog", name="Remove gate?")
    question.wait_for()
    assert wall.page.evaluate("document.activeElement.textContent") == "Cancel"
    wall.page.keyboard.press("Enter")
    question.wait_for(state="hidden")
    assert list(ask(node, "api/streams")) == ["door", "gate"]
    wall.page.keyboard.press("Delete")
    wall.page.keyboard.press("Tab")
    wall.page.keyboard.press("Enter")
    wall.wait_for(["door"])
    assert list(ask(node, "api/streams")) == ["door"]


def test_first_stream_is_added_from_an_empty_wall(wall: Wall, node: Node) -> None:
    write(node.folder, {})
    page = wall.page
    page.get_by_role("heading", name="No streams yet").wait_for()
    page.get_by_text("framecast add front-door rtsp://").wait_for()
    page.get_by_role("button", name="Add a camera").click()
    page.get_by_role("dialog", name="Add a stream").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Show a test pattern").click()
    wall.wait_for(["demo"])
    wall.wait_moving("demo")
    assert ask(node, "api/streams")["demo"]["configured"] == "api"

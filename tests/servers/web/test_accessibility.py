"""axe-core on every page, dark and light, large and small: nothing that shuts people out of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.cli.running import Node
from tests.servers.web.browser import chromium
from tests.servers.web.wall_page import Wall, node_with, pattern, write
from tests.support import needs, npm_packages

GRAVE = ("serious", "critical")
# The player covers its picture with words where it must; what a video shows behind buttons is nobody's colour.
SIZES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1400, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1400, "height": 900}},
    "phone": {
        "color_scheme": "dark",
        "viewport": {"width": 360, "height": 740},
        "has_touch": True,
        "is_mobile": True,
    },
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    streams = {
        "door": pattern(1, audio=1),
        "garden": {"source": pattern(2), "groups": ["Haus"]},
        "porch": "rtsp://admin:secret@127.0.0.1:1/stream",
        "figures": "numbers:",
    }
    with node_with(tmp_path_factory.mktemp("access"), streams) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


@pytest.fixture(params=list(SIZES))
def wall(request: pytest.FixtureRequest, node: Node, browser: Browser) -> Iterator[Wall]:
    # axe-core is put into the page by the test: only for that the policy of the pages is set aside.
    found = Wall(browser, node.url, bypass_csp=True, reduced_motion="reduce", **SIZES[request.param])
    found.wait_for(["door", "figures", "garden", "porch"])
    yield found
    found.close()


def grave(page: Page) -> list[str]:
    """Return what axe-core finds serious or critical, with the elements."""
    if not page.evaluate("typeof axe === 'object'"):
        page.add_script_tag(path=str(npm_packages.modules() / "axe-core/axe.min.js"))
    report = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes']]}"
        for one in report["violations"]
        if one["impact"] in GRAVE
    ]


def test_axe_finds_what_is_wrong(node: Node, browser: Browser) -> None:
    wall = Wall(browser, node.url, bypass_csp=True)
    wall.page.evaluate("document.body.append(document.createElement('button'))")
    assert any(found.startswith("button-name") for found in grave(wall.page))
    wall.close()


def test_wall(wall: Wall) -> None:
    wall.wait_moving("door")
    # On a phone it is below the window, where nothing connects.
    wall.tile("porch").scroll_into_view_if_needed()
    wall.tile("porch").get_by_text("The address refuses connections").first.wait_for()
    assert grave(wall.page) == []
    wall.page.get_by_role("button", name="1 offline").click()
    wall.wait_for(["porch"])
    assert grave(wall.page) == []
    wall.page.get_by_role("button", name="Haus").click()
    wall.page.get_by_role("button", name="Show all", exact=True).click()
    wall.page.get_by_role("button", name="Haus").click()
    wall.wait_for(["garden"])
    assert grave(wall.page) == []
    wall.page.get_by_role("button", name="All groups").click()
    wall.choose_layout(2)
    wall.page.get_by_role("searchbox").fill("door")
    wall.wait_for(["door"])
    assert grave(wall.page) == []
    wall.page.get_by_role("searchbox").fill("nothing like it")
    wall.page.get_by_role("button", name="Show all").wait_for()
    assert grave(wall.page) == []


def test_tile_that_has_the_focus_with_its_menu(wall: Wall) -> None:
    wall.tile("porch").focus()
    assert grave(wall.page) == []
    wall.tile("porch").get_by_role("button", name="More").press("Enter")
    wall.page.get_by_role("menuitem").first.wait_for()
    assert grave(wall.page) == []


def test_form_with_all_options_and_an_error(wall: Wall) -> None:
    page = wall.page
    page.get_by_role("button", name="Add stream").click()
    page.locator(".options summary").click()
    assert grave(page) == []
    page.get_by_label("Name", exact=True).fill("gate")
    page.get_by_text("Address", exact=True).click()
    page.get_by_label("Source").fill("rtsp://127.0.0.1:1/stream")
    page.get_by_role("button", name="Test", exact=True).click()
    page.get_by_role("dialog").get_by_text("The address refuses connections").wait_for()
    assert grave(page) == []
    page.get_by_role("button", name="Test pattern").click()
    page.get_by_role("button", name="Test", exact=True).click()
    page.get_by_text("The source works.").wait_for()
    assert grave(page) == []


def test_question_before_something_is_removed(wall: Wall) -> None:
    page = wall.page
    page.evaluate(
        "import('./static/confirm.js').then(({confirmed}) => void confirmed('Remove door?', 'Words.', 'Remove'))"
    )
    page.get_by_role("alertdialog").wait_for()
    assert grave(page) == []


def test_page_of_a_stream(wall: Wall) -> None:
    for name in ("door", "porch"):
        wall.page.goto(f"{wall.url}streams/{name}")
        wall.page.get_by_role("heading", name=name, level=1).wait_for()
        assert grave(wall.page) == []
    wall.page.get_by_text("Technical").click()
    wall.page.get_by_role("button", name="On my phone").click()
    wall.page.get_by_text("start the node with --host").wait_for()
    assert grave(wall.page) == []
    wall.page.goto(f"{wall.url}streams/nobody")
    assert grave(wall.page) == []


def test_page_of_the_api(wall: Wall) -> None:
    wall.page.goto(f"{wall.url}docs")
    wall.page.locator("[id='put/api/streams'] summary").click()
    wall.page.locator("[id='get/api/frame.jpeg'] summary").click()
    wall.page.get_by_role("button", name="Send").last.wait_for()
    assert grave(wall.page) == []


@pytest.mark.parametrize("size", list(SIZES))
def test_empty_wall_a_server_that_is_gone_and_the_way_in(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, size: str
) -> None:
    folder = tmp_path_factory.mktemp("empty")
    with node_with(folder, {"door": pattern(1)}, access_token="open sesame") as node:
        write(folder, {}, access_token="open sesame")
        wall = Wall(browser, node.url, bypass_csp=True, **SIZES[size])
        page = wall.page
        page.get_by_label("Access token").fill("wrong")
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("alert").wait_for()
        assert grave(page) == []
        page.get_by_label("Access token").fill("open sesame")
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("heading", name="No streams yet").wait_for()
        assert grave(page) == []
        node.end()
        page.get_by_role("alert").filter(has_text="does not answer").wait_for()
        assert grave(page) == []
        wall.close()

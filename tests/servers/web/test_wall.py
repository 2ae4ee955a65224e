"""How streams stand on the wall: layouts, order, one large, search; by pointer and by keyboard, remembered by the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import av
import pytest
from playwright.sync_api import Browser, Route

from tests.cli.running import Node
from tests.servers.web.browser import chromium, until
from tests.servers.web.wall_page import Wall, ask, node_with, pattern
from tests.support import needs

NAMES = ["cam-1", "cam-2", "cam-3", "cam-10", "porch"]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    streams = {name: pattern(number, fps=5) for number, name in enumerate(NAMES)}
    streams["porch"] = "rtsp://admin:secret@127.0.0.1:1/stream"
    with node_with(tmp_path_factory.mktemp("wall"), streams) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


@pytest.fixture
def wall(node: Node, browser: Browser) -> Iterator[Wall]:
    found = Wall(browser, node.url)
    found.wait_for(NAMES)
    yield found
    found.close()


def drag(wall: Wall, name: str, onto: str, *, drop: bool = True) -> None:
    begin, end = (wall.tile(one).locator(".tile-picture").bounding_box() for one in (name, onto))
    page = wall.page
    page.mouse.move(begin["x"] + begin["width"] / 2, begin["y"] + begin["height"] / 2)
    page.mouse.down()
    page.mouse.move(begin["x"] + begin["width"] / 2 + 20, begin["y"] + begin["height"] / 2 + 20)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=4)
    if drop:
        page.mouse.up()


def test_streams_stand_as_people_count(wall: Wall) -> None:
    assert wall.names() == NAMES


def test_tile_is_dragged_to_another_place_and_stays_there(wall: Wall) -> None:
    drag(wall, "cam-1", "cam-3")
    wall.wait_for(["cam-2", "cam-3", "cam-1", "cam-10", "porch"])
    wall.page.reload()
    wall.wait_for(["cam-2", "cam-3", "cam-1", "cam-10", "porch"])


def test_drag_that_is_given_up_changes_nothing(wall: Wall) -> None:
    drag(wall, "cam-1", "cam-3", drop=False)
    assert wall.page.locator("li.held").count() == 1
    wall.page.keyboard.press("Escape")
    assert wall.page.locator("li.held").count() == 0
    wall.page.mouse.up()
    assert wall.names() == NAMES


def test_dragging_interrupts_no_picture(wall: Wall) -> None:
    for name in ("cam-1", "cam-2", "cam-3"):
        wall.wait_moving(name)
    wall.page.evaluate(
        """() => {
            window.begun = [];
            for (const player of document.querySelectorAll("framecast-player"))
                player.addEventListener("picture", () => window.begun.push(player.src));
        }"""
    )
    drag(wall, "cam-1", "cam-3")
    wall.wait_for(["cam-2", "cam-3", "cam-1", "cam-10", "porch"])
    for name in ("cam-1", "cam-2", "cam-3"):
        wall.wait_moving(name)
    assert wall.page.evaluate("window.begun") == []


def test_stream_that_goes_and_returns_has_its_old_place(wall: Wall, node: Node) -> None:
    ask(node, "api/streams", "PUT", {"name": "guest", "source": pattern(9, fps=5)})
    wall.wait_for(["cam-1", "cam-2", "cam-3", "cam-10", "guest", "porch"])
    drag(wall, "guest", "cam-2")
    wall.wait_for(["cam-1", "guest", "cam-2", "cam-3", "cam-10", "porch"])
    ask(node, "api/streams?src=guest", "DELETE")
    wall.wait_for(NAMES)
    ask(node, "api/streams", "PUT", {"name": "guest", "source": pattern(9, fps=5)})
    wall.wait_for(["cam-1", "guest", "cam-2", "cam-3", "cam-10", "porch"])
    ask(node, "api/streams?src=guest", "DELETE")
    wall.wait_for(NAMES)


def test_layout_has_pages_and_both_are_remembered(wall: Wall) -> None:
    wall.choose_layout(2)
    wall.wait_for(NAMES[:4])
    wall.page.get_by_role("button", name="Next page").click()
    wall.wait_for(NAMES[4:])
    wall.page.reload()
    wall.wait_for(NAMES[4:])
    assert wall.page.locator("input[name=layout][value='2']").is_checked()
    wall.choose_layout(0)
    wall.wait_for(NAMES)


@pytest.mark.parametrize("side", [1, 2, 3, 4])
def test_layout_fills_the_window_and_no_more(wall: Wall, side: int) -> None:
    wall.choose_layout(side)
    wall.wait_for(NAMES[: side * side])
    boxes = [wall.tile(name).bounding_box() for name in wall.names()]
    assert len({round(box["x"]) for box in boxes}) <= side
    assert len({round(box["y"]) for box in boxes}) <= side
    # Whatever their number, they reach both edges.
    assert max(box["x"] + box["width"] for box in boxes) > 1360
    assert max(box["y"] + box["height"] for box in boxes) > 860
    assert len({(round(box["width"]), round(box["height"])) for box in boxes}) == 1
    assert max(box["y"] + box["height"] for box in boxes) <= 900
    assert wall.page.evaluate("document.documentElement.scrollHeight") <= 900
    assert boxes[0]["width"] * side > 1200


def test_double_click_shows_one_large_until_escape_and_it_is_remembered(wall: Wall) -> None:
    wall.tile("cam-2").locator(".tile-picture").dblclick()
    wall.wait_for(["cam-2"])
    assert wall.tile("cam-2").bounding_box()["width"] > 1200
    wall.page.reload()
    wall.wait_for(["cam-2"])
    wall.page.keyboard.press("Escape")
    wall.wait_for(NAMES)


def test_stream_that_was_large_and_is_removed_gives_the_wall_back(wall: Wall, node: Node) -> None:
    ask(node, "api/streams", "PUT", {"name": "guest", "source": pattern(9, fps=5)})
    wall.tile("guest").get_by_role("button", name="Show large").click()
    wall.wait_for(["guest"])
    ask(node, "api/streams?src=guest", "DELETE")
    wall.wait_for(NAMES)


def test_search_finds_by_every_word_in_name_state_or_reason(wall: Wall) -> None:
    wall.tile("porch").get_by_text("The address refuses connections").first.wait_for()
    search = wall.page.get_by_role("searchbox", name="Search streams")
    search.fill("LIVE cam-1")
    wall.wait_for(["cam-1", "cam-10"])
    search.fill("refuses")
    wall.wait_for(["porch"])
    search.fill("no such thing")
    wall.page.get_by_text("No stream matches.").wait_for()
    wall.page.get_by_role("button", name="Show all").click()
    wall.wait_for(NAMES)
    assert search.input_value() == ""


def test_secret_of_a_source_is_not_found(wall: Wall) -> None:
    wall.page.get_by_role("searchbox").fill("secret")
    wall.page.get_by_text("No stream matches.").wait_for()


def test_states_are_counted_and_choose(wall: Wall) -> None:
    chip = wall.page.get_by_role("button", name="1 offline")
    chip.click()
    wall.wait_for(["porch"])
    assert chip.get_attribute("aria-pressed") == "true"
    chip.click()
    wall.wait_for(NAMES)


def test_failed_stream_says_why_and_shows_no_picture(wall: Wall) -> None:
    tile = wall.tile("porch")
    tile.get_by_text("The address refuses connections").first.wait_for()
    tile.locator("framecast-player").get_by_text("No signal", exact=True).wait_for()
    assert wall.blocks("porch") is None
    assert "secret" not in wall.page.content()


def test_live_tile_tells_rate_and_latency(wall: Wall) -> None:
    wall.wait_moving("cam-1")
    figures = wall.tile("cam-1").locator(".tile-figures")

    def as_it_is() -> bool:
        rate, _, latency = figures.inner_text().partition(" fps · ")
        return bool(latency) and 4 <= float(rate) <= 6 and int(latency.removesuffix(" ms")) > 0

    # The first second counts the kept pictures, too.
    until(wall.page, as_it_is, 30)


def test_every_stream_can_be_reached_moved_and_shown_large_by_keys_alone(wall: Wall) -> None:
    page = wall.page
    focused = "document.activeElement.closest('framecast-tile')?.name ?? ''"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate(focused):
            break
    assert page.evaluate(focused) == "cam-1"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "cam-2"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Shift+ArrowRight")
    wall.wait_for(["cam-1", "cam-3", "cam-2", "cam-10", "porch"])
    assert page.evaluate(focused) == "cam-2"
    page.get_by_role("status").filter(has_text="cam-2 moved to position 3 of 5").wait_for(state="attached")
    page.keyboard.press("Shift+Home")
    wall.wait_for(["cam-2", "cam-1", "cam-3", "cam-10", "porch"])
    page.keyboard.press("Enter")
    wall.wait_for(["cam-2"])
    page.keyboard.press("Escape")
    wall.wait_for(["cam-2", "cam-1", "cam-3", "cam-10", "porch"])
    assert page.evaluate(focused) == "cam-2"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"


def test_tab_passes_only_through_the_current_tile(wall: Wall) -> None:
    assert wall.page.locator("framecast-tile[tabindex='0']").count() == 1
    wall.tile("cam-3").focus()
    assert wall.tile("cam-3").get_attribute("tabindex") == "0"
    assert wall.page.locator("framecast-tile[tabindex='0']").count() == 1


def test_menu_moves_and_says_why_something_cannot_be_changed(wall: Wall) -> None:
    wall.tile("cam-2").focus()
    wall.tile("cam-2").get_by_role("button", name="More").press("Enter")
    page = wall.page
    menu = page.get_by_role("menu", name="cam-2")
    menu.get_by_text("Configured in framecast.yaml").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Open page"
    page.keyboard.press("ArrowUp")
    assert "Remove" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Escape")
    menu.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.ariaLabel") == "More"
    page.keyboard.press("Enter")
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    wall.wait_for(["cam-2", "cam-1", "cam-3", "cam-10", "porch"])


def test_keys_turn_pages_and_are_told(wall: Wall) -> None:
    page = wall.page
    wall.choose_layout(2)
    wall.wait_for(NAMES[:4])
    wall.tile("cam-1").focus()
    page.keyboard.press("PageDown")
    wall.wait_for(NAMES[4:])
    page.keyboard.press("PageDown")
    assert page.evaluate("document.activeElement.name") == "porch"
    page.keyboard.press("Shift+ArrowLeft")
    wall.wait_for(["cam-1", "cam-2", "cam-3", "porch"])
    assert page.evaluate("document.activeElement.name") == "porch"
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").get_by_text("Page Down").wait_for()
    page.keyboard.press("Escape")
    wall.wait_for(["cam-1", "cam-2", "cam-3", "porch"])


def test_wall_fills_the_screen(wall: Wall) -> None:
    wall.page.get_by_role("button", name="Fullscreen").click()
    until(wall.page, lambda: wall.page.evaluate("document.fullscreenElement?.localName") == "framecast-wall")
    wall.page.get_by_role("heading", name="Streams", level=1).wait_for(state="hidden")
    wall.page.evaluate("document.exitFullscreen()")
    wall.page.get_by_role("heading", name="Streams", level=1).wait_for()


def test_two_walls_of_one_browser_remember_for_themselves(wall: Wall) -> None:
    wall.choose_layout(2)
    wall.wait_for(NAMES[:4])
    wall.page.goto(f"{wall.url}?wall=kitchen")
    wall.wait_for(NAMES)
    wall.choose_layout(1)
    wall.wait_for(NAMES[:1])
    wall.page.goto(wall.url)
    wall.wait_for(NAMES[:4])


def test_what_cannot_be_remembered_is_forgotten(node: Node, browser: Browser) -> None:
    wall = Wall(browser, node.url)
    wall.page.evaluate(
        'localStorage.setItem(\'framecast wall /\', \'{"layout": 7, "order": [3], "page": -1}\')'
    )
    wall.page.reload()
    wall.wait_for(NAMES)
    wall.page.evaluate("localStorage.setItem('framecast wall /', 'no JSON')")
    wall.page.reload()
    wall.wait_for(NAMES)
    wall.close()


def test_phone_has_no_room_for_more_than_one_column_and_nothing_sticks_out(
    node: Node, browser: Browser
) -> None:
    wall = Wall(browser, node.url, viewport={"width": 360, "height": 700}, is_mobile=True, has_touch=True)
    wall.wait_for(NAMES)
    assert wall.page.evaluate("document.documentElement.scrollWidth") <= 360
    boxes = [wall.tile(name).bounding_box() for name in NAMES]
    assert len({box["x"] for box in boxes}) == 1
    page = wall.page
    for control in ("Add stream", "Fullscreen"):
        box = page.get_by_role("button", name=control).bounding_box()
        assert box
        assert box["height"] >= 44
    assert [page.locator(f".layouts label[data-side='{side}']").is_visible() for side in range(5)] == [
        True,
        True,
        True,
        False,
        False,
    ]
    tools = wall.tile("cam-1").locator(".tile-tools button[aria-label='More']")
    assert tools.evaluate("tool => getComputedStyle(tool).opacity") == "0"
    wall.wait_moving("cam-1")
    wall.tile("cam-1").locator(".tile-picture").tap()
    wall.wait_for(["cam-1"])
    back = wall.tile("cam-1").get_by_role("button", name="Show all")
    until(page, lambda: back.evaluate("tool => getComputedStyle(tool).opacity") == "1")
    assert back.bounding_box()["height"] >= 44
    back.tap()
    wall.wait_for(NAMES)
    wall.close()


def test_click_shows_one_alone_the_next_click_or_enter_opens_its_page_and_keys_need_no_tile(
    wall: Wall,
) -> None:
    page = wall.page
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.press("?")  # a letter of the search now
    assert page.get_by_role("searchbox").input_value() == "?"
    page.keyboard.press("Escape")
    wall.wait_for(NAMES)
    wall.tile("cam-2").locator(".tile-picture").click()
    wall.wait_for(["cam-2"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/streams/cam-2")
    page.goto(wall.url)
    wall.wait_for(["cam-2"])
    wall.tile("cam-2").locator(".tile-picture").click()
    page.wait_for_url("**/streams/cam-2")
    page.goto(wall.url)
    wall.wait_for(["cam-2"])
    page.keyboard.press("Escape")
    wall.wait_for(NAMES)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("f")
    until(page, lambda: page.evaluate("document.fullscreenElement?.localName") == "framecast-wall")
    # Names are over the pictures.
    foot, picture = (
        wall.tile("cam-1").locator(part).bounding_box() for part in (".tile-foot", ".tile-picture")
    )
    assert foot
    assert picture
    assert foot["y"] + foot["height"] <= picture["y"] + picture["height"] + 1
    page.keyboard.press("f")
    page.get_by_role("heading", name="Streams", level=1).wait_for()


def test_tile_saves_a_snapshot_and_a_recording_with_a_badge_of_its_time(node: Node, browser: Browser) -> None:
    wall = Wall(browser, node.url)
    page = wall.page
    page.evaluate("delete window.showSaveFilePicker")
    wall.wait_moving("cam-1")
    tile = wall.tile("cam-1")
    tile.hover()
    with page.expect_download() as picture:
        tile.get_by_role("button", name="Snapshot").click()
    with av.open(str(picture.value.path())) as file:
        assert (file.streams.video[0].width, file.streams.video[0].height) == (320, 180)
    tile.focus()
    page.keyboard.press("r")
    tile.locator("framecast-player").get_by_text(
        re.compile(r"^REC 0:(0[1-9]|[1-5]\d)$")
    ).wait_for()  # it counts
    assert tile.get_by_role("button", name="Stop recording").get_attribute("aria-pressed") == "true"
    with page.expect_download() as video:
        page.keyboard.press("r")
    with av.open(str(video.value.path())) as file:
        assert len(list(file.decode(video=0))) >= 5
    tile.get_by_role("button", name="Record to this device", exact=True).wait_for()
    wall.close()


def add_names(route: Route) -> None:
    """Give the streams display names and groups."""
    answer = route.fetch()
    streams = answer.json()
    for name, groups in {"cam-2": ["Garten"], "cam-3": ["Garten", "Haus"], "cam-10": ["Haus"]}.items():
        streams[name] |= {"groups": groups, "display_name": f"Kamera {name[4:]} S\u00fcd"}
    route.fulfill(response=answer, json=streams)


def test_groups_and_display_names(wall: Wall) -> None:
    page = wall.page
    assert not page.locator(".wall-groups").is_visible()
    page.route("**/api/streams", add_names)
    page.get_by_role("button", name="Garten").click()
    wall.wait_for(["Kamera 2 S\u00fcd", "Kamera 3 S\u00fcd"])
    assert page.url == f"{wall.url}?group=Garten"
    assert page.locator("framecast-tile:visible .tile-technical").all_inner_texts() == ["cam-2", "cam-3"]
    page.reload()
    wall.wait_for(["Kamera 2 S\u00fcd", "Kamera 3 S\u00fcd"])
    page.get_by_role("button", name="2 live").wait_for()
    page.get_by_role("button", name="All groups").click()
    wall.wait_for(["cam-1", "Kamera 2 S\u00fcd", "Kamera 3 S\u00fcd", "Kamera 10 S\u00fcd", "porch"])
    assert page.url == wall.url
    page.goto(f"{wall.url}?group=Nirgends")
    page.get_by_role("button", name="Show all", exact=True).click()
    wall.wait_for(["cam-1", "Kamera 2 S\u00fcd", "Kamera 3 S\u00fcd", "Kamera 10 S\u00fcd", "porch"])
    page.unroute_all(behavior="ignoreErrors")


def test_kiosk_turns_groups_without_controls_and_remembers_nothing(wall: Wall) -> None:
    page = wall.page
    page.route("**/api/streams", add_names)
    page.goto(f"{wall.url}?kiosk=1&layout=1x1&group=Garten&group=Haus&rotate=3")
    turns = [
        "Kamera 2 S\u00fcd",
        "Kamera 3 S\u00fcd",
        "Kamera 3 S\u00fcd",
        "Kamera 10 S\u00fcd",
        "Kamera 2 S\u00fcd",
    ]
    for name in dict.fromkeys(turns):
        wall.wait_for([name])
    wall.wait_for(turns[:1])
    for control in (".bar", ".wall-head", ".tile-tools"):
        assert not page.locator(control).first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).cursor") == "none"
    page.keyboard.press("?")
    page.mouse.click(500, 400)
    assert page.get_by_role("dialog").count() == 0
    assert "kiosk=1" in page.url
    box = page.locator("framecast-tile:visible").bounding_box()
    assert box
    assert box["width"] > 1380
    assert box["height"] > 880
    page.unroute_all(behavior="ignoreErrors")
    page.goto(wall.url)
    wall.wait_for(NAMES)

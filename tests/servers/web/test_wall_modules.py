"""The wall's modules that need no browser: what its address asks for, and the grid that fits a window."""

from __future__ import annotations

from typing import Any

import pytest

from tests.servers.web.page_modules import STATIC, PageModules

_IMPORTS = """
import { nextView, readAddress, stages, withGroup } from "./wall-address.js";
import { arrangement } from "./wall-fit.js";
import { groupsOf, isIn, matches, pageOf } from "./wall-order.js";
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> PageModules:
    return PageModules(
        tmp_path_factory.mktemp("wall"),
        (STATIC / name for name in ("wall-address.js", "wall-fit.js", "wall-order.js", "words.js")),
        _IMPORTS,
    )


def test_address_of_a_wall_and_of_a_kiosk(modules: PageModules) -> None:
    script = """
        print(["", "?group=Garten&group=Stra%C3%9Fe&group=", "?kiosk=0&rotate=5", "?kiosk=1&layout=2x2&group=*&rotate=20",
          "?kiosk&layout=2x3", "?kiosk=1&layout=3&rotate=0.1", "?kiosk=1&layout=9&rotate=x"].map(readAddress));
    """
    wall: dict[str, Any] = {"groups": [], "kiosk": None}
    assert modules.run(script) == [
        wall,
        {"groups": ["Garten", "Stra\u00dfe"], "kiosk": None},
        wall,
        {"groups": ["*"], "kiosk": {"layout": 2, "rotate": 20}},
        wall,  # `kiosk` without a value is off, as an empty one is
        {"groups": [], "kiosk": {"layout": 3, "rotate": 3}},
        {"groups": [], "kiosk": {"layout": 0, "rotate": 0}},
    ]


def test_kiosk_turns_all_pages_of_a_group_and_then_the_next_group(modules: PageModules) -> None:
    script = """
        const found = stages(["b", "*", "a"], ["a", "b", "c"]);
        const pages = { b: 2, a: 1, c: 1 };
        let view = { stage: 0, page: 0 };
        const shown = [];
        for (let turn = 0; turn < 6; turn += 1) {
          shown.push(`${found[view.stage]}${view.page}`);
          view = nextView(view, pages[found[view.stage]], found.length);
        }
        print([shown, stages([], ["a"]), stages(["*"], [])]);
    """
    assert modules.run(script) == [["b0", "b1", "a0", "c0", "b0", "b1"], [""], [""]]


def test_group_is_in_the_address_and_the_rest_of_it_stays(modules: PageModules) -> None:
    script = (
        'print([withGroup("?wall=x&group=a&group=b", "c d"), withGroup("?group=a", ""), withGroup("", "a")]);'
    )
    assert modules.run(script) == ["?wall=x&group=c+d", "", "?group=a"]


@pytest.mark.parametrize(("width", "height"), [(1384, 730), (764, 930), (1864, 880), (2504, 1240)])
def test_up_to_sixteen_tiles_fit_a_window_without_scrolling(
    width: int, height: int, modules: PageModules
) -> None:
    script = f"""
        const space = {{ width: {width}, height: {height}, gap: 16, foot: 44 }};
        print(Array.from({{ length: 20 }}, (_, n) => arrangement(n + 1, space, {{ isScreen: false }})));
    """
    for count, found in enumerate(modules.run(script), 1):
        columns, rows, tile = found["columns"], found["rows"], found["width"]
        foot = 2 if found["isOverlaid"] else 44
        assert columns * rows >= min(count, 16)
        assert columns * tile + (columns - 1) * 16 <= width
        assert rows * (tile * 9 / 16 + foot) + (rows - 1) * 16 <= height
        assert tile >= 150


def test_layout_uses_no_more_rows_than_its_streams_need(modules: PageModules) -> None:
    script = """
        const space = { width: 1384, height: 730, gap: 10, foot: 44 };
        const grid = (count, side) => { const { columns, rows } = arrangement(count, space, { side, isScreen: false }); return [columns, rows]; };
        print([grid(6, 4), grid(16, 4), grid(2, 2), grid(1, 1), grid(9, 3)]);
    """
    assert modules.run(script) == [[3, 2], [4, 4], [2, 1], [1, 1], [3, 3]]


def test_small_window_scrolls_and_a_full_screen_has_names_over_the_pictures(modules: PageModules) -> None:
    script = """
        const small = { width: 812, height: 220, gap: 16, foot: 44 };
        print([arrangement(16, small, { isScreen: false }), arrangement(1, small, { isScreen: true }).isOverlaid]);
    """
    found, overlaid = modules.run(script)
    assert found["width"] >= 300
    assert found["rows"] == 0
    assert overlaid is True


def test_streams_are_found_by_display_name_and_group_and_may_lack_both(modules: PageModules) -> None:
    script = """
        const old = { name: "a", producers: [], message: "", state: "live" };
        const fresh = { ...old, name: "b", display_name: "Einfahrt Süd", groups: ["Haus 10", "Haus 2"] };
        const found = (stream, words) => matches(stream, words, new Set(), false);
        print([groupsOf([old, fresh]), isIn(old, ""), isIn(old, "Haus 2"), isIn(fresh, "Haus 2"), found(fresh, "süd haus"), found(old, "süd"),
          pageOf(["a", "b", "c", "d", "e"], 2, 7), pageOf(["a"], 0, 3)]);
    """
    assert modules.run(script) == [
        ["Haus 2", "Haus 10"],
        True,
        False,
        True,
        True,
        False,
        {"pages": 2, "page": 1, "shown": ["e"]},
        {"pages": 1, "page": 0, "shown": ["a"]},
    ]

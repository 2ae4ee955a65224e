"""What the page of videos says and keeps in its address, and which picture of a storyboard is shown, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from framecast.model.video import VideoOrder, VideoState, Visibility
from tests.servers.web.page_modules import STATIC, PageModules

MODULES = ("videos-texts.js", "videos-query.js", "videos-hover.js", "words.js", "dom.js", "duration.js")
IMPORTS = """
import * as texts from "./videos-texts.js"; import * as query from "./videos-query.js"; import {tileAt} from "./videos-hover.js"; import {durationWords} from "./duration.js";
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    folder = tmp_path_factory.mktemp("modules")
    return PageModules(folder, [STATIC / name for name in MODULES], IMPORTS).run


def test_choices_are_those_of_the_server(run: Callable[..., Any]) -> None:
    visibilities, states, orders = run(
        "print([texts.VISIBILITIES, texts.STATES, query.SORTS].map((rows) => rows.map(([value]) => value)))"
    )
    assert visibilities == [str(one) for one in Visibility]
    assert set(states) == {"", *map(str, VideoState)}
    assert orders == [str(one) for one in VideoOrder]


def test_figures_in_words(run: Callable[..., Any]) -> None:
    script = """
        print([[0, 1, 999, 1000, 1.5e6, 2e9, 123.4e9, 5e12].map(texts.sizeWords), [0, 7, 65.4, 3599.7, 3723].map(durationWords),
               [1, 40, 61, 7300].map(texts.leftWords), [0, 1, 1234567].map(texts.viewWords), [0, 0.419, 1.2].map(texts.percent),
               texts.tagsIn(" garden, #Summer rain ,, garden,")]);
    """
    assert run(script) == [
        ["0 bytes", "1 byte", "999 bytes", "1 kB", "1.5 MB", "2 GB", "123 GB", "5 TB"],
        ["0:00", "0:07", "1:05", "59:59", "1:02:03"],
        ["a few seconds", "40 s", "2 min", "2 h 2 min"],
        ["No views", "1 view", "1,234,567 views"],
        ["0 %", "41 %", "100 %"],
        ["garden", "Summer rain"],
    ]


def test_what_stands_over_a_poster_and_the_marks(run: Callable[..., Any]) -> None:
    script = """
        const video = {state: "ready", progress: null, reason: null, media: {}, is_held: false, may_edit: true, visibility: "public", is_mine: true, owner: {name: "ada", display_name: ""}};
        const over = (changed) => texts.waitingOf({...video, ...changed});
        const marks = (changed) => texts.marksOf({...video, ...changed}).map(([words]) => words);
        print([over({}), over({state: "processing", media: null, progress: 0.4}).words, over({state: "checking", media: null}).words,
               over({state: "failed", media: null, reason: "it is a playlist"}).note, over({state: "processing", progress: 0.4}), over({state: "failed", reason: "x"}),
               marks({}), marks({visibility: "private"}), marks({visibility: "private", may_edit: false}), marks({is_held: true}), marks({progress: 0.5}), marks({state: "failed"}),
               texts.ownerWords(video), texts.ownerWords({...video, is_mine: false}), texts.ownerWords({...video, owner: null})]);
    """
    assert run(script) == [
        *(None, "Processing, 40 %", "Checking", "It is a playlist.", None, None),
        *([], ["Private"], [], ["Held by an admin"], ["Better qualities 50 %"], ["Failed"]),
        *("You", "ada", ""),
    ]


def test_address_keeps_what_is_shown(run: Callable[..., Any]) -> None:
    script = """
        const round = (search) => query.searchOf(query.queryIn(search));
        print([round(""), round("?q=a%26b&tag=x&sort=views&state=failed&owner=me&other=1"), round("?sort=newest"), round("?sort=wrong"),
               query.isFiltered(query.queryIn("?sort=views")), query.isFiltered(query.queryIn("?q=x")), query.isNewestFirst(query.queryIn("?sort=views"))]);
    """
    assert run(script) == [
        *("", "?q=a%26b&owner=me&tag=x&state=failed&sort=views", "", ""),
        *(False, True, False),
    ]


def test_place_of_the_pointer_is_a_picture_of_the_storyboard(run: Callable[..., Any]) -> None:
    script = """
        const board = {sheets: ["a", "b"], columns: 10, rows: 10, every_s: 5, tile_width: 160, tile_height: 90};
        print([tileAt(board, 23, 0), tileAt(board, 23, 0.999), tileAt(board, 23, 1), tileAt(board, 600, 0.9), tileAt(board, 1e6, 1), tileAt(board, 1, 0.7)]
          .map(({sheet, column, row}) => [sheet, column, row]));
    """
    assert run(script) == [[0, 0, 0], [0, 4, 0], [0, 4, 0], [1, 8, 0], [1, 9, 9], [0, 0, 0]]

"""The modules of the player of videos that need no browser: keys, times, taps, where somebody stopped, the storyboard, states in words."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.servers.web.page_modules import PLAYER, STATIC, PageModules
from tests.servers.web.video_site import video, waiting

VIDEO = STATIC.with_name("video")
_IMPORTS = """
import { HELP, actionOf } from "./video/keys.js";
import { areaOf, fitted } from "./video/data-overlay.js";
import { DataTrack, lastAt } from "./video/data-track.js";
import { boxesOf, colourOf } from "./video/detections.js";
import { Resume } from "./video/resume.js";
import { Taps, dragPlace, thirdOf } from "./video/taps.js";
import { Views } from "./video/views.js";
import { isPlayable, noticeOf } from "./video/item-words.js";
import { nextSpeed, placeOf, placeWords, sizeName, spokenWords } from "./video/times.js";
import { tileAt } from "./video/storyboard.js";
const plain = { ctrlKey: false, metaKey: false, altKey: false, repeat: false };
class Memory extends Map {
  getItem(key) { return this.get(key) ?? null; }
  setItem(key, value) { this.set(key, value); }
  removeItem(key) { this.delete(key); }
  key(place) { return [...this.keys()][place] ?? null; }
  get length() { return this.size; }
}
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> PageModules:
    folder: Path = tmp_path_factory.mktemp("video")
    for source in (VIDEO, PLAYER):
        shutil.copytree(source, folder / source.name)
    (folder / "static").mkdir()
    shutil.copy(STATIC / "duration.js", folder / "static")
    return PageModules(folder, (), _IMPORTS)


def test_keys_mean_what_the_help_says(modules: PageModules) -> None:
    script = """
        const of = (key, more = {}) => { const found = actionOf({ ...plain, key, ...more }); return found && [found.name, found.by]; };
        print([of("k"), of("J"), of("ArrowRight"), of("7"), of("<"), of("C"), of("P"), of("p"), of("x"), of("constructor"),
          of("f", { ctrlKey: true }), of("l", { repeat: true }), of("f", { repeat: true })]);
    """
    assert modules.run(script) == [
        *(["toggle", 0], ["skip", -10], ["skip", 5], ["seekTo", 0.7], ["speed", -1], ["captions", 0]),
        *(["previous", 0], ["pip", 0], None, None, None, ["skip", 10], None),
    ]


def test_every_key_of_the_help_does_something(modules: PageModules) -> None:
    script = """
        const named = { Space: " ", "←": "ArrowLeft", "→": "ArrowRight", "↑": "ArrowUp", "↓": "ArrowDown" };
        const keys = HELP.flatMap(([words]) => words.split(/,? /)).filter((key) => key && key !== "…");
        print(keys.filter((key) => !actionOf({ ...plain, key: named[key] ?? key })));
    """
    assert modules.run(script) == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1m30s", 90), ("1h2m3s", 3723), ("1:30", 90), ("1:02:03", 3723), ("12.5s", 12.5)],
)
def test_place_in_an_address(text: str, seconds: float, modules: PageModules) -> None:
    assert modules.run("print(placeOf(given))", text) == seconds


@pytest.mark.parametrize("text", ["", "x", "-5", "1:2:3:4", "1e9", "9" * 50])
def test_what_is_no_place_is_not_taken(text: str, modules: PageModules) -> None:
    assert modules.run("print(Number.isNaN(placeOf(given)))", text)


def test_times_speeds_and_sizes_in_words(modules: PageModules) -> None:
    script = """
        print([placeWords(5), placeWords(3723), placeWords(NaN), spokenWords(3661), spokenWords(0), spokenWords(120),
          nextSpeed(1, 1), nextSpeed(0.25, -1), nextSpeed(2, 1), nextSpeed(1.1, -1),
          sizeName({ width: 1280, height: 720 }), sizeName({ width: 1080, height: 1920 })]);
    """
    assert modules.run(script) == [
        *("0:05", "1:02:03", "0:00", "1 hour 1 minute 1 second", "0 seconds", "2 minutes"),
        *(1.25, 0.25, 2, 1, "720p", "1080p"),
    ]


def test_place_is_kept_between_thirty_seconds_and_the_end(modules: PageModules) -> None:
    script = """
        const memory = new Memory();
        const resume = new Resume(memory, "one");
        const after = (at) => { resume.note(at, 100, 1); return [resume.place(100), memory.size]; };
        print([after(20), after(50.04), after(96), after(40), new Resume(memory, "two").place(100), new Resume(null, "one").place(100), resume.place(41)]);
    """
    assert modules.run(script) == [[0, 0], [50, 1], [0, 0], [40, 1], 0, 0, 0]


def test_oldest_places_are_forgotten_and_nothing_of_others(modules: PageModules) -> None:
    script = """
        const memory = new Memory([["other", "stays"]]);
        for (let at = 0; at < 205; at += 1) new Resume(memory, `v${at}`).note(50, 100, at);
        print([memory.size, memory.get("other"), new Resume(memory, "v4").place(100), new Resume(memory, "v5").place(100)]);
    """
    assert modules.run(script) == [201, "stays", 0, 50]


def test_storage_that_fails_or_is_spoilt_begins_at_the_beginning(modules: PageModules) -> None:
    script = """
        const broken = { getItem() { throw new Error("no"); }, setItem() { throw new Error("full"); }, removeItem() {}, key: () => null, length: 0 };
        const resume = new Resume(broken, "one");
        resume.note(50, 100, 1);
        const spoilt = new Memory([["framecast-video:one", "<script> 7"]]);
        print([resume.place(100), new Resume(spoilt, "one").place(100)]);
    """
    assert modules.run(script) == [0, 0]


def test_taps_count_in_one_third_and_drags_lead_somewhere(modules: PageModules) -> None:
    script = """
        const taps = new Taps();
        const counts = [["left", 0], ["left", 200], ["left", 450], ["right", 500], ["right", 900]].map(([third, at]) => taps.add(third, at));
        const from = { x: 100, y: 100 };
        const drag = (x, y, begin) => dragPlace(from, { x, y }, 400, begin, 100);
        print([counts, [10, 200, 390].map((x) => thirdOf(x, 400)), drag(105, 100, 50), drag(130, 160, 50), drag(200, 110, 50), drag(0, 100, 5), drag(400, 100, 90)]);
    """
    assert modules.run(script) == [[1, 2, 3, 1, 1], ["left", "middle", "right"], None, None, 75, 0, 100]


def test_small_picture_of_a_place(modules: PageModules) -> None:
    script = """
        const board = { sheets: ["a.jpg", "b.jpg"], tile_width: 160, tile_height: 90, columns: 4, rows: 2, every_s: 5 };
        const of = (at) => { const tile = tileAt(board, at); return tile && [tile.sheet, tile.x, tile.y]; };
        print([of(0), of(4.9), of(27), of(41), of(1000), of(-1), tileAt(null, 0), tileAt({ ...board, every_s: 0 }, 3)]);
    """
    tiles = modules.run(script)
    assert tiles[:4] == [["a.jpg", 0, 0], ["a.jpg", 0, 0], ["a.jpg", 160, 90], ["b.jpg", 0, 0]]
    assert tiles[4][0] == "b.jpg"
    assert tiles[5:] == [None, None, None]


def test_view_counts_after_what_was_really_played_and_once(modules: PageModules) -> None:
    script = """
        const counted = (steps, duration) => { let count = 0; const views = new Views(() => (count += 1)); for (const at of steps) views.add(at, duration); return count; };
        const second = Array.from({ length: 40 }, (_, at) => at);
        print([counted(second, 100), counted(second.slice(0, 9), 100), counted([0, 50, 90, 99], 100), counted(second.slice(0, 4), 6)]);
    """
    assert modules.run(script) == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("item", "title", "words", "kind"),
    [
        (waiting("uploading", progress=0.4), "Uploading", "last byte", "busy"),
        (waiting("checking"), "Checking", "few seconds", "busy"),
        (waiting("processing", progress=0.5), "Processing", "by itself", "busy"),
        (
            waiting("failed", reason="the file has no video"),
            "could not be published",
            "The file has no video.",
            "bad",
        ),
        (waiting("ready", is_held=True), "Held", "admin", "bad"),
        (video(deleted_at=1.0), "Deleted", "bin", "bad"),
    ],
)
def test_video_that_does_not_play_says_why(
    item: dict[str, Any], title: str, words: str, kind: str, modules: PageModules
) -> None:
    playable, notice = modules.run("print([isPlayable(given), noticeOf(given)])", item)
    assert not playable
    assert title in notice["title"]
    assert words in notice["words"]
    assert (notice["isBusy"], notice["isBad"]) == (kind == "busy", kind == "bad")


def test_video_with_files_plays_while_better_ones_are_made(modules: PageModules) -> None:
    assert modules.run("print(isPlayable(given))", video(state="processing"))


def test_boxes_of_a_record_are_shares_of_the_picture(modules: PageModules) -> None:
    script = """
        const picture = { width: 640, height: 360 };
        print([
          boxesOf({ boxes: [[64, 36, 320, 180]], labels: ["person"], confidences: [0.934] }, picture),
          boxesOf({ boxes: [[0.5, 0.5, 0.25, 0.25]], width: 1, height: 1 }, picture),
          boxesOf({ boxes: [[600, 0, 80, 400]], labels: [7] }, picture),
        ]);
    """
    assert modules.run(script) == [
        [{"x": 0.1, "y": 0.1, "width": 0.5, "height": 0.5, "label": "person 93 %"}],
        [{"x": 0.5, "y": 0.5, "width": 0.25, "height": 0.25, "label": ""}],
        [{"x": 0.9375, "y": 0, "width": 0.0625, "height": 1, "label": "7"}],
    ]


def test_what_is_no_box_is_not_drawn(modules: PageModules) -> None:
    script = """
        const picture = { width: 640, height: 360 };
        const wrong = [null, 7, "boxes", [], {}, { boxes: 7 }, { boxes: [1, null, {}, [1, 2, 3], ["1", 2, 3, 4], [1, 2, -3, 4], [0, 0, NaN, 1], [900, 0, 5, 5]] },
          { boxes: [[1, 1, 5, 5]], width: 1e9 }];
        const many = boxesOf({ boxes: Array(9000).fill([1, 1, 5, 5]), labels: Array(9000).fill("x".repeat(9000)) }, picture);
        print([wrong.slice(0, -1).map((one) => boxesOf(one, picture).length), boxesOf(wrong.at(-1), picture)[0].width, boxesOf({ boxes: [[1, 1, 5, 5]] }, { width: 0, height: 0 }).length,
          many.length, many[0].label.length, boxesOf({ boxes: [[1, 1, 5, 5]], labels: [{ a: 1 }] }, picture)[0].label]);
    """
    assert modules.run(script) == [[0] * 7, 5 / 640, 0, 500, 60, ""]


def test_same_label_has_the_same_colour_whatever_its_score(modules: PageModules) -> None:
    assert modules.run(
        'print([colourOf("person 93 %") === colourOf("person 4 %"), colourOf("person") === colourOf("cat")])'
    ) == [
        True,
        False,
    ]


def test_boxes_lie_on_the_picture_and_words_in_their_room(modules: PageModules) -> None:
    script = """
        print([areaOf(1000, 1000, 640, 360, false), areaOf(1000, 1000, 500, 1000, true),
          fitted("person 93 %", 50, (words) => 10 * words.length), fitted("cat", 50, (words) => 10 * words.length)]);
    """
    assert modules.run(script) == [
        {"left": 0, "top": 218.75, "width": 1000, "height": 562.5},
        {"left": 0, "top": -500, "width": 1000, "height": 2000},
        "pers…",
        "cat",
    ]


def test_data_is_asked_for_by_windows_as_it_is_needed(modules: PageModules) -> None:
    script = """
        const asked = [];
        const all = [1, 1.5, 4, 12].map((time_s) => ({ time_s }));
        globalThis.fetch = async (url) => {
          asked.push(url);
          const [from, to] = url.split("-").map(Number);
          const found = all.filter(({ time_s }) => time_s >= from && time_s < to);
          // The first window comes in two parts.
          const part = from < 1.5 && to > 1.5 ? { records: found.slice(0, 1), next_s: 1.5, next_skip: 7 } : { records: found, next_s: null, next_skip: 0 };
          return { ok: true, json: async () => part };
        };
        const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
        const track = new DataTrack("objects", (from, to, skip) => `${from}-${to}-${skip}`, () => false, () => {});
        track.at(1);
        await settled();
        const found = [0.5, 1, 1.2, 2, 2.6, 4.9, 5.1].map((at) => track.at(at)?.time_s ?? null);
        track.at(8);
        await settled();
        print([found, track.at(12.5).time_s, asked, lastAt([], 3), lastAt(all, 0)]);
    """
    assert modules.run(script) == [
        [None, 1, 1, 1.5, None, 4, None],
        12,
        ["0-10-0", "1.5-10-7", "10-20-0"],
        None,
        None,
    ]

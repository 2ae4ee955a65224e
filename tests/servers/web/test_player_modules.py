"""The player's modules that need no browser: which mode comes next after a failure, and whether a picture is fresh."""

from __future__ import annotations

import json

import pytest

from tests.servers.web.page_modules import PLAYER, PageModules

# A browser that plays nothing by MSE, and by HLS if a test says so.
_IMPORTS = """
import { FAILURES, MODES, ModeChoice } from "./modes.js";
import { Freshness } from "./freshness.js";
import { Meter } from "./meter.js";
const video = { canPlayType: () => "maybe" };
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> PageModules:
    return PageModules(tmp_path_factory.mktemp("player"), PLAYER.glob("*.js"), _IMPORTS)


def test_first_mode_that_is_allowed_known_and_possible_is_taken(modules: PageModules) -> None:
    script = """
        const next = (allowed) => new ModeChoice().next(allowed, video) ?? null;
        print([next("mse,hls,mjpeg"), next(" webrtc, mjpeg"), next("mse"), next("constructor,toString")]);
    """
    assert modules.run(script) == ["hls", "mjpeg", None, None]


def test_refused_mode_is_passed_over_until_the_next_wait(modules: PageModules) -> None:
    script = """
        const choice = new ModeChoice();
        const next = () => choice.next("hls,mjpeg", video) ?? null;
        const found = [];
        for (let turn = 0; turn < 2; turn += 1) {
          const mode = next();
          found.push(mode);
          const { excludes, waits } = FAILURES[choice.judge(false)];
          choice.exclude(mode, excludes);
          found.push(waits);
        }
        found.push(next());
        choice.retry();
        print([...found, next()]);
    """
    assert modules.run(script) == ["hls", False, "mjpeg", False, None, "hls"]


def test_mode_that_breaks_three_times_is_not_tried_again_unless_it_proved_itself(
    modules: PageModules,
) -> None:
    script = """
        const judged = (proved) => {
          const choice = new ModeChoice();
          return [1, 2, 3].map((turn) => {
            if (proved && turn === 3) choice.prove();
            const failure = choice.judge(true);
            choice.exclude("hls", FAILURES[failure].excludes);
            choice.retry();
            return [failure, choice.next("hls,mjpeg", video)];
          });
        };
        print([judged(false), judged(true)]);
    """
    broken = ["broken", "hls"]
    assert modules.run(script) == [[broken, broken, ["hopeless", "mjpeg"]], [broken, broken, broken]]


@pytest.mark.parametrize(
    ("mode", "every_s", "patience_s"),
    [("mse", None, 1.5), ("hls", None, 3), ("mse", 60, 123), ("mse", 1, 5)],
)
def test_picture_is_fresh_for_longer_the_slower_the_stream_is(
    mode: str, every_s: float | None, patience_s: float, modules: PageModules
) -> None:
    script = f"""
        const freshness = new Freshness();
        freshness.open(100);
        freshness.noteSource({{ state: "live", live: true, every_s: {json.dumps(every_s)} ?? undefined }});
        freshness.noteMedia(100, true, MODES.{mode});
        print([freshness.isLate(100 + {patience_s} - 0.01, MODES.{mode}), freshness.isLate(100 + {patience_s} + 0.01, MODES.{mode})]);
    """
    assert modules.run(script) == [False, True]


def test_source_that_the_node_reconnects_is_still_away_and_only_a_live_one_is_not(
    modules: PageModules,
) -> None:
    script = """
        const freshness = new Freshness();
        freshness.open(0);
        const states = ["live", "offline", "connecting", "live"];
        print(states.map((state) => [freshness.noteSource({ state, detail: "why", live: state === "live" }), freshness.isDown]));
    """
    assert modules.run(script) == [
        [None, False],
        [{"isAway": True, "words": "why"}, True],
        [{"isAway": False, "words": "why"}, True],
        [None, True],  # until a picture comes
    ]


def test_placeholder_pictures_make_nothing_fresh(modules: PageModules) -> None:
    script = """
        const after = (mode) => {
          const freshness = new Freshness();
          freshness.open(0);
          freshness.noteSource({ state: "offline", live: false });
          freshness.noteMedia(1, true, mode);
          return freshness.isDown;
        };
        print([after(MODES.mjpeg), after(MODES.mse)]);
    """
    assert modules.run(script) == [True, False]


def test_signal_says_that_what_follows_is_old_until_it_takes_that_back(modules: PageModules) -> None:
    script = """
        const freshness = new Freshness();
        freshness.open(0);
        const said = [freshness.noteSignal({ live: false, detail: "gone" }), freshness.isDown, freshness.noteSignal({ live: true }), freshness.isOld];
        freshness.noteMedia(1, true, MODES.mjpeg);
        print([...said, freshness.isDown]);
    """
    assert modules.run(script) == [{"isAway": True, "words": "gone"}, True, None, False, False]


def test_latency_is_never_negative(modules: PageModules) -> None:
    script = """
        const read = (latency, isLive) => {
          const screen = { counts: { shown: 0, dropped: 0 }, mime: "", width: 0, height: 0, latency, lead: null, stalls: 0, hasAudio: false };
          return new Meter().read(1, screen, { mode: "mse", isLive, rate: 1 }).latency_ms;
        };
        print([read(-12, true), read(12, true), read(null, true), read(12, false)]);
    """
    assert modules.run(script) == [0, 12, None, None]

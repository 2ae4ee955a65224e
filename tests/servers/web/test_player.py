"""The parts of the player, in a browser without a server: the live edge with a given clock, retries, MP4."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from framecast.media.fmp4 import Fmp4Muxer
from tests.media.packets import tracks_of
from tests.servers.web.browser import Errors, chromium
from tests.servers.web.site import Site
from tests.support import media_files, needs
from tests.support.media_files import Clip

# Plays frames that come as `arrivals` says (frame number -> seconds late), from `start` seconds of play on the time line.
# Time goes on in steps of 10 ms; a frame that is not there stops the clock, as it does in a browser.
SIMULATION = """async ({ seconds, fps, start, late, every, kept, fresh }) => {
  const { LiveEdge } = await import('/static/player.js');
  const edge = new LiveEdge();
  const lateness = (n) => n === late.frame || (every && n % every === 0) ? late.seconds : 0;
  const arrivals = [];
  for (let n = -kept; n < seconds * fps; n += 1) arrivals.push({ pts: 100 + n / fps, at: n < 0 ? 0 : n / fps + lateness(n) });
  let position = 100 + start, next = 0, end = -Infinity, stalls = 0, isStalled = false;
  const rates = [], jumps = [], leads = [];
  for (let step = 0; step < seconds * 100; step += 1) {
    const now = step / 100;
    while (next < arrivals.length && arrivals[next].at <= now) {
      edge.note(arrivals[next].at + next / 1e6, arrivals[next].pts);
      end = arrivals[next].pts + 1 / fps;
      next += 1;
    }
    const { rate, jump } = edge.steer(now, position, now < fresh);
    if (jump !== undefined) { jumps.push(now); position = Math.min(jump, end); }
    rates.push(rate);
    const wanted = position + rate / 100;
    if (wanted > end && !isStalled && now > 0.2) stalls += 1;
    isStalled = wanted > end;
    position = Math.min(wanted, end);
    leads.push(end - position);
  }
  return { rates, jumps, leads, stalls };
}"""
STEADY: dict[str, Any] = {
    "seconds": 20,
    "fps": 25,
    "start": -0.4,
    "late": {"frame": -1, "seconds": 0},
    "every": 0,
    "kept": 0,
    "fresh": 0,
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with Site() as site:
        found = browser.new_page()
        errors = Errors(found)
        found.goto(site.url)
        yield found
        found.close()
        assert errors.found == []


def simulated(page: Page, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(SIMULATION, STEADY | options)
    return found


def test_live_edge_is_approached_by_gentle_speed_alone(page: Page) -> None:
    found = simulated(page)
    assert found["jumps"] == []
    assert found["stalls"] == 0
    assert min(found["rates"]) >= 0.97
    assert 1.05 <= max(found["rates"]) <= 1.1
    # What is kept at last: the frame that is shown, and a margin for the decoder.
    assert all(lead <= 0.04 + 0.05 for lead in found["leads"][-500:])
    assert found["rates"][-1] == 1


def test_player_that_is_too_near_to_the_edge_slows_down(page: Page) -> None:
    found = simulated(page, start=-0.002)
    assert min(found["rates"][:300]) < 1
    assert min(found["rates"]) >= 0.97
    assert found["rates"][-1] == 1


def test_jitter_that_comes_back_is_waited_for(page: Page) -> None:
    jitter = simulated(page, seconds=60, every=20, late={"frame": -1, "seconds": 0.12})
    steady = simulated(page, seconds=60)
    lead = sum(jitter["leads"][-1000:]) / 1000
    assert lead > sum(steady["leads"][-1000:]) / 1000 + 0.08
    # The first ones cannot be known; later on none is too late.
    assert 0 < jitter["stalls"] <= 5


def test_single_hiccup_is_forgotten(page: Page) -> None:
    found = simulated(page, seconds=30, late={"frame": 200, "seconds": 0.3})
    assert found["stalls"] == 1
    assert max(found["leads"][870:1000]) > 0.2
    assert max(found["leads"][2000:]) < 0.1
    assert found["jumps"] == []


def test_kept_group_of_pictures_says_nothing_about_the_connection(page: Page) -> None:
    found = simulated(page, kept=100, start=-4, fresh=2)
    assert len(found["jumps"]) == 1
    assert max(found["leads"][100:]) < 0.5
    assert max(found["leads"][-500:]) < 0.1


def test_player_that_is_far_behind_is_at_the_edge_again_within_seconds(page: Page) -> None:
    far = simulated(page, start=-2, seconds=12)
    assert far["jumps"] == []
    assert far["stalls"] == 0
    assert 1.2 <= max(far["rates"]) <= 1.3
    assert max(far["leads"][-10:]) < 0.3  # at 1.1 times more than 20 seconds would have been needed


def test_only_a_large_gap_is_jumped(page: Page) -> None:
    assert simulated(page, start=-2.5)["jumps"] == []
    assert len(simulated(page, start=-3.5)["jumps"]) == 1


def test_retries_come_later_each_time_up_to_a_limit_and_not_all_at_once(page: Page) -> None:
    waits = page.evaluate(
        """async () => {
            const { Backoff } = await import('/static/player.js');
            const backoff = new Backoff(() => 1);
            const waits = Array.from({ length: 8 }, () => backoff.next());
            backoff.reset();
            const least = new Backoff(() => 0);
            return [waits, backoff.next(), least.next()];
        }"""
    )
    assert waits == [[400, 800, 1600, 3200, 6400, 8000, 8000, 8000], 400, 300]


@pytest.mark.parametrize("codec", ["h264", "av1", "reordered"])
def test_fragments_are_read_as_the_muxer_wrote_them(page: Page, codec: str, tmp_path: Path) -> None:
    clip = Clip(
        video="h264" if codec == "reordered" else codec, audio="aac", seconds=2, fps=Fraction(25), gop_s=1
    )
    path = clip.path()
    if codec == "reordered":
        path = tmp_path / "reordered.mp4"
        coder = ["-c:v", "libx264", "-bf", "2", "-g", "25", "-x264-params", "scenecut=0", "-c:a", "copy"]
        media_files._ffmpeg("-i", str(clip.path()), *coder, str(path))
    tracks, packets = tracks_of(path)
    first = next(packet for packet in packets if packet.is_key and packet.info is tracks["video"])
    muxer = Fmp4Muxer(tracks["video"], tracks["audio"], first.payload, lead=first.pts - first.dts)
    fragments = [muxer.init_segment, *filter(None, map(muxer.fragment, packets))]
    found = page.evaluate(
        """async (fragments) => {
            const { readInit, readFragment } = await import('/static/player.js');
            const bytes = fragments.map((text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0)));
            const tracks = readInit(bytes[0]);
            return { tracks: [...tracks], isNone: readInit(bytes[1]) === undefined, fragments: bytes.slice(1).map((one) => readFragment(one, tracks)) };
        }""",
        [_base64(fragment) for fragment in fragments],
    )
    assert {track["kind"] for _, track in found["tracks"]} == {"video", "audio"}
    assert found["isNone"]
    video = [fragment for fragment in found["fragments"] if fragment["kind"] == "video"]
    assert len(video) == 50
    assert [n for n, fragment in enumerate(video) if fragment["isKey"]] == [0, 25]
    assert sorted(fragment["pts"] for fragment in video) == pytest.approx(
        [n / 25 for n in range(50)], abs=0.002
    )
    assert all(fragment["duration"] == pytest.approx(0.04, abs=0.002) for fragment in video)


_BUFFER = """async ({ mime, fragments }) => {
  const source = new MediaSource();
  const video = Object.assign(document.createElement('video'), { muted: true, src: URL.createObjectURL(source) });
  await new Promise((done) => source.addEventListener('sourceopen', done, { once: true }));
  const buffer = source.addSourceBuffer(mime);
  for (const fragment of fragments) {
    buffer.appendBuffer(Uint8Array.from(atob(fragment), (one) => one.charCodeAt(0)));
    await new Promise((done) => buffer.addEventListener('updateend', done, { once: true }));
  }
  const ranges = Array.from({ length: buffer.buffered.length }, (_, n) => [buffer.buffered.start(n), buffer.buffered.end(n)]);
  const shown = [];
  const note = (_, { mediaTime }) => { shown.push(mediaTime); video.requestVideoFrameCallback(note); };
  video.requestVideoFrameCallback(note);
  await video.play();
  while (video.currentTime < 0.5) await new Promise((done) => setTimeout(done, 20));
  return { ranges, shown, error: video.error?.message ?? null, size: [video.videoWidth, video.videoHeight] };
}"""


def test_a_browser_shows_reordered_and_turned_pictures_from_the_beginning(page: Page, tmp_path: Path) -> None:
    """Also one that joins later, whose time line begins with the second key frame."""
    path = tmp_path / "reordered.mp4"
    inputs = ["-i", str(Clip(size=(320, 240), seconds=2).path()), "-f", "lavfi", "-i", "sine=d=2:r=48000"]
    coder = [
        "-c:v",
        "libx264",
        "-bf",
        "3",
        "-b_strategy",
        "0",
        "-g",
        "25",
        "-x264-params",
        "scenecut=0",
        "-c:a",
        "aac",
    ]
    media_files._ffmpeg(*inputs, *coder, str(path))
    tracks, packets = tracks_of(path)
    video = replace(tracks["video"], details={"display_matrix": "0 65536 0 -65536 0 0 0 0 1073741824"})
    packets = [
        replace(packet, info=video if packet.info is tracks["video"] else packet.info) for packet in packets
    ]
    keys = [packet for packet in packets if packet.info is video and packet.is_key]
    muxer = Fmp4Muxer(video, tracks["audio"], keys[0].payload, lead=keys[0].pts - keys[0].dts)
    fragments = [fragment for fragment in map(muxer.mux, packets) if fragment is not None]
    second = [fragment for fragment in fragments if fragment.is_video and fragment.is_key][1].start_ns
    for zero_ns, seconds in ((0, 2.0), (second, 1.0)):
        payloads = [muxer.init_segment, *filter(None, (fragment.whole(zero_ns) for fragment in fragments))]
        found = page.evaluate(_BUFFER, {"mime": muxer.mime, "fragments": [_base64(one) for one in payloads]})
        assert found["error"] is None
        assert found["ranges"] == [[pytest.approx(0, abs=0.03), pytest.approx(seconds, abs=0.06)]]
        assert found["size"] == [240, 320]
        assert all(round(time * 25, 1) % 1 == 0 for time in found["shown"])


def test_garbage_is_no_fragment(page: Page) -> None:
    found = page.evaluate(
        """async () => {
            const { readInit, readFragment } = await import('/static/player.js');
            const fragments = [[], [0, 0, 0], [0, 0, 0, 8, 109, 111, 111, 102], [255, 255, 255, 255, 109, 111, 111, 102, 1, 2], Array(200).fill(0)];
            return fragments.map((one) => [readInit(new Uint8Array(one)), readFragment(new Uint8Array(one), new Map())].map(String));
        }"""
    )
    assert found == [["undefined", "undefined"]] * 5


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()

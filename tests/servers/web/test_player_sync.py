"""Picture and sound of the player belong together: a flash and a beep of the same moment come out at the same moment."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest
from playwright.sync_api import sync_playwright

from tests.cli.running import Node
from tests.servers.web.browser import ARGUMENTS
from tests.servers.web.flashes import Flashes
from tests.servers.web.player_page import Player, open_page
from tests.support import needs

MOST_APART_MS = 80
# Notes when the picture becomes bright and when the sound begins, by the same clock.
_LISTEN = """async (count) => {
  const video = players.player.video;
  const audio = new AudioContext();
  const analyser = new AnalyserNode(audio, { fftSize: 256 });
  new MediaElementAudioSourceNode(audio, { mediaElement: video }).connect(analyser).connect(audio.destination);
  await audio.resume();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [8, 8];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const wave = new Float32Array(256);
  const seen = [], heard = [];
  let isBright = true, isLoud = true, over = false;
  const look = (_, { expectedDisplayTime }) => {
    context.drawImage(video, 0, 0, 8, 8);
    const bright = context.getImageData(4, 4, 1, 1).data[1] > 128;
    if (bright && !isBright) seen.push(expectedDisplayTime);
    isBright = bright;
    if (!over) video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(wave);
    const loud = wave.some((level) => Math.abs(level) > 0.05);
    if (loud && !isLoud) heard.push(performance.now());
    isLoud = loud;
  }, 4);
  while (seen.length < count || heard.length < count) await new Promise((done) => setTimeout(done, 50));
  over = true;
  clearInterval(timer);
  await audio.close();
  return [seen, heard];
}"""


@pytest.mark.alone
def test_flash_and_beep_of_one_moment_come_together(tmp_path: Path) -> None:
    with Node(tmp_path) as node, Flashes("sync", tmp_path / "run"), sync_playwright() as driver:
        arguments = [*ARGUMENTS, "--autoplay-policy=no-user-gesture-required"]
        browser = driver.chromium.launch(executable_path=needs.chromium(), args=arguments)
        page = browser.new_page()
        open_page(page, f"{node.url}healthz")
        player = Player(page, "sync")
        player.wait("it.state === 'live' && it.hasAudio")
        player.get("it.muted = false")
        seen, heard = page.evaluate(_LISTEN, 8)
        browser.close()
    # Each flash has its beep; where one was not seen for a hiccup, the others tell.
    apart = [min((one - at for one in heard), key=abs) for at in seen]
    assert abs(median(apart)) < MOST_APART_MS, apart

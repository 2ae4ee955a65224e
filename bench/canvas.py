"""From the moment a picture is made to the moment it stands on a canvas in headless Chromium: by MJPEG, and by the player.

The test pattern carries its own time in black and white blocks; the page reads them from what is drawn. Everything is
inside: drawing the pattern, the bus, coding (JPEG; H.264), HTTP or WebSocket, Chromium's decoder, and the wait for its next frame.
"""

from __future__ import annotations

from bench.browser import READER, page_at
from bench.running import Node
from bench.table import Row

SECONDS = 15
# What p95 may be above p50.
SPREAD_MS = 40
_READ = (
    READER
    + """
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', {willReadFrequently: true});
  const latencies = [];
  let last = -1;
  const read = (shown, width, height) => {
    const rows = Math.ceil(height / 6);
    if (canvas.width !== width) { canvas.width = width; canvas.height = rows; }
    context.drawImage(shown, 0, 0, width, rows, 0, 0, width, rows);
    const blocks = readBlocks({data: context.getImageData(0, 0, width, rows).data, width, height});
    if (!blocks || blocks.frame === last) return;
    last = blocks.frame;
    latencies.push(Date.now() - blocks.timeMs);
  };
"""
)
MJPEG = (
    "async (seconds) => {"
    + _READ
    + """
  const image = new Image();
  image.src = new URL('api/stream.mjpeg?src=demo', location.href);
  document.body.replaceChildren(image);
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    await new Promise(requestAnimationFrame);
    if (image.naturalWidth) read(image, image.naturalWidth, image.naturalHeight);
  }
  return latencies;
}"""
)
# The player settles first: it finds out within ten seconds how evenly pictures come.
MSE = (
    "async (seconds) => {"
    + _READ
    + """
  await import('/static/player.js');
  const player = document.createElement('framecast-player');
  player.muted = player.noAudio = true;
  player.src = 'demo';
  document.body.replaceChildren(player);
  const video = player.video;
  const begin = performance.now();
  await new Promise((done) => {
    const turn = () => {
      const now = performance.now() - begin;
      if (now > 10000) read(video, video.videoWidth, video.videoHeight);
      if (now < 10000 + 1000 * seconds) video.requestVideoFrameCallback(turn);
      else done();
    };
    video.requestVideoFrameCallback(turn);
  });
  return latencies;
}"""
)


def rows() -> list[Row]:
    """Measure and return the rows."""
    return [
        row("MJPEG 720p30", "pattern:?size=1280x720&fps=30", MJPEG, 90),
        row("MSE 720p30", "pattern:?size=1280x720&fps=30", MSE, 90),
        row("MSE 1080p25", "pattern:?size=1920x1080&fps=25", MSE, 120),
    ]


def row(what: str, source: str, script: str, must_ms: int) -> Row:
    """Measure one way to watch one source."""
    with Node({"demo": source}) as node, page_at(node.url + "/healthz") as page:
        latencies = sorted(page.evaluate(script, SECONDS)[15:])
    p50, p95 = latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.95)]
    return Row(
        f"capture to canvas, {what}, p50",
        f"{p50} ms (p95 {p95} ms, {len(latencies) / SECONDS:.0f} fps)",
        "",
        "",
        f"<= {must_ms} ms, p95 <= p50 + {SPREAD_MS} ms",
        p50 <= must_ms and p95 - p50 <= SPREAD_MS,
    )

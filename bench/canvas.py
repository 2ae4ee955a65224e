"""From the moment a picture is made to the moment it stands on a canvas in headless Chromium, by MJPEG.

The test pattern carries its own time in black and white blocks; the page reads them from what is drawn. Everything is
inside: drawing the pattern, the bus, JPEG, HTTP, Chromium's decoder, and the wait for its next frame.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from bench.running import Node
from bench.table import Row
from tests.support import needs

SECONDS = 15
READER = (Path(__file__).parent.parent / "tests/support/blocks.mjs").read_text().replace("export ", "")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
ARGUMENTS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
WATCH = (
    """async ([source, seconds]) => {
"""
    + READER
    + """
  const image = new Image();
  image.src = source;
  document.body.replaceChildren(image);
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', {willReadFrequently: true});
  const latencies = [];
  let last = -1;
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    await new Promise(requestAnimationFrame);
    const {naturalWidth: width, naturalHeight: height} = image;
    if (!width) continue;
    const rows = Math.ceil(height / 6);
    if (canvas.width !== width) { canvas.width = width; canvas.height = rows; }
    context.drawImage(image, 0, 0, width, rows, 0, 0, width, rows);
    const blocks = readBlocks({data: context.getImageData(0, 0, width, rows).data, width, height});
    if (blocks && blocks.frame !== last) {
      last = blocks.frame;
      latencies.push(Date.now() - blocks.timeMs);
    }
  }
  return latencies;
}"""
)


def rows() -> list[Row]:
    """Measure and return the row."""
    source = "pattern:?size=1280x720&fps=30"
    with Node({"demo": source}) as node, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needs.chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(node.url + "/healthz")
        address = f"{node.url}/api/stream.mjpeg?src=demo"
        latencies = sorted(page.evaluate(WATCH, [address, SECONDS])[15:])
        browser.close()
    p50, p95 = latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.95)]
    shown = len(latencies) / SECONDS
    return [
        Row(
            "capture to canvas, MJPEG 720p30, p50",
            f"{p50} ms (p95 {p95} ms, {shown:.0f} fps)",
            "",
            "",
            "<= 90 ms",
            p50 <= 90,
        )
    ]

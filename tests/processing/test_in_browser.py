"""What `publish` writes, in Chromium's Media Source Extensions: the byte ranges of its playlist, one after the other."""

import base64
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from framecast.processing import publish
from tests.processing.results import clicking
from tests.servers.web.browser import chromium
from tests.support import needs
from tests.support.media_files import Clip, frame_number, made

CLIP = Clip(size=(320, 180), seconds=5, gop_s=2)
_LOAD = """async ([codecs, parts]) => {
    const bytes = text => Uint8Array.from(atob(text), one => one.charCodeAt(0));
    const video = document.body.appendChild(document.createElement("video"));
    video.muted = true;
    const source = new MediaSource();
    video.src = URL.createObjectURL(source);
    await new Promise(done => source.addEventListener("sourceopen", done, {once: true}));
    const buffer = source.addSourceBuffer(`video/mp4; codecs="${codecs}"`);
    for (const part of parts) {
        const ended = new Promise((done, failed) => {
            buffer.addEventListener("updateend", done, {once: true});
            buffer.addEventListener("error", () => failed(new Error("refused")), {once: true});
        });
        buffer.appendBuffer(bytes(part));
        await ended;
    }
    source.endOfStream();
    if (!video.videoWidth) await new Promise(done => video.addEventListener("loadeddata", done, {once: true}));
    const {buffered} = video;
    const ranges = Array.from({length: buffered.length}, (_, at) => [buffered.start(at), buffered.end(at)]);
    return {width: video.videoWidth, height: video.videoHeight, ranges, duration: video.duration};
}"""
_SEEK = """async at => {
    const video = document.querySelector("video");
    const shown = new Promise(done => video.addEventListener("seeked", done, {once: true}));
    // The picture comes after the event; the one that is shown already may not come again.
    const drawn = new Promise(done => video.requestVideoFrameCallback(done));
    video.currentTime = at;
    await shown;
    await Promise.race([drawn, new Promise(done => setTimeout(done, 1000))]);
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [video.videoWidth, video.videoHeight];
    const context = copy.getContext("2d");
    context.drawImage(video, 0, 0);
    const {data} = context.getImageData(0, 0, copy.width, copy.height);
    let text = "";
    for (let at = 1; at < data.length; at += 4) text += String.fromCharCode(data[at]);
    return btoa(text);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


def load(page: Page, source: Path, folder: Path) -> dict:
    folder.mkdir()
    result = publish.run({"input": str(source), "output": str(folder)}, lambda _: None)
    content = (folder / "main.mp4").read_bytes()
    text = (folder / "main.m3u8").read_text()
    ranges = [line.partition(":")[2] for line in text.splitlines() if line.startswith("#EXT-X-BYTERANGE")]
    parts = [content[: int(ranges[0].partition("@")[2])]]
    for one in ranges:
        size, _, offset = one.partition("@")
        parts.append(content[int(offset) : int(offset) + int(size)])
    codecs = result["renditions"][0]["codecs"]
    return dict(page.evaluate(_LOAD, [codecs, [base64.b64encode(part).decode() for part in parts]]))


def number_at(page: Page, loaded: dict, at: float, turn: int = 0) -> int:
    pixels = np.frombuffer(base64.b64decode(page.evaluate(_SEEK, at)), np.uint8)
    return frame_number(np.rot90(pixels.reshape(loaded["height"], loaded["width"]), -turn))


def source_of(kind: str) -> Path:
    plain = clicking("click.mp4", CLIP)
    if kind == "B frames, sound that begins late":
        coded = made(
            "click-b.mp4",
            "-i",
            str(plain),
            *["-c:v", "libx264", "-bf", "3", "-vsync", "passthrough", "-c:a", "copy"],
        )
        late = ["-itsoffset", "0.7", "-i", str(coded), "-i", str(coded)]
        return made("click-b-late.mp4", *late, *["-map", "1:v", "-map", "0:a", "-c", "copy"])
    turned = made("click-turned.mp4", "-i", str(plain), *["-c", "copy", "-metadata:s:v", "rotate=90"])
    return turned if kind == "turned" else plain


@pytest.mark.parametrize("kind", ["plain", "B frames, sound that begins late", "turned"])
def test_ranges_play_without_gaps_and_seek_to_the_right_picture(
    kind: str, browser: Browser, tmp_path: Path
) -> None:
    page = browser.new_page()
    loaded = load(page, source_of(kind), tmp_path / "out")
    assert len(loaded["ranges"]) == 1
    assert loaded["ranges"][0][0] < 0.001
    assert loaded["ranges"][0][1] >= CLIP.seconds - 0.05
    if kind == "turned":
        assert (loaded["width"], loaded["height"]) == (180, 320)
        assert 57 in {number_at(page, loaded, 57.5 / 25, turn) for turn in (1, 3)}
    else:
        assert [number_at(page, loaded, (frame + 0.5) / 25) for frame in (0, 1, 57, 110)] == [0, 1, 57, 110]
    page.close()

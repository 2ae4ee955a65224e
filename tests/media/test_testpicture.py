"""The pattern that says which picture it is."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from framecast.errors import Invalid
from framecast.media.jpeg import encode
from framecast.media.pixels import convert, planes
from framecast.media.testpicture import Blocks, Pattern, pack_blocks, read_blocks
from tests.support import needs

TIME_MS = 1_763_700_000_123
ROOT = Path(__file__).parents[2]


def drawn(pattern: Pattern, frame: int = 7, time_ms: int = TIME_MS) -> np.ndarray:
    out = np.zeros(pattern.picture.layout.size_bytes, np.uint8)
    pattern.draw(out, frame, time_ms)
    return out


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (853, 481), (360, 640), (128, 96)])
@pytest.mark.parametrize("frame", [0, 1, 0xFFFF_FFFF])
def test_picture_says_its_number_time_and_stream(size: tuple[int, int], frame: int) -> None:
    pattern = Pattern(*size, stream_id=0xBEEF)
    buffer = drawn(pattern, frame)
    expected = Blocks(frame, TIME_MS, 0xBEEF)
    assert read_blocks(planes(pattern.picture, buffer)[0]) == expected
    assert read_blocks(convert(pattern.picture, buffer, "bgr")) == expected


@pytest.mark.parametrize("divisor", [1, 2, 3])
@pytest.mark.parametrize("quality", [20, 75])
def test_blocks_survive_jpeg_and_scaling_to_a_third(divisor: int, quality: int) -> None:
    pattern = Pattern(1280, 720, 3)
    image = encode(pattern.picture, drawn(pattern, 123), quality, (1280 // divisor, 0))
    assert read_blocks(simplejpeg.decode_jpeg(image, "BGR")) == Blocks(123, TIME_MS, 3)


def test_picture_without_blocks_or_with_a_damaged_one_says_nothing() -> None:
    pattern = Pattern(640, 360, 3)
    luma = planes(pattern.picture, drawn(pattern))[0]
    assert read_blocks(luma) is not None
    assert read_blocks(luma[::-1]) is None
    assert read_blocks(np.full((360, 640), 100, np.uint8)) is None
    luma[16:29, 42:58] = 251 - luma[16:29, 42:58]
    assert read_blocks(luma) is None


def test_every_picture_and_every_stream_looks_different() -> None:
    pattern = Pattern(320, 240, 1)
    first, second = drawn(pattern, 1), drawn(pattern, 2)
    assert not np.array_equal(first, second)
    other = drawn(Pattern(320, 240, 2), 1)
    colours = convert(pattern.picture, first, "bgr")[60:130], convert(pattern.picture, other, "bgr")[60:130]
    assert not np.array_equal(*colours)


def test_drawing_leaves_nothing_of_what_was_in_the_slot() -> None:
    pattern = Pattern(320, 240, 1)
    out = np.full(pattern.picture.layout.size_bytes, 77, np.uint8)
    for frame in range(200):
        pattern.draw(out, frame, TIME_MS + frame)
    assert np.array_equal(out, drawn(pattern, 199, TIME_MS + 199))


def test_size_that_could_not_be_read_is_refused() -> None:
    with pytest.raises(Invalid, match="at least 128 x 96"):
        Pattern(100, 100)


def test_reference_page_has_the_bytes_of_an_example() -> None:
    page = (ROOT / "docs" / "reference" / "test-pattern.md").read_text()
    found = re.search(r"stream 7, frame 1, time 1763700000123: `([0-9a-f ]+)`", page)
    assert found
    assert bytes.fromhex(found[1]) == pack_blocks(Blocks(1, 1_763_700_000_123, 7))


def test_javascript_reads_the_same(tmp_path: Path) -> None:
    pattern = Pattern(640, 360, 0xABCD)
    image = convert(pattern.picture, drawn(pattern, 54321), "rgb")
    rgba = np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])
    (tmp_path / "rgba").write_bytes(rgba.tobytes())
    module = json.dumps(str(ROOT / "tests" / "support" / "blocks.mjs"))
    script = """
        import { readFileSync } from "node:fs";
        import { readBlocks } from MODULE;
        const data = new Uint8ClampedArray(readFileSync(process.argv[1]));
        console.log(JSON.stringify([readBlocks({ data, width: 640, height: 360 }),
                                    readBlocks({ data: data.map((x) => 255 - x), width: 640, height: 360 })]));
    """.replace("MODULE", module)
    command = [needs.node(), "--input-type=module", "-e", script, str(tmp_path / "rgba")]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert json.loads(answer) == [{"frame": 54321, "timeMs": TIME_MS, "streamId": 0xABCD}, None]

"""The pages' modules that need no browser: QR codes, delays of readers, schemas of the API."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from tests.servers.web.page_modules import STATIC, PageModules

# In bytes; most fill a version to its last byte. OpenCV reads no code of versions 12, 15 and 16, whoever has drawn it.
LENGTHS = (1, 14, 15, 42, 84, 106, 122, 152, 180, 213, 251, 331, 504, 624)
SCALES = (4, 5, 6, 8)  # pixels of a module: OpenCV does not read each code at each size


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> PageModules:
    return PageModules(
        tmp_path_factory.mktemp("page"), (STATIC / name for name in ("qr.js", "delays.js", "docs-schema.js"))
    )


def test_qr_codes_of_all_sizes_say_their_text(modules: PageModules) -> None:
    long = "http://192.168.1.5:8080/streams/front-door?" * 20
    texts = [*(long[:length] for length in LENGTHS), "Gr\u00fc\u00dfe \u2713"]
    script = """
        import { qrCode } from "./qr.js";
        console.log(JSON.stringify(%s.map((text) => qrCode(text).map((row) => row.map(Number)))));
    """ % json.dumps(texts)  # noqa: UP031  braces
    for text, rows in zip(texts, modules.run(script), strict=True):
        assert text in {read(rows, scale) for scale in SCALES}, len(text)


def read(rows: list[list[int]], scale: int) -> str:
    """Return what a reader of QR codes finds in a picture of the code."""
    code = np.pad(255 - 255 * np.array(rows, np.uint8), 4, constant_values=255)
    return str(cv2.QRCodeDetector().detectAndDecode(np.kron(code, np.ones((scale, scale), np.uint8)))[0])


def test_text_that_is_too_long_for_a_qr_code_is_an_error(modules: PageModules) -> None:
    script = """
        import { qrCode } from "./qr.js";
        try { qrCode("x".repeat(700)); } catch (error) { console.log(JSON.stringify(error.message)); }
    """
    assert modules.run(script) == "A QR code holds at most 666 bytes here, got 700."


def test_delay_is_the_mean_since_the_last_reading_and_never_negative(modules: PageModules) -> None:
    script = """
        import { Delays } from "./delays.js";
        const delays = new Delays();
        const found = [];
        for (const [handed, latency_ns] of [[10, 1e8], [20, 1.5e8], [20, 1.5e8], [2, 1e6], [4, 5e6]]) {
          delays.read({ viewers: 0, tracks: [{ name: "video", records: 0, bytes: 0, readers: [{ id: 1, label: "", policy: "", sent: 0, dropped: 0, handed, latency_ns }] }] });
          found.push(delays.of("video", 1) ?? null);
        }
        console.log(JSON.stringify(found));
    """
    assert modules.run(script) == [10, 5, 5, None, 2]


def test_schema_becomes_rows_for_people_and_an_example(modules: PageModules) -> None:
    script = """
        import { exampleOf, fieldsOf, typeWords } from "./docs-schema.js";
        const schemas = {
          Loop: { type: "object", properties: { next: { $ref: "#/components/schemas/Loop" } } },
          Link: { type: "object", required: ["id"], properties: { id: { type: "string", maxLength: 9 } } },
          Body: {
            type: "object",
            required: ["size"],
            properties: {
              size: { type: "integer", minimum: 2, maximum: 5, description: "in pixels" },
              kind: { anyOf: [{ type: "string", enum: ["a", "b"] }, { type: "null" }], default: "a", description: "which" },
              source: { type: "string", examples: ["pattern:"] },
              links: { type: "array", items: { $ref: "#/components/schemas/Link" } },
            },
          },
        };
        const ref = (name) => ({ $ref: `#/components/schemas/${name}` });
        console.log(JSON.stringify({
          rows: fieldsOf(ref("Body"), schemas).map((row) => [row.name, row.type, row.isRequired, row.words]),
          example: exampleOf(ref("Body"), schemas),
          named: typeWords({ anyOf: [{ type: "object", additionalProperties: ref("Link") }, ref("Link")] }, schemas),
          once: fieldsOf({ anyOf: [{ type: "object", additionalProperties: ref("Link") }, ref("Link")] }, schemas).map((row) => row.name),
          loop: fieldsOf(ref("Loop"), schemas).length,
        }));
    """
    found = modules.run(script)
    assert found["rows"] == [
        ["size", "integer", True, "in pixels; 2 to 5"],
        ["kind", "string or null", False, "which; one of a, b; default a"],
        ["source", "string", False, ""],
        ["links", "list of Link", False, ""],
        ["links[].id", "string", True, "at most 9 characters"],
    ]
    assert found["example"] == {"size": 2, "source": "pattern:"}
    assert (found["named"], found["once"]) == ("object of Link or Link", ["id"])
    assert found["loop"] == 4

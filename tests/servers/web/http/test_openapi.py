"""The API does what /openapi.json says: schemathesis asks a real node what it can think of, from that description alone."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Node

# What never ends; their own tests ask them. So do those of uploads, whose bodies are bytes that no description can give.
ENDLESS = (
    *("/api/ws", "/api/ws/wall", "/api/stream.mjpeg", "/api/stream.mp4", "/api/videos/events"),
    *("/api/rooms/{key}/ws", "/api/rooms/{key}/events"),
)
# 502 to 504 say why something is not possible now (a source that fails, eight sizes at once); 500 would be our fault.
CHECKS = """
[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 502, 503, 504]
"""
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("node"), "demo=pattern:?size=320x180", "numbers=numbers:") as running:
        yield running


def description(node: Node) -> dict[str, Any]:
    with urllib.request.urlopen(node.url + "openapi.json") as answer:
        found: dict[str, Any] = json.load(answer)
    return found


@pytest.mark.parametrize(
    ("chosen", "examples", "selected"),
    [
        (
            ("--exclude-tag", "library", "--exclude-tag", "uploads", "--exclude-tag", "rooms"),
            10,
            "23/",
        ),
        (("--include-tag", "library"), 3, "29/"),
        (("--include-tag", "rooms"), 2, "17/"),
    ],
    ids=["streams", "library", "rooms"],
)
def test_every_answer_is_one_that_is_described(
    node: Node, tmp_path: Path, chosen: tuple[str, ...], examples: int, selected: str
) -> None:
    """Statuses, media types, bodies, headers, methods; invalid requests are refused, and none fails the server."""
    (tmp_path / "schemathesis.toml").write_text(CHECKS)
    # The first account would shut the node to the requests after it.
    left_out = [text for path in (*ENDLESS, "/api/setup") for text in ("--exclude-path", path)]
    done = subprocess.run(
        [
            *(str(SCHEMATHESIS), "run", node.url + "openapi.json", *left_out, *chosen),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--seed", "7", "--no-color"),
            # A source that nobody can dial is valid as far as a description can say.
            *("--exclude-checks", "positive_data_acceptance", "--request-timeout", "30"),
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:]
    assert " passed" in done.stdout
    assert f"Selected: {selected}" in done.stdout


def test_description_has_all_routes_with_errors_in_one_form(node: Node) -> None:
    found = description(node)
    assert set(ENDLESS) <= set(found["paths"])
    for path, methods in found["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            answers = operation["responses"]
            assert {"4XX", "5XX"} <= set(answers), path
            assert "422" not in answers, path
            schema = answers["4XX"]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Error"}


@pytest.mark.parametrize(
    ("path", "allowed"), [("api/streams", "DELETE, GET, PUT"), ("api/streams/try", "POST")]
)
def test_method_that_is_not_possible_names_those_that_are(node: Node, path: str, allowed: str) -> None:
    wish = urllib.request.Request(node.url + path, method="PATCH")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(wish)
    with caught.value as error:
        assert error.code == 405
        assert error.headers["Allow"] == allowed

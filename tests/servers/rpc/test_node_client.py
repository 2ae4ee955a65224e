"""A client in Node.js, with the library that everybody there uses: proof that other languages can."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

import framecast
from tests.servers.rpc.house import RpcNode
from tests.support import needs, npm_packages

HERE = Path(__file__).parent / "node_client"
PROTO = Path(__file__).parents[3] / "proto"


@pytest.fixture(scope="module")
def modules() -> Path:
    """Give the folder with the installed packages."""
    return npm_packages.modules(HERE)


def start(modules: Path, address: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [needs.node(), str(HERE / "client.cjs"), address, str(PROTO), *arguments],
        env=os.environ | {"NODE_PATH": str(modules)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, out + err
    return [json.loads(line) for line in out.splitlines()]


def test_node_lists_streams(node: RpcNode, modules: Path) -> None:
    found = said(start(modules, node.address, "list"))
    assert {"demo", "dice"} <= {stream["name"] for stream in found}
    assert all(stream["state"].startswith("STATE_") for stream in found)


def test_node_reads_packets_from_a_key_frame_on(node: RpcNode, modules: Path) -> None:
    track, *records = said(start(modules, node.address, "read", "demo", "30"))
    assert track == {"track": "video", "codec": "h264"}
    assert records[0]["flags"] & 1
    numbers = [record["seq"] for record in records]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) >= 30


def test_node_steers_while_it_watches(node: RpcNode, modules: Path) -> None:
    found = said(start(modules, node.address, "steer", "demo"))
    assert [line["applied"] for line in found if "applied" in line] == [1, 2, 3]
    behind = found[found.index({"applied": 3}) :]
    sizes = {line["size"] for line in behind if line.get("record") == "frames/gray"}
    assert sizes == {320 * 240}
    assert not [line for line in behind if line.get("record") == "video"]


def test_node_publishes_data_when_somebody_reads(node: RpcNode, modules: Path) -> None:
    with (
        framecast.open("from-node", node=node.folder / "run", wait=True) as stream,
        stream.data() as items,
        start(modules, node.address, "publish", "from-node", "5") as program,
    ):
        assert [items.read(60).value for _ in range(5)] == [{"number": number} for number in range(5)]
        with pytest.raises(framecast.Ended):
            items.read(60)
        assert said(program) == [{"accepted": True}, {"over": True}]


def test_node_is_told_why_it_is_refused(node: RpcNode, modules: Path) -> None:
    program = start(modules, node.address, "read", "nix", "1")
    out, _ = program.communicate(timeout=90)
    assert program.returncode == 1
    refusal = json.loads(out)
    assert refusal["error"] == "NOT_FOUND"
    assert "nix" in refusal["details"]

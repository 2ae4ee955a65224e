"""The programs of docs/how-to/grpc.md run as they stand there, but for the port."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.rpc.house import Client, RpcNode

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "grpc.md"
PYTHON = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
# What the reader of the page has typed in before.
CONNECTED = PYTHON[0].partition("request =")[0]


def start(code: str, node: RpcNode) -> subprocess.Popen[str]:
    code = code.replace("localhost:50051", node.address)
    return subprocess.Popen([sys.executable, "-u", "-c", code], stdout=subprocess.PIPE, text=True)


def test_program_that_reads_prints_records(node: RpcNode) -> None:
    with start(PYTHON[0], node) as program:
        assert program.stdout
        seq, size, captured_at = program.stdout.readline().split()
        assert int(size) == 640 * 480 * 3
        assert int(seq) >= 0
        assert int(captured_at) > 0
        program.kill()


def test_program_that_steers_is_followed(node: RpcNode) -> None:
    code = PYTHON[1].replace("...\n", "")
    watch = "for response in responses:\n    if response.HasField('applied'):\n        print(response.applied.id)\n"
    with start(CONNECTED + code + watch, node) as program:
        assert program.stdout
        assert [int(program.stdout.readline()) for _ in range(3)] == [1, 2, 3]
        program.kill()


@pytest.mark.parametrize("code", [PYTHON[2]])
def test_program_that_publishes_is_read(code: str, node: RpcNode, client: Client) -> None:
    reading = client.read("squares", "frames", wait=True)
    with start(CONNECTED + code, node) as program:
        record = reading.record()
        assert record.payload == bytes([record.seq % 256]) * (640 * 480)
        assert program.wait(60) == 0

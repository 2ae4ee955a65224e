"""examples/numbers: a node, and three clients that print what they want of the same records."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.running import Node
from tests.examples.programs import EXAMPLES, Program

FOLDER = EXAMPLES / "numbers"


def read(program: Program, count: int) -> dict[int, list[float]]:
    """Return values by sequence number from a client's first lines."""
    found = {}
    for _ in range(count):
        match = program.expect(r"^(\d+): ([-\d. ]+)$")
        found[int(match[1])] = [float(text) for text in match[2].split()]
    return found


def address(node: Node) -> str:
    return node.wait_for(r"zmq=(tcp://\S+)")[1]


def test_six_numbers_a_second_come_as_the_folder_has_it(tmp_path: Path) -> None:
    with (
        Node(tmp_path, "--config", str(FOLDER / "framecast.yaml"), servers=("zmq",)) as node,
        Program("numbers/all.py", "--address", address(node), "--messages", "3", folder=tmp_path) as client,
    ):
        found = read(client, 3)
        assert client.wait() == 0
    assert all(len(values) == 6 and all(0 <= value <= 10000 for value in values) for values in found.values())
    assert len({value for values in found.values() for value in values}) == 18


@pytest.mark.parametrize(("count", "lower", "upper"), [(6, 0, 10000), (7, -1, 1)])
def test_clients_agree_on_a_hundred_messages(count: int, lower: int, upper: int, tmp_path: Path) -> None:
    source = f"numbers:?lower={lower}&upper={upper}&count={count}&period=0.03"
    with Node(tmp_path, f"numbers={source}", servers=("zmq",)) as node:
        place = address(node)
        with (
            Program("numbers/even.py", "--address", place, folder=tmp_path) as even,
            Program("numbers/odd.py", "--address", place, folder=tmp_path) as odd,
            Program("numbers/all.py", "--address", place, folder=tmp_path) as every,
        ):
            evens, odds, alls = (read(client, 1) for client in (even, odd, every))
            # However much later one of them came: until a hundred have reached all three.
            while len(common := evens.keys() & odds.keys() & alls.keys()) < 100:
                for found, client in ((evens, even), (odds, odd), (alls, every)):
                    found |= read(client, 1)
    for seq in common:
        assert len(alls[seq]) == count
        assert all(lower <= value <= upper for value in alls[seq])  # as printed: 0.9996 is 1.000
        assert evens[seq] == alls[seq][0::2]
        assert odds[seq] == alls[seq][1::2]


def test_client_may_start_before_the_node(tmp_path: Path, free_port: int) -> None:
    place = f"tcp://127.0.0.1:{free_port}"
    with (
        Program("numbers/all.py", "--address", place, "--messages", "2", folder=tmp_path) as client,
        Node(tmp_path, "numbers=numbers:?period=0.1", "--zmq-port", str(free_port), servers=("zmq",)),
    ):
        assert len(read(client, 2)) == 2
        assert client.wait() == 0


def test_readme_names_the_parameters_of_the_source() -> None:
    text = (FOLDER / "README.md").read_text()
    for name in re.findall(r"(\w+)=", (FOLDER / "framecast.yaml").read_text()):
        assert f"`{name}`" in text

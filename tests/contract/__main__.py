"""Record the contract as it is now: `python -m tests.contract`, then read `git diff`."""

from collections.abc import Iterable

from tests.contract.live_node import live_node
from tests.contract.sections import OF_A_NODE, RECORDED, STANDING


def write(section: str, lines: Iterable[str]) -> None:
    (RECORDED / f"{section}.txt").write_text("".join(f"{line}\n" for line in sorted(set(lines))))


RECORDED.mkdir(exist_ok=True)
for section, lines in STANDING.items():
    write(section, lines())
with live_node() as node:
    for section, lines_of in OF_A_NODE.items():
        write(section, lines_of(node))

"""A row of the table, and how it is printed."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: ours, the peer's, and what must hold. `met` is None where the row only informs."""

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    must: str = ""
    met: bool | None = None


def show(rows: list[Row], peer: str = "peer") -> None:
    """Print the table; `peer` is the heading of what ours is compared with."""
    table = Table(title="Framecast, measured", show_lines=False)
    for heading in ("what", "ours", peer, "ratio", "must", ""):
        table.add_column(heading, overflow="fold")
    for row in rows:
        verdict = {None: "", True: "[green]met[/]", False: "[red]MISSED[/]"}[row.met]
        table.add_row(row.what, row.ours, row.peer, row.ratio, row.must, verdict)
    Console(width=160).print(table)

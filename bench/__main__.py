"""Run the benchmarks that are named, or all, and print one table."""

from __future__ import annotations

import argparse
import ast
import importlib
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

from bench.table import Row, show
from bench.turns import rows_against
from framecast.model.suggestion import did_you_mean

MODULES = (
    "handover",
    "decode",
    "files",
    "cameras",
    "analysers",
    "rtsp",
    "native",
    "viewers",
    "mse",
    "canvas",
    "join",
    "wall",
    "start",
    "idle",
    "zeromq",
    "rpc",
    "remote",
    "access",
    "listing",
    "checks",
    "seeking",
    "publishing",
    "uploads",
    "beside_uploads",
    "library",
    "videos",
    "rooms",
    "together",
)
_LONGEST = 120  # characters of a line of the help


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 1 where a figure that must hold does not."""
    wanted, other = asked(arguments)
    if other is not None:
        show(rows_against(other, wanted), peer="there")
        return 0
    table: list[Row] = []
    for name in wanted:
        begin = time.monotonic()
        print(f"{name} ...", flush=True)
        table += importlib.import_module(f"bench.{name}").rows()
        print(f"{name} took {time.monotonic() - begin:.0f} s", flush=True)
    show(table)
    return int(any(row.met is False for row in table))


def chosen(arguments: Sequence[str] | None = None) -> Sequence[str]:
    """Return the benchmarks that a command line names, all of them if it names none. Ends the process at --help and at an unknown name."""
    return asked(arguments)[0]


def asked(arguments: Sequence[str] | None = None) -> tuple[Sequence[str], Path | None]:
    """Return what `chosen` does, and the checkout of another version to compare with."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure the figures that Framecast promises, and print one table. Each figure needs a machine with nothing else to do.",
        epilog="\n".join(["benchmarks:", *(f"  {name:<16}{_about(name)}" for name in MODULES)]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="benchmarks to run (default: all)")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="FOLDER",
        help="run each benchmark in turns with the checkout in FOLDER, which has its own .venv, and print the ratios",
    )
    given = parser.parse_args(arguments)
    names: list[str] = given.names
    for name in names:
        if name not in MODULES:
            near = did_you_mean(name, MODULES)
            parser.error(
                f"there is no benchmark {name!r}: {f'{near} ' if near else ''}'python -m bench --help' lists them"
            )
    return names or MODULES, given.against and given.against.resolve()


def _about(name: str) -> str:
    """The first sentence of a module, which is not imported for that: some need libraries that are not there."""
    words = ast.get_docstring(ast.parse((Path(__file__).parent / f"{name}.py").read_text())) or ""
    first = " ".join(words.split()).partition(". ")[0].rstrip(".")
    return textwrap.shorten(first, _LONGEST, placeholder=" ...")


if __name__ == "__main__":
    sys.exit(main())

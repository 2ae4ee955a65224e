"""`framecast serve`: a node in the foreground, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import inspect
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from framecast.cli.arguments import file_note, read_source
from framecast.cli.failure import exit_code
from framecast.errors import Invalid
from framecast.model.address import mask_address
from framecast.model.setting import Row, rows
from framecast.model.stream import check_name, proposed_name
from framecast.model.text import shown
from framecast.node.settings import Settings

SETUP = (
    "\n[bold]This node has no accounts yet.[/] Other machines reach it, so only its page /setup answers. "
    "Open it within one hour to make the first account:\n"
)
_LONGEST = 200  # characters of an argument in a message
Streams = Annotated[
    list[str],
    typer.Argument(
        metavar="NAME=SOURCE",
        help="Streams in addition to those of the configuration. With `-` as SOURCE, it is read from stdin, one line each.",
        show_default=False,
    ),
]


ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="Configuration file (default: `framecast.yaml` in the current folder, if present).",
    ),
]


def serve(streams: Streams = [], config: ConfigFile = None, **flags: Any) -> None:  # noqa: B006, ANN401  typer wants a list
    """Run a node: receive streams and serve them to programs and browsers.

    Without any stream, the node shows a test pattern named `demo`. Flags override the environment, which overrides the file.
    """
    named = _named(streams)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the node handles it: nothing has begun yet
    from framecast.node import load_config  # imports pydantic and asyncio: not for a `--help`
    from framecast.node import serve as serve_node

    load = partial(load_config, config, **_by_key(flags))
    failure = serve_node(load, named, _welcome if sys.stdout.isatty() else None)
    if failure is not None:  # it has been logged
        raise typer.Exit(exit_code(failure))


def _flags() -> Iterator[tuple[Row, inspect.Parameter]]:
    """The settings that are options, as parameters of `serve`: `grpc.port` is --grpc-port."""
    for row in rows(Settings):
        if not row.setting.is_flag:
            continue
        name = row.key.replace(".", "_")
        option: Any = typer.Option(
            f"--{name.replace('_', '-')}",
            metavar="DIR" if row.hint is Path else None,
            min=row.setting.low,
            max=row.setting.high,
            help=row.setting.doc
            + ("." if row.hint is bool else f" (default: {row.default_text.strip('`')})."),
        )
        default = False if row.hint is bool else None
        kind = row.hint if row.hint is bool else row.hint | None
        yield (
            row,
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
            ),
        )


def _by_key(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The flags that were given, by their key: those of a section in a mapping of its own."""
    given: dict[str, Any] = {}
    for row, parameter in _flags():
        value = flags[parameter.name]
        section, _, key = row.key.rpartition(".")
        if value is not None and value is not False:  # 0 is a value
            (given.setdefault(section, {}) if section else given)[key] = value
    return given


def _add_flags() -> None:
    """Tell typer the parameters behind `flags`: it reads the signature and the annotations of a function."""
    own = [
        one
        for one in inspect.signature(serve, eval_str=True).parameters.values()
        if one.kind is not one.VAR_KEYWORD
    ]
    flags = [parameter for _, parameter in _flags()]
    serve.__signature__ = inspect.Signature([*own, *flags])  # type: ignore[attr-defined]
    serve.__annotations__ = {one.name: one.annotation for one in (*own, *flags)}


_add_flags()


def _welcome(url: str, streams: Sequence[Mapping[str, Any]], setup: Sequence[str]) -> None:
    """Print the address and the streams on a terminal; the log has them, too. What makes the first account is printed only here."""
    if setup:
        Console().print(SETUP)
        print("\n".join(f"  {address}" for address in setup))  # not wrapped: it is copied
    shown = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2))
    for stream in streams:
        source, options = str(stream["source"]), stream.get("options") or {}
        shown.add_row(
            f"  {stream['name']}", escape(source), f"[dim]{file_note(source, options.get('loop', True))}[/]"
        )
    Console().print(f"\n[bold]{url}[/]  (Ctrl-C stops it)\n", shown, "")


def _named(texts: Sequence[str]) -> dict[str, str]:
    """The sources of the arguments by the names of their streams."""
    found: dict[str, str] = {}
    for name, source in map(parse_stream, texts):
        if name in found:
            raise Invalid(f"the name {name!r} is given twice: give each stream a name of its own")
        found[name] = source
    return found


def parse_stream(text: str) -> tuple[str, str]:
    """Return the name and the source of `NAME=SOURCE`.

    Raises:
        Invalid: it is not of that form, or the name is not valid.
        SourceError: not-found: the source is a file that does not exist.
    """
    name, equals, source = text.partition("=")
    if not equals or not name or "//" in name:
        example = f"{proposed_name(Path(text).stem) or 'door'}={text}" if Path(text).is_file() else ""
        raise Invalid(
            "a stream must be written as NAME=SOURCE, such as "
            f"{example or 'door=rtsp://camera/1'}, got {shown(mask_address(text), _LONGEST)!r}"
        )
    return check_name(name), read_source(source)

"""`framecast add`, `remove`, `restart`: change the streams of the running node, which saves them."""

from __future__ import annotations

from typing import Annotated

import typer

from framecast.cli.arguments import file_note, read_source
from framecast.cli.parameters import Stream, stream_names
from framecast.client.node_client import NodeClient
from framecast.errors import Invalid
from framecast.model import number

_MOST = (1 << 63) - 1
Option = Annotated[
    list[str],
    typer.Option(
        "--option", "-o", metavar="KEY=VALUE", help="Any other key of a stream in framecast.yaml. Repeatable."
    ),
]


def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the stream.")],
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="URL, file, device or `pattern:`. `-` reads it from stdin, so that no password is on the command line.",
        ),
    ],
    always: Annotated[bool, typer.Option("--always", help="Stay connected even without readers.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Play a file once instead of looping it.")] = False,
    no_audio: Annotated[bool, typer.Option("--no-audio", help="Ignore the source's audio.")] = False,
    transport: Annotated[str, typer.Option(help="RTSP: `tcp`, `udp` or `multicast`.")] = "tcp",
    hwaccel: Annotated[
        str, typer.Option(help="Hardware decoder to use if it is available: `cuda`, `vaapi`, ...")
    ] = "",
    display_name: Annotated[
        str, typer.Option(metavar="TEXT", help="Name that people see; any language, with spaces.")
    ] = "",
    group: Annotated[
        list[str], typer.Option(metavar="TEXT", help="Group in which pages show the stream. Repeatable.")
    ] = [],  # noqa: B006  as `option`
    option: Option = [],  # noqa: B006  typer wants a list, and never changes it
) -> None:
    """Add a stream to the running node, or change an existing one."""
    options: dict[str, str | float | bool | list[str]] = dict(map(parse_option, option))
    options |= {"always": True} if always else {}
    options |= {"loop": False} if once else {}
    options |= {"audio": False} if no_audio else {}
    options |= {"transport": transport} if transport != "tcp" else {}
    options |= {"hwaccel": hwaccel} if hwaccel else {}
    options |= {"display_name": display_name} if display_name else {}
    options |= {"groups": group} if group else {}
    with NodeClient() as node:
        node.put(name, read_source(source), **options)
        shown = node.stream(name).source
        note = file_note(shown, options.get("loop", True))
        print(f"{name}: {shown}" + (f" ({note})" if note else ""))


def remove(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME", help="The streams.", autocompletion=stream_names)
    ],
) -> None:
    """Remove streams from the running node.

    Their readers learn that they have ended.
    """
    with NodeClient() as node:
        for name in names:
            node.delete(name)


def restart(name: Stream) -> None:
    """Reconnect a stream now, whatever its state."""
    with NodeClient() as node:
        node.restart(name)


def parse_option(text: str) -> tuple[str, str | float | bool]:
    """Return the key and the value of `KEY=VALUE`; numbers, `true` and `false` are converted.

    Raises:
        Invalid: there is no `=`.
    """
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise Invalid(f"an option must be KEY=VALUE, such as idle_s=30, got {text!r:.80}")
    if value in ("true", "false"):
        return key, value == "true"
    try:
        return key, number.decimal(value, -_MOST, _MOST) if "." in value else number.integer(
            value, -_MOST, _MOST
        )
    except ValueError:
        return key, value

"""`framecast streams`: which streams the running node has, and how they are."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from time import time
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from framecast.cli.parameters import Json
from framecast.client.node_client import NodeClient
from framecast.control.changes import Change
from framecast.model import REASONS, State, TrackInfo
from framecast.model.status import Status, public_tracks

COLOURS = {
    State.LIVE: "green",
    State.IDLE: "dim",
    State.CONNECTING: "cyan",
    State.STALLED: "yellow",
    State.OFFLINE: "red",
    State.ENDED: "dim",
}


def streams(
    as_json: Json = False,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Keep running and show every change.")] = False,
) -> None:
    """List the running node's streams: state, source, readers, tracks."""
    with NodeClient() as node:
        if watch:
            _watch(node, as_json)
        elif as_json:
            print(json.dumps([to_json(status) for status in node.streams()], indent=2))
        else:
            Console().print(table(node.streams()))


def _watch(node: NodeClient, as_json: bool) -> None:
    """A table that changes on a terminal; elsewhere one line for each change."""
    if as_json or not sys.stdout.isatty():
        for change in node.watch():
            print(_line(change, as_json), flush=True)
        return
    with Live(table(node.streams()), auto_refresh=False) as live:
        for _ in node.watch():
            live.update(table(node.streams()), refresh=True)


def _line(change: Change, as_json: bool) -> str:
    if as_json:
        return json.dumps(
            to_json(change.status) if change.status else {"name": change.name, "state": "removed"}
        )
    if change.status is None:
        return f"{datetime.now().astimezone():%H:%M:%S} {change.name} removed"
    status = change.status
    return f"{datetime.now().astimezone():%H:%M:%S} {change.name} {status.state} {why(status) or status.note(time())}".rstrip()


def to_json(status: Status) -> dict[str, Any]:
    """Return a status as JSON has it."""
    return asdict(status) | {"tracks": public_tracks(status.tracks)}


def table(streams: Iterable[Status]) -> Table:
    """Return the streams as a table for people."""
    streams = sorted(streams, key=lambda status: status.name)
    # Columns that only some nodes need.
    named = {
        "display name": any(status.display_name for status in streams),
        "groups": any(status.groups for status in streams),
    }
    extra = [column for column, is_used in named.items() if is_used]
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("stream", *extra, "state", "for", "readers", "tracks", "source"):
        shown.add_column(column, overflow="fold")
    for status in streams:
        texts = {"display name": status.display_name, "groups": ", ".join(status.groups)}
        colour = COLOURS.get(status.state, "")
        words = why(status) or status.note(time())
        colour = COLOURS[State.STALLED] if status.note(time()).startswith("no") else colour
        state = f"[{colour}]{status.state}[/]" + (f" ({escape(words)})" if words else "")
        tracks = ", ".join(describe(track) for track in status.tracks)
        since = duration(time() - status.since) if status.since else ""
        shown.add_row(
            status.name,
            *(escape(texts[column]) for column in extra),
            state,
            since,
            str(status.readers),
            escape(tracks),
            escape(status.source or "a program"),
        )
    return shown


def why(status: Status) -> str:
    """Return the reason of a state in words, '' if nothing is wrong."""
    return REASONS.get(status.reason, status.detail or status.reason)


def describe(track: TrackInfo) -> str:
    """Return a track in a few words: `video h264 1920x1080 25/s`."""
    picture = track.picture
    width, height = (picture.width, picture.height) if picture else (track.width, track.height)
    words = [track.name, track.codec or (picture.format if picture else "")]
    words += [f"{width}x{height}"] if width else []
    words += [f"{float(track.rate):.4g}/s"] if track.rate else []
    words += [f"{track.sample_rate} Hz"] if track.sample_rate else []
    return " ".join(word for word in words if word)


def duration(seconds: float) -> str:
    """Return a duration as people read it: `42s`, `3m`, `2h`, `5d`."""
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f}{unit}"
    return f"{max(0, seconds):.0f}s"

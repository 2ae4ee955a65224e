"""`framecast link`, `links`, `unlink`: URLs that open one stream to players which cannot log in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from framecast.cli.parameters import Json, Stream
from framecast.client.node_client import NodeClient
from framecast.errors import Invalid
from framecast.servers.access.links import PATHS, address_of, parse_expiry


def link(
    name: Stream,
    expires: Annotated[str, typer.Option(help="Lifetime: 90d, 12h, 30m; at most three years.")] = "90d",
    path: Annotated[str, typer.Option(help=f"What the link opens: {', '.join(PATHS)}.")] = "stream.mjpeg",
    server: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Base URL of the web server as players reach it (default: its own address).",
            show_default=False,
        ),
    ] = "",
) -> None:
    """Print a URL that opens one stream without the access token: for VLC, `<img>`, Home Assistant.

    It opens the pictures and the sound of that stream and nothing else, until it expires or `unlink` ends it.
    """
    seconds = parse_expiry(expires)
    address_of("", path, name, "")
    with NodeClient() as node:
        answer = node.request({"op": "link", "name": name, "expires_s": seconds})
        base = server or str(node.info()["servers"]["web"]["url"])
    print(address_of(base.rstrip("/") + "/", path, name, str(answer["token"])))


def links(
    as_json: Json = False,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Sign new links with a new key; existing links stay valid.")
    ] = False,
) -> None:
    """List the links that have not expired: id, stream, end.

    No token is shown: a link is printed once, when it is made.
    """
    with NodeClient() as node:
        if new_key:
            node.request({"op": "new_link_key"})
        found = node.request({"op": "links"})["links"]
    if as_json:
        print(json.dumps(found, indent=2))
        return
    for one in found:
        until = datetime.fromtimestamp(one["expires"], UTC)
        print(
            f"{one['id']}  {one['stream']}  until {until:%Y-%m-%d %H:%M} UTC{'  ended' if one.get('revoked') else ''}"
        )


def unlink(
    ids: Annotated[
        list[str], typer.Argument(metavar="ID", help="IDs of the links, as `framecast links` lists them.")
    ] = [],  # noqa: B006  typer wants a list
    everything: Annotated[bool, typer.Option("--all", help="End all links by replacing the key.")] = False,
) -> None:
    """End links before they expire.

    Their viewers are disconnected within seconds.
    """
    if not ids and not everything:
        raise Invalid("no link was given: write its ID, or --all")
    with NodeClient() as node:
        if everything:
            node.request({"op": "unlink", "all": True})
        for one in ids:
            node.request({"op": "unlink", "link": one})

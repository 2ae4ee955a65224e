"""Whether the access token can be guessed: that of the running node, else that of the environment or of framecast.yaml in this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from framecast.client.node_client import NodeClient
from framecast.doctor.finding import Finding, Level
from framecast.errors import FramecastError
from framecast.servers.access.strength import STRONG_BITS, is_strong

MEND = "openssl rand -hex 16   # and give it as access_token_file or FRAMECAST_ACCESS_TOKEN"
_FILE = Path("framecast.yaml")


def check_token() -> Iterator[Finding]:
    """A short token can be guessed, and guesses from behind the owner's proxy lock the owner out; a long one is always let in."""
    topic, kind = "access token", _of_node() or _of_configuration()
    if kind == "none":
        yield Finding(topic, Level.NOTE, "none is set: only this machine should reach the servers", MEND)
    elif kind == "short":
        found = f"it has less than {STRONG_BITS} bits: it can be guessed, and guessing locks its owner out"
        yield Finding(topic, Level.WARNING, found, MEND)
    else:
        yield Finding(topic, Level.OK, f"it has {STRONG_BITS} bits or more")


def _of_node() -> str:
    try:
        with NodeClient(timeout_s=5.0) as node:
            return str(node.info().get("token_strength", ""))
    except FramecastError:
        return ""


def _of_configuration(environ: Mapping[str, str] = os.environ) -> str:
    in_file: Any = {}
    try:
        in_file = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        in_file = {}
    given = in_file if isinstance(in_file, dict) else {}
    given = {key: environ.get(f"FRAMECAST_{key.upper()}") or given.get(key) for key in _KEYS}
    token = str(given["access_token"] or "")
    if not token and given["access_token_file"]:
        try:
            token = (
                Path(str(given["access_token_file"])).read_text(encoding="utf-8").partition("\n")[0].strip()
            )
        except (OSError, ValueError):
            return "none"
    if not token:
        return "none"
    return "strong" if is_strong(token) else "short"


_KEYS = ("access_token", "access_token_file")

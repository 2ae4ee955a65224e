"""The library that windows need, and the command that installs it into this very installation. Any thread."""

from __future__ import annotations

import importlib.util
import json
import shlex
import sys
from importlib.metadata import PackageNotFoundError, distribution
from urllib.parse import unquote, urlsplit

from framecast.errors import FramecastError

EXTRA = "view"
_LIBRARY, _MODULE = "pygame-ce", "pygame"


def check_library() -> None:
    """Return if the library is installed.

    Raises:
        FramecastError: it is not; the message has the command.
    """
    if importlib.util.find_spec(_MODULE) is None:
        raise FramecastError(
            f"windows need the library {_LIBRARY} (the extra '{EXTRA}' of framecast), which is not installed: "
            f"run {install_command(_origin())}"
        )


def install_command(origin: str) -> str:
    """Return the command that adds the extra. `origin` is the record of where framecast was installed from (PEP 610), '' of an index."""
    what = f"framecast[{EXTRA}]"
    editable = False
    try:
        found = json.loads(origin)
        parts = urlsplit(found["url"])
        if parts.scheme == "file" and "dir_info" in found:
            what = f"{unquote(parts.path)}[{EXTRA}]"
            editable = bool(found["dir_info"].get("editable"))
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # from an index, or by a tool that writes no such record
    return shlex.join([sys.executable, "-m", "pip", "install", *(["-e"] if editable else []), what])


def _origin() -> str:
    try:
        return distribution("framecast").read_text("direct_url.json") or ""
    except PackageNotFoundError:
        return ""

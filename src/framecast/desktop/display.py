"""Whether there is a desktop here, found out without asking it: for the command, before it starts a window. Any thread."""

from __future__ import annotations

import os

# Any of them leads to a desktop; SDL_VIDEODRIVER is an override, for example on a machine without X11 and Wayland.
_LEADS = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")


def has_display() -> bool:
    """Return whether the environment names a desktop."""
    return any(os.environ.get(name) for name in _LEADS)


def no_display(why: str = "") -> str:
    """Return the sentence for people: that there is no desktop, and what to do."""
    shown = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    where = f"the display {shown} cannot be opened" if shown else "there is no display here"
    where += f" ({why})" if why else ""
    return (
        f"{where}: run this on a desktop, or set DISPLAY or WAYLAND_DISPLAY to one (over SSH: ssh -X); "
        "'framecast snapshot' and the web page need none"
    )

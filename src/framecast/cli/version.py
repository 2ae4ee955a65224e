"""`framecast version`."""

from __future__ import annotations

import platform

import framecast


def version() -> None:
    """Print the versions of Framecast and Python."""
    print(f"framecast {framecast.__version__}, Python {platform.python_version()}")

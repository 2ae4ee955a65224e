"""Limits of the node's own process, set at its start."""

from __future__ import annotations

import resource


def raise_open_files() -> None:
    """Raise the limit of open files as far as the system allows: each reader is one descriptor of the node."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

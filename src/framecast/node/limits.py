"""Limits of the node's own process."""

from __future__ import annotations

import resource


def raise_open_files() -> None:
    """Allow as many descriptors as the system lets this user have: each reader is one for the node."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

"""Names of environment variables that the package reads or its documents name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_NAME = re.compile(r"\bFRAMECAST_[A-Z][A-Z0-9_]*[A-Z0-9]\b")
_SUFFIXES = (".py", ".md", ".yaml", ".service")


def lines() -> Iterator[str]:
    """Give the contract's lines."""
    texts = [
        path.read_text()
        for folder in ("src", "docs", "deploy")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in _SUFFIXES
    ]
    yield from {name for text in texts for name in _NAME.findall(text)}

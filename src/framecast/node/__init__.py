"""The composition root: configuration to processes, in order; stopped in reverse.

`serve(load, streams)` is a whole node in the foreground; `load_config` reads its configuration. Imported at their first
use: the forkserver and private nodes live in this folder too, and need neither.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from framecast.node.config import Config, schema
    from framecast.node.config import load as load_config
    from framecast.node.node import Node, serve

__all__ = ["Config", "Node", "load_config", "schema", "serve"]

_HOMES = {
    "Config": ("framecast.node.config", "Config"),
    "schema": ("framecast.node.config", "schema"),
    "load_config": ("framecast.node.config", "load"),
    "Node": ("framecast.node.node", "Node"),
    "serve": ("framecast.node.node", "serve"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)

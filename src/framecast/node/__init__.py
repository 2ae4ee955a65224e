"""The composition root: configuration to processes, in order; stopped in reverse.

`serve(load, streams)` is a whole node in the foreground; `load_config` reads its configuration.
"""

from framecast.node.config import Config, schema
from framecast.node.config import load as load_config
from framecast.node.node import Node, serve

__all__ = ["Config", "Node", "load_config", "schema", "serve"]

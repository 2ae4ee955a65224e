"""The command line: each command parses, calls, prints. Nothing else is decided here.

Runs in the user's terminal. Media and shared memory are reached through the Python API, the node through its client.
docs/reference/cli.md describes every command; exit codes are in `failure`.
"""

from framecast.cli.app import main

__all__ = ["main"]

"""Renditions: a reader and a writer in one, which converts one track into another for everybody who wants it.

Each runs in a process of its own, only while somebody reads what it makes.
"""

from framecast.renditions.run import run

__all__ = ["run"]

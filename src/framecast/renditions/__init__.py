"""Renditions: a reader and a writer in one. Each converts one track into another for all of its readers.

Each runs in a process of its own, only while somebody reads what it makes.
"""

from framecast.renditions.last_picture import last_picture
from framecast.renditions.run import run

__all__ = ["last_picture", "run"]

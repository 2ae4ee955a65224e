"""The library: stored videos, their uploads, the jobs that make them playable, playlists. On the store, beside people and access.

`Library` is the one way to all of them, for servers and the node. Blocking: any thread, never an event loop. Only a node whose library
is used imports this package. Objects (files) are somebody else's matter: the rows say which there are, and which may go.
"""

from framecast.library.library import Library, open_library

__all__ = ["Library", "open_library"]

"""Rooms: around every stream and video, and private ones; what people say there, and the rules that they keep. On the store, beside the library.

`Rooms` is the one way to all of them. Blocking: any thread, never an event loop. Only a node whose rooms are used imports this package.
"""

from framecast.rooms.rooms import Rooms, open_rooms

__all__ = ["Rooms", "open_rooms"]

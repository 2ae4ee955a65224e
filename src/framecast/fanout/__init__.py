"""One track of the bus, or several, to many clients outside of this machine's shared memory: read once, encoded once.

A server supplies an encoding (record -> message, built once and shared) and a transport. Everything else is here:

* `Feed`: one log for all clients that want the same encoding; `failure` says why nothing more comes; it wakes its clients.
* `Log`: messages in order, bounded in bytes and records. It keeps the newest group of pictures for late joiners, and
  what the slowest cursor still needs, up to its limits. `Entry.before` and `after` count records, so gaps are known.
* Pull: a `Cursor` is one client's place in a log. `peek` and `take` give what the client has not had; `gap` tells what it lost.
* Push: a `SendQueue` is what waits for one connection. `offer` may lose records, by the policy of their `Flow`;
  `send` never does. One pass over the clients hands the same buffers to all of them.
* `Loss`: newest only, whole groups of pictures, or the oldest of a queue. `Pace`: at most so many a second.
  `Progress`: notices a client that takes nothing.
* Live MP4: `Mp4Timeline` makes init segments and fragments of a video and a sound track; `coding` chooses the tracks that a
  player can play.
* `merging`: several tracks in the order of their publication.
* On the event loop: `persistent` (a subscriber that subscribes again) and `lingering` (what stays open after its last client).

All other modules import no asyncio; those that need a clock take it as an argument.
"""

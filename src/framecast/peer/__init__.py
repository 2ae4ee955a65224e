"""Another node by gRPC: its streams, reading and publishing them.

Nothing here imports gRPC before it is used: it starts threads, so it must never be in a process that forks others. A source
process imports `framecast.peer.peer` after it was forked, and a program only where it asks a remote node.
"""

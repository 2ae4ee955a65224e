"""The gRPC server: one process of its own that serves `framecast.v1` (proto/framecast/v1) from the bus and the node.

A feed reads tracks once and serialises each record once; every client has a cursor in it, and no queue of its own.
"""

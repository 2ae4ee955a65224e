"""Asking the node: requests, changes of streams, topics; once for programs and servers, blocking and with asyncio.

Above the bus, beside `peer` (another node by gRPC). `connection` blocks, `aio` is for event loops; the rest is pure and shared.
"""

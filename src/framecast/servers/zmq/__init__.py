"""ZeroMQ: every track of the node to any program that subscribes, and pictures to imagezmq.

The publishing side of ZMTP 3.1 is written here, on asyncio, and not by libzmq: docs/decisions/0008-own-zmtp.md says why.
"""

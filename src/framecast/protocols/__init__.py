"""Protocols: bytes to values and back, in both directions. No sockets, no files, no clocks of their own; bounded memory.

Clients (`sources`, `peer`) and servers share them. What is malformed raises an error that names the field.
"""

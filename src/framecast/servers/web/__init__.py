"""The web server: HTTP in front of the bus, in a process of its own.

It reads JPEG tracks as any other reader and asks the node over its socket. Nothing here encodes or decodes on the
event loop. Routes are described in docs/reference/http.md.
"""

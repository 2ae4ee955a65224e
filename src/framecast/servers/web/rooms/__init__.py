"""Rooms over HTTP: the WebSocket, REST, server-sent events, and the pages."""

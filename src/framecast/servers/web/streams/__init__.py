"""Streams over HTTP: list, add, change, try, remove."""

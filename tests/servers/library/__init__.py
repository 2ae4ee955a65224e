"""Tests of the library server."""

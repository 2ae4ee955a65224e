"""Uploads, videos, recordings and playlists over HTTP."""

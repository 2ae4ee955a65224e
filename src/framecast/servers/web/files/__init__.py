"""The files server: takes uploads and gives the bytes of stored videos, in a process of its own, on connections that the web server gives it."""

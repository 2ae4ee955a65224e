"""Uploads, whatever protocol they come by: who writes which one, and how bytes of a network become durable. The web server and the gRPC server use it."""

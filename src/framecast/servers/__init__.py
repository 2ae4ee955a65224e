"""Servers: what serves the bus to the outside, one folder and one process each. They never import each other."""

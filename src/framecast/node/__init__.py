"""The composition root: configuration to processes, in order; stopped in reverse."""

"""The tests: they mirror src/framecast, and what several of them use is in tests/support."""

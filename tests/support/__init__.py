"""Real cameras, files, servers and browsers for the tests."""

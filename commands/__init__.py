"""The `fourfold` command line, one command a file; wires rooms as app.py does."""

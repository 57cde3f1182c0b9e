"""Sources over a network that fail by real means."""

"""One suite a port, run against every thing that claims to fill it."""

"""The persons of the demo city: one canonical record each, made category by category."""

"""`fourfold audit`: the log checked, searched, and what of it may go."""

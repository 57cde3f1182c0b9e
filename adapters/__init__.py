"""The only door to the departments' own databases."""

"""Short-lived copies of rows, single flight and invalidation."""

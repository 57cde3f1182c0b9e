"""Ways to a database: leased driver connections, or worker threads under one limiter."""

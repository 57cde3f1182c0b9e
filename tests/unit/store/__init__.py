"""The platform's own database, single modules."""

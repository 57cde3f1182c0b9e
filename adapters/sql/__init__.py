"""Statements of the generic adapter: built with SQLAlchemy Core, compiled once a shape."""

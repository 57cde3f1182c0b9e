"""Tests of the room demo: layouts, numbers, people, planting, the whole city in SQLite."""

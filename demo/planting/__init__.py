"""Differences, mismatches and identity cases planted on purpose, and the truth about them."""

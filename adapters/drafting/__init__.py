"""Drafts a mapping file from a live schema; keeps what a hand has changed in it."""

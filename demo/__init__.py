"""Builds four fictitious departmental databases and their mapping files."""

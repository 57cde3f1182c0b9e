"""Tests of the catalogue: 26 categories, 218 indicators, code sets."""

"""Tests of Fourfold, one folder per kind."""

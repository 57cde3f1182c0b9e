"""Tests of what is shared and kept."""

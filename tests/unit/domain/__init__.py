"""Tests of the nouns and their arithmetic."""

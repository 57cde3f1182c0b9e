"""Tests of the graph's rules that need no server."""

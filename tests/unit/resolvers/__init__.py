"""Tests of the work behind one request."""

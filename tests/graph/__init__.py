"""Tests that go through the ASGI application: document in, answer out."""

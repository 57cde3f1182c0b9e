"""Subscriptions: over WebSocket and as server-sent events, against a server on a real port."""

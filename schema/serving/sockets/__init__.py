"""Subscriptions: over WebSocket by graphql-transport-ws, and as server-sent events."""

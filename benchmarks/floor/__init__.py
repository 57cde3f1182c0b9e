"""The hand-written server ours is measured against: no graph, no limits, no settings."""

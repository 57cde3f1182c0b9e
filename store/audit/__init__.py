"""The audit log in the platform database: written in batches, read back, purged, anchored."""

"""The audit log in a real platform database."""

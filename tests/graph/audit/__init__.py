"""The entries that requests leave in the audit log, over the running application."""

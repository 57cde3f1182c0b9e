"""Tests of the chain of the audit log and of what its entries say."""

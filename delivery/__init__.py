"""Carries out orders: outbox, retries, leases, confirmations, schedules."""

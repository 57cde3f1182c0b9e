"""Accounts of the built-in login: passwords, second factor, throttling."""

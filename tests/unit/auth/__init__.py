"""Tests of sign-in that need no database."""

"""Tests of compiled plans: the same meaning as the stock path, and what bounds them."""

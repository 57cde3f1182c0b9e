"""Tests of what the benchmark computes; what it measures is not tested."""

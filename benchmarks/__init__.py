"""The hand-written floor and the interleaved ratios against it."""

"""What ends a benchmark without a stack trace."""


class BenchmarkError(Exception):
    """It cannot be measured; the text says why and what to do."""


class DifferenceError(BenchmarkError):
    """The two servers do not answer the same."""

"""Trees of codes as departments keep them: circles and codes without a parent happen."""

from collections.abc import Collection, Iterable, Mapping


def all_below(tops: Iterable[str], below: Mapping[str, Collection[str]]) -> set[str]:
    """The tops and every code below one of them, each once, whatever circles there are."""
    found: set[str] = set()
    pending = list(tops)
    while pending:
        code = pending.pop()
        if code not in found:
            found.add(code)
            pending.extend(below.get(code, ()))
    return found

"""How long the faces wait: the limit of the adapters, which costs no timer each time."""

from adapters.limit import Limit

__all__ = ["Limit"]

"""Canonical texts of values: how a value of any type is written when a text is wanted."""

from datetime import date
from decimal import Decimal

from domain.model.records import Value


def canonical_text(value: Value) -> str | None:
    """The value as text: dates ISO, decimals exact, true/false, several values joined by ';'."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case tuple():
            return ";".join(value)
        case _:
            return str(value)

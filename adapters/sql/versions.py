"""Values of a version column as texts that can be kept, and back to what the driver takes."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from domain.identity.versions import Form

_DAY_LENGTH: Final = 10
_UNREADABLE: Final = Form.UNKNOWN.written("")


def version_text(stored: object) -> str:
    """A stored version as a text: its form and its value."""
    match stored:
        case bool():
            return _UNREADABLE
        case int():
            return Form.NUMBER.written(str(stored))
        case Decimal() if stored.is_finite() and stored == stored.to_integral_value():
            return Form.NUMBER.written(str(int(stored)))
        case str():
            return Form.TEXT.written(stored)
        case date():
            return _written(stored)
        case _:
            return _UNREADABLE


def time_version(stored: object) -> str:
    """The same where a time comes as a text in ISO form."""
    if not isinstance(stored, str):
        return version_text(stored)
    try:
        is_day = len(stored) == _DAY_LENGTH
        found = date.fromisoformat(stored) if is_day else datetime.fromisoformat(stored)
    except ValueError:
        return _UNREADABLE
    return _written(found)


def _written(day: date) -> str:
    if not isinstance(day, datetime):
        return Form.DAY.written(day.isoformat())
    if day.tzinfo is None:
        return Form.TIME.written(_iso(day))
    return Form.INSTANT.written(_iso(day.astimezone(UTC)))


def stored_version(text: str) -> int | str | date | datetime:
    """What to compare the column with. Raises ValueError for a text that is no version."""
    form, value = Form.read(text)
    match form:
        case Form.NUMBER:
            return int(value)
        case Form.INSTANT | Form.TIME:
            return datetime.fromisoformat(value)
        case Form.DAY:
            return date.fromisoformat(value)
        case Form.TEXT:
            return value
        case Form.UNKNOWN:
            raise ValueError("an unreadable version compares with nothing")


def _iso(instant: datetime) -> str:
    return instant.isoformat(timespec="microseconds")

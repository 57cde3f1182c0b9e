"""How far a source's rows have been seen: the newest version, and where to go on from it. Pure."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Self

ALLOWANCE: Final = timedelta(hours=1)
"""Clocks differ, and a transaction is stamped before it is there to be read."""
ONE_DAY: Final = timedelta(days=1)
SAMPLE: Final = 100_000
CERTAINLY_NO_COUNTER: Final = 100_000_000

_STAMP: Final = re.compile(
    r"(?:19|20)\d\d[-/.]?[01]\d[-/.]?[0-3]\d(?:[ T]?[0-2]\d:?[0-5]\d(?::?[0-5]\d(?:[.,]\d+)?)?)?"
)
_DAY_DIGITS: Final = 8
_PATTERNS: Final = {14: "%Y%m%d%H%M%S", 12: "%Y%m%d%H%M", 8: "%Y%m%d"}


class Form(StrEnum):
    """What a version is; TIME is a local one, TEXT a date or time as a text that sorts by time."""

    NUMBER = "number"
    INSTANT = "instant"
    TIME = "time"
    DAY = "day"
    TEXT = "text"
    UNKNOWN = "unknown"

    def written(self, value: str) -> str:
        """A version of this form as one text."""
        return f"{self} {value}"

    @classmethod
    def read(cls, text: str) -> tuple[Self, str]:
        """The form and the value of a version. Raises ValueError."""
        form, _, value = text.partition(" ")
        return cls(form), value


def go_on_from(mark: str) -> str:
    """The version from which on rows are read again: somewhat before the newest one seen."""
    form, value = Form.read(mark)
    match form:
        case Form.INSTANT | Form.TIME:
            earlier = datetime.fromisoformat(value) - ALLOWANCE
            return form.written(earlier.isoformat(timespec="microseconds"))
        case Form.DAY:
            return form.written((date.fromisoformat(value) - ONE_DAY).isoformat())
        case Form.TEXT:
            return form.written(_earlier_text(value))
        case _:
            return mark


def _earlier_text(text: str) -> str:
    """The same spelling of a time before; fractions of seconds stay as they are."""
    digits = "".join(c for c in text if c.isdigit())
    length = next(n for n in _PATTERNS if len(digits) >= n)
    back = ONE_DAY if length == _DAY_DIGITS else ALLOWANCE
    earlier = datetime.strptime(digits[:length], _PATTERNS[length]) - back  # noqa: DTZ007 - no zone
    written = iter(earlier.strftime(_PATTERNS[length]) + digits[length:])
    return "".join(next(written) if c.isdigit() else c for c in text)


def _shape(text: str) -> str:
    return "".join("9" if c.isdigit() else c for c in text)


@dataclass(slots=True)
class Versions:
    """Takes the versions of rows in, and says whether and from where the next run may go on.

    Numbers must be drawn from one sequence of the table, or tell the time: a counter that every row
    has of its own is recognised by how few different values there are. Texts must be dates or times
    of one spelling that sorts. Versions that lie in the future say nothing of how far others are.
    """

    today: date
    known: str | None = None
    _newest: str | None = field(init=False, default=None)
    _shapes: set[tuple[Form, str]] = field(init=False, default_factory=set)
    _numbers: set[int] = field(init=False, default_factory=set)
    _seen: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        if self.known is not None:
            self.see(self.known)

    def see(self, version: str | None) -> None:
        """One more row; None: it has no version."""
        if version is None:
            return
        form, value = Form.read(version)
        self._shapes.add((form, _shape(value) if form is Form.TEXT else ""))
        if len(self._shapes) > 1:
            return
        if form is Form.NUMBER and self._seen < SAMPLE:
            self._seen += 1
            self._numbers.add(int(value))
        if not self._is_ahead(form, value) and self._is_newer(form, value):
            self._newest = version

    @property
    def mark(self) -> str | None:
        """The newest version; None where the column does not tell what is new."""
        if len(self._shapes) != 1 or self._newest is None:
            return None
        form, value = Form.read(self._newest)
        match form:
            case Form.NUMBER:
                return self._newest if self._is_sequence() else None
            case Form.TEXT:
                return self._newest if _STAMP.fullmatch(value) else None
            case Form.UNKNOWN:
                return None
            case _:
                return self._newest

    def _is_sequence(self) -> bool:
        is_known = self.known is not None
        return is_known or min(self._numbers) >= CERTAINLY_NO_COUNTER or self._are_different()

    def _are_different(self) -> bool:
        return len(self._numbers) > 1 and 2 * len(self._numbers) >= self._seen

    def _is_newer(self, form: Form, value: str) -> bool:
        if self._newest is None:
            return True
        newest = Form.read(self._newest)[1]
        return int(value) > int(newest) if form is Form.NUMBER else value > newest

    def _is_ahead(self, form: Form, value: str) -> bool:
        """Whether it is of a day that nobody's clock has reached."""
        if form is Form.NUMBER:
            return False
        digits = "".join(c for c in value if c.isdigit())[:_DAY_DIGITS]
        return digits > (self.today + ONE_DAY).strftime("%Y%m%d")

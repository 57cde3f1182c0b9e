"""How often each kind is planted: the brief's counts for its city, scaled, but always some."""

from typing import Final

CITY_PERSONS: Final = 188_000
CITY_UNITS: Final = 6_700
CITY_DIFFERENCES: Final = 93_000
CITY_MISMATCHES: Final = 210
CITY_LASTING: Final = 154
CITY_FROZEN_UNITS: Final = 64
LEAST: Final = 2


def by_persons(per_city: int, persons: int, least: int = LEAST) -> int:
    """A count of the brief's city scaled to so many persons."""
    return max(least, round(per_city * persons / CITY_PERSONS))


def by_units(per_city: int, units: int, least: int = LEAST) -> int:
    """A count of the brief's city scaled to so many units."""
    return max(least, round(per_city * units / CITY_UNITS))


def differences(persons: int) -> int:
    """How many values differ over all pairs of indicator and non-authority department."""
    return round(CITY_DIFFERENCES * persons / CITY_PERSONS)

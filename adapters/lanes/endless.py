"""PostgreSQL's endless dates, which a driver may give as the last or first day that Python has."""

from typing import Final

ENDLESS: Final[dict[int, str]] = {}
"""By the identity of the driver's own objects: a stored 9999-12-31 is an equal but other one."""

"""The four departments and the orders in which they are shown and asked."""

from enum import StrEnum
from typing import Final


class Department(StrEnum):
    """One of the four departments that keep their own books."""

    ORGANIZATION = "organization"
    ESTABLISHMENT = "establishment"
    FINANCE = "finance"
    HR = "hr"

    __hash__ = str.__hash__  # that of an enum is a call in Python


RECORD_ORDER: Final = (
    Department.ORGANIZATION,
    Department.ESTABLISHMENT,
    Department.FINANCE,
    Department.HR,
)
PERSON_DRIVERS: Final = (
    Department.ESTABLISHMENT,
    Department.HR,
    Department.ORGANIZATION,
    Department.FINANCE,
)
UNIT_DRIVERS: Final = (
    Department.ESTABLISHMENT,
    Department.ORGANIZATION,
    Department.HR,
    Department.FINANCE,
)

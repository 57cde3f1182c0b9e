"""What can go wrong while a city is made; the messages are for the person who asked for it."""

from domain.model.departments import Department
from domain.model.errors import BadInputError, FourfoldError


class CityOptionsError(BadInputError):
    """A city that cannot be made as asked: too small, or a folder that will not do."""


class CityDatabaseError(FourfoldError):
    """A department's database refused; carries neither URL nor driver text."""

    def __init__(self, department: Department, what: str) -> None:
        super().__init__(f"the database of {department} {what}")
        self.department = department

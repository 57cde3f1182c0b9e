"""What the city file says of one source, as the adapter takes it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from adapters.breaker import BreakerOptions
from domain.model.departments import Department
from domain.model.errors import BadInputError
from domain.model.keys import DivisionCode, SourceName

HOW_URLS_ARE_WRITTEN: Final = (
    "write it like postgresql://user@host/database, and @ : / # in a password as %40 %3A %2F %23"
)
HOW_TO_GET_IT: Final = "correct the URL, or install the driver: docs/mapping.md, Which databases"


def read_url(text: str) -> URL:
    """The URL of a database. Raises BadInputError, which repeats nothing of it."""
    try:
        return make_url(text)
    except (ArgumentError, ValueError):  # the text of a ValueError holds a part of the password
        raise BadInputError(f"the URL cannot be read: {HOW_URLS_ARE_WRITTEN}") from None


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """One source: who, where, and how hard it may be used; times in seconds."""

    name: SourceName
    department: Department
    url: URL
    mapping: Path
    divisions: tuple[DivisionCode, ...] = ()
    max_connections: int = 4
    max_waiting: int = 512
    max_keys: int = 512
    connect_timeout: float = 3.0
    statement_timeout: float = 5.0
    deadline: float = 8.0
    batch_timeout: float = 60.0
    watch_after: float = 60.0
    breaker: BreakerOptions = field(default_factory=BreakerOptions)

    @property
    def backend(self) -> str:
        """The kind of database, as postgresql or mariadb."""
        return self.url.get_backend_name()

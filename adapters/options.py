"""What the city file says of one source, as the adapter takes it."""

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL

from adapters.breaker import BreakerOptions
from domain.model.departments import Department
from domain.model.keys import DivisionCode, SourceName


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

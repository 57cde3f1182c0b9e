"""The city that is asked: five databases, filled and linked by our own commands."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from pydantic import SecretStr

from benchmarks.databases import MARIADB, POSTGRESQL, query
from benchmarks.errors import BenchmarkError
from benchmarks.fourfold import ROOT, run_fourfold
from benchmarks.jobs.job import CityData
from benchmarks.keeper import open_keeper
from domain.model.departments import Department
from domain.model.errors import MappingError
from settings import read_settings
from store.sealing import Seals

PLATFORM_URL: Final = "FOURFOLD_PLATFORM__URL"
PERSONS_A_UNIT: Final = 25
LEAST_PERSONS: Final = 1000
_PORTS: Final = {POSTGRESQL: 5432, MARIADB: 3306}
_KINDS: Final = {
    Department.ORGANIZATION: MARIADB,
    Department.ESTABLISHMENT: POSTGRESQL,
    Department.FINANCE: MARIADB,
    Department.HR: POSTGRESQL,
}


@dataclass(frozen=True, slots=True)
class BenchCity:
    """A linked city; the floor connects with `told`, jobs take their keys from `data`."""

    config: Path
    told: dict[str, Any]  # Any: written as JSON
    data: CityData


@contextmanager
def made_city(persons: int) -> Iterator[BenchCity]:
    """A new city while the block lasts. Raises BenchmarkError."""
    with open_keeper(ROOT) as keeper:
        folder = keeper.folder()
        urls = {each: keeper.database(kind) for each, kind in _KINDS.items()}
        # Settings take the environment before the file: the city's own SQLite platform is not used.
        os.environ[PLATFORM_URL] = keeper.database(POSTGRESQL)
        places = [f"--url={department}={url}" for department, url in urls.items()]
        size = [f"--persons={persons}", f"--units={persons // PERSONS_A_UNIT}"]
        run_fourfold("demo", "make", f"--dir={folder}", *size, *places)
        run_fourfold("link", f"--config={folder / 'city.toml'}")
        yield opened_city(folder / "city.toml")


def opened_city(config: Path) -> BenchCity:
    """A city that is there and linked already. Raises BenchmarkError."""
    try:
        settings = read_settings(config)
    except MappingError as error:
        raise BenchmarkError(str(error)) from error
    secret = partial(_secret, config.parent)
    part = settings.platform
    platform = secret(part.url, part.url_file)
    urls = {each.department: secret(each.url, each.url_file) for each in settings.sources.values()}
    if not platform.startswith(POSTGRESQL) or {*settings.sources} != {*map(str, _KINDS)}:
        raise BenchmarkError("the floor wants a demo city with its platform on PostgreSQL")
    keys = [
        secret(part.index_key, part.index_key_file),
        secret(part.data_key, part.data_key_file),
    ]
    told = {
        "keys": keys,
        "platform": _place(platform, part.pool_size),
        "sources": {
            name: _place(urls[each.department], each.max_connections)
            for name, each in settings.sources.items()
        },
    }
    data = CityData(
        department=lambda department, sql: query(urls[department], sql),
        platform=lambda sql: query(platform, sql),
        seals=Seals(*map(bytes.fromhex, keys)),
    )
    return BenchCity(config, told, data)


def _secret(folder: Path, plain: SecretStr | None, file: Path | None) -> str:
    """A URL or key that stands in the settings, or in a file they name."""
    if plain is not None:
        return plain.get_secret_value()
    try:
        return (folder / (file or "")).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BenchmarkError(f"{file} cannot be read") from error


def _place(text: str, size: int) -> dict[str, object]:
    """What the floor's drivers connect with."""
    url = sa.make_url(text)
    kind = url.get_backend_name()
    if kind not in _PORTS:
        raise BenchmarkError("the floor reads PostgreSQL and MariaDB only")
    connect = {
        "host": url.host,
        "port": url.port or _PORTS[kind],
        "user": url.username,
        "password": url.password or "",
        "database": url.database,
    }
    return {"kind": kind, "size": size, "connect": connect}

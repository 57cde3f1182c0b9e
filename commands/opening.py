"""Opens a city from its file: sources, platform database, clock; closes them in reverse."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog
from pydantic import SecretStr
from sqlalchemy import URL

from adapters.breaker import BreakerOptions
from adapters.opening import Source, open_source
from adapters.options import HOW_URLS_ARE_WRITTEN, SourceOptions, read_url
from adapters.port import SourceReader
from domain.model.errors import BadInputError, Finding, MappingError, SourceError
from domain.model.keys import DivisionCode, SourceName
from domain.model.tracing import NoSpans, Spans
from resolvers.sharing import CacheCounts
from settings import PlatformPart, Settings, SourcePart, read_settings
from store.audit.opening import CONNECTIONS, AuditLog
from store.database import Store, StoreOptions, open_store
from store.rekeying import is_under

Clock = Callable[[], datetime]
_log = structlog.get_logger("app")


@dataclass(frozen=True, slots=True)
class City:
    """A city's sources and platform database while they are open; `folder` is its file's.

    `audit` is the log where entries are kept; `through` what stands before a source where requests
    do not read it directly.
    """

    readers: list[Source]
    store: Store
    folder: Path = Path()
    audit: AuditLog | None = None
    through: Mapping[SourceName, SourceReader] = field(default_factory=dict)
    cache_counts: Callable[[], CacheCounts] = dict

    @property
    def asked(self) -> list[SourceReader]:
        """What requests read."""
        return [self.through.get(each.description.name, each) for each in self.readers]


def utc_now() -> datetime:
    """The clock of the process."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_city(
    config: Path,
    settings: Settings | None = None,
    clock: Clock = utc_now,
    *,
    spans: Spans | None = None,
) -> AsyncIterator[City]:
    """The city of a file while the block lasts. Raises MappingError for unusable settings."""
    settings = settings or read_settings(config)
    folder = config.parent
    options = source_options(settings, folder)
    async with open_store(store_options(settings.platform, folder)) as store:
        readers = [open_source(one, clock, spans or NoSpans()) for one in options]
        try:
            yield City(readers, store, folder)
        finally:
            for reader in readers:
                await reader.close()


async def look_at(source: Source) -> None:
    """Sees the live schema at start; a source that is down is seen again on its first use."""
    try:
        await source.open()
    except SourceError as error:
        _log.warning("source_down", source=error.source, code=error.code, reason=error.reason)


async def look_at_links(store: Store) -> None:
    """Tells of an index key under which no link is found: everybody would be a stranger."""
    if not await is_under(store.database, store.seals):
        _log.error(
            "links_under_another_key",
            remedy="name the index key that the links were made with, or run fourfold link --rekey",
        )


def source_options(settings: Settings, folder: Path) -> list[SourceOptions]:
    """The sources of the settings, paths taken from the city file's folder."""
    return [_source(name, part, folder) for name, part in settings.sources.items()]


def _source(name: str, part: SourcePart, folder: Path) -> SourceOptions:
    return SourceOptions(
        name=SourceName(name),
        department=part.department,
        url=_url(secret_text(part.url, part.url_file, folder), folder, f"source {name}"),
        mapping=folder / part.mapping,
        divisions=tuple(DivisionCode(code) for code in part.divisions),
        max_connections=part.max_connections,
        max_waiting=part.max_waiting,
        max_keys=part.max_keys,
        connect_timeout=part.connect_timeout,
        statement_timeout=part.statement_timeout,
        deadline=part.deadline,
        breaker=BreakerOptions(part.breaker_failures, part.retry_after, part.retry_at_most),
    )


def store_options(part: PlatformPart, folder: Path) -> StoreOptions:
    """The platform database of the settings."""
    url = _url(secret_text(part.url, part.url_file, folder), folder, "[platform]")
    return StoreOptions(
        url=url.render_as_string(hide_password=False),
        index_key=read_key(secret_text(part.index_key, part.index_key_file, folder)),
        data_key=read_key(secret_text(part.data_key, part.data_key_file, folder)),
        pool_size=part.pool_size,
        old_data_key=_old_data_key(part, folder),
    )


def _old_data_key(part: PlatformPart, folder: Path) -> bytes | None:
    if part.old_data_key is None and part.old_data_key_file is None:
        return None
    return read_key(secret_text(part.old_data_key, part.old_data_key_file, folder))


def connections(settings: Settings) -> int:
    """The most connections one process opens: every source's cap, the platform's pool, the log."""
    audited = CONNECTIONS if settings.is_audited else 0
    sources = sum(part.max_connections for part in settings.sources.values())
    return settings.platform.pool_size + audited + sources


def secret_text(plain: SecretStr | None, file: Path | None, folder: Path) -> str:
    """A secret that is given plainly or in a file. Raises MappingError."""
    if plain is not None:
        return plain.get_secret_value()
    path = folder / (file or Path())
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        finding = Finding(
            str(path), 1, "the secret file cannot be read", "correct its path or rights"
        )
        raise MappingError([finding]) from error


def read_key_file(path: Path) -> bytes:
    """A platform key of 32 bytes or more from a file. Raises MappingError."""
    return read_key(secret_text(None, path, Path()))


def read_key(text: str) -> bytes:
    """A platform key of 32 bytes or more, written in hexadecimal digits. Raises MappingError."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < 32:
        finding = Finding(
            "[platform]", 1, "a key is too short", "give 64 hexadecimal digits or more"
        )
        raise MappingError([finding])
    return key


def _url(text: str, folder: Path, place: str) -> URL:
    """A database URL; SQLite files are found from the city file's folder."""
    try:
        url = read_url(text)
    except BadInputError:
        finding = Finding(place, 1, "the URL cannot be read", HOW_URLS_ARE_WRITTEN)
        raise MappingError([finding]) from None
    if url.get_backend_name() != "sqlite" or not url.database:
        return url
    return url.set(database=str(folder / url.database))

"""The audit log out of the settings: its key, made at the first start, and where anchors go."""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from commands.opening import Clock, read_key, read_key_file, store_options
from domain.audit.alerting import Thresholds
from domain.model.errors import Finding, MappingError
from settings import AuditPart, Settings
from store.audit.opening import AuditLog, AuditOptions, open_audit_log
from store.database import Store

KEY_FILE: Final = "audit.key"
KEY_BYTES: Final = 32


@asynccontextmanager
async def open_audit(
    settings: Settings, store: Store, clock: Clock, folder: Path
) -> AsyncIterator[AuditLog | None]:
    """The log while the block lasts; None where entries are not kept. Raises MappingError."""
    if not settings.is_audited:
        yield None
        return
    async with open_audit_log(store, audit_options(settings, folder), clock) as log:
        yield log


def audit_options(settings: Settings, folder: Path) -> AuditOptions:
    """Where the log is and under which secret. Raises MappingError."""
    part = settings.audit
    return AuditOptions(
        url=store_options(settings.platform, folder).url,
        secret=_secret(part, folder),
        earlier=tuple(read_key_file(folder / path) for path in part.old_key_files),
        anchor_file=folder / part.anchor_file if part.anchor_file else None,
        anchor_seconds=part.anchor_minutes * 60.0,
        anchor_entries=part.anchor_entries,
        seconds=part.wait_seconds,
        alerts=Thresholds(**part.alerts.model_dump()),
    )


def _secret(part: AuditPart, folder: Path) -> bytes:
    if part.key is not None:
        return read_key(part.key.get_secret_value())
    if part.key_file is not None:
        return read_key_file(folder / part.key_file)
    path = folder / KEY_FILE
    if not path.exists():
        _make_key(path)
    return read_key_file(path)


def _make_key(path: Path) -> None:
    """Makes the key once, whole, however many processes start at the same time."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    except OSError as error:
        remedy = "give [audit] key_file, or let the folder be written to"
        raise MappingError([Finding(str(path), 1, "no audit key can be made", remedy)]) from error

"""Fixtures of the tests of the audit log."""

from collections.abc import AsyncIterator

import pytest

from store.audit.opening import AuditLog
from tests.support.auditing import audit_options, opened


@pytest.fixture(name="log")
async def _log(url: str) -> AsyncIterator[AuditLog]:
    async with opened(audit_options(url)) as found:
        yield found

"""Fixtures of the tests of the audit log."""

from collections.abc import AsyncIterator

import pytest

from store.audit.opening import AuditLog
from tests.support.auditing import audit_options, opened
from tests.support.databases import DatabaseMaker, Kind


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], name="url"
)
def _url(request: pytest.FixtureRequest, make_database: DatabaseMaker) -> str:
    kind: Kind = request.param
    return make_database(kind)


@pytest.fixture(name="log")
async def _log(url: str) -> AsyncIterator[AuditLog]:
    async with opened(audit_options(url)) as found:
        yield found

"""The public keys of one issuer, fetched seldom and kept while the issuer is away."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from auth.ports import Clock
from auth.tokens.jose import PublicKey
from domain.model.errors import FourfoldError

APART: Final = timedelta(seconds=30)
Load = Callable[[], Awaitable[Mapping[str, PublicKey]]]
_log = structlog.get_logger("auth")


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where an issuer's keys come from, and how long they count as fresh."""

    issuer: str
    load: Load
    lifetime: timedelta


class CachedKeys:
    """Keys by id: one fetch at a time, and at most one in 30 s whatever unknown ids are asked."""

    def __init__(self, source: KeySource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._keys: Mapping[str, PublicKey] = {}
        self._tried_at: datetime | None = None
        self._fetched_at: datetime | None = None
        self._fetching = asyncio.Lock()

    async def find(self, kid: str) -> PublicKey | None:
        """The key of an id; the last good keys answer while the issuer does not."""
        known, is_fetching = self._keys.get(kid), self._fetching.locked()
        # A caller whose key is known does not wait for somebody else's fetch; another one does.
        if (known is None and is_fetching) or (not is_fetching and self._is_due(known)):
            async with self._fetching:
                if self._is_due(self._keys.get(kid)):
                    await self._fetch()
        return self._keys.get(kid)

    def _is_due(self, known: PublicKey | None) -> bool:
        is_stale = not self._is_within(self._fetched_at, self._source.lifetime)
        is_rested = not self._is_within(self._tried_at, APART)
        return is_rested and (known is None or is_stale)

    def _is_within(self, since: datetime | None, time: timedelta) -> bool:
        """Whether so much has not passed; a clock that was set back makes nothing last longer."""
        return since is not None and since <= self._clock() < since + time

    async def _fetch(self) -> None:
        self._tried_at = self._clock()
        try:
            self._keys = await self._source.load()
        except FourfoldError as error:
            _log.warning("issuer_keys_unavailable", issuer=self._source.issuer, reason=str(error))
        else:
            self._fetched_at = self._clock()

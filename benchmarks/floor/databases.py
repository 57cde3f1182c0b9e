"""The open databases of the floor: four departments' and the platform's, with its hashes."""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

from benchmarks.floor.pools import MariadbPool, Pool, PostgresqlPool, open_pool
from store.sealing import Seals


@dataclass(frozen=True, slots=True)
class Databases:
    """Pools by source name, the platform's, and the seals that make its hashes."""

    sources: dict[str, PostgresqlPool | MariadbPool]
    platform: PostgresqlPool
    seals: Seals

    @property
    def all(self) -> list[Pool]:
        """Every pool."""
        return [*self.sources.values(), self.platform]

    @property
    def statements(self) -> int:
        """How many statements were sent since the start."""
        return sum(pool.statements for pool in self.all)

    async def close(self) -> None:
        """Closes all connections."""
        await asyncio.gather(*(pool.close() for pool in self.all))


async def open_databases(told: dict[str, Any]) -> Databases:  # Any: parsed JSON
    """All pools at once, from what benchmarks.servers writes."""
    names = list(told["sources"])
    *sources, platform = await asyncio.gather(
        *(open_pool(told["sources"][name]) for name in names), open_pool(told["platform"])
    )
    seals = Seals(*map(bytes.fromhex, told["keys"]))
    readers = cast("list[PostgresqlPool | MariadbPool]", sources)
    return Databases(
        dict(zip(names, readers, strict=True)), cast("PostgresqlPool", platform), seals
    )

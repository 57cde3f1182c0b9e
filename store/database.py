"""Opens the platform database: engine, tables, and what is kept in it."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, text

from domain.model.errors import PlatformError
from domain.model.keys import EntityKind, LocalKey
from domain.model.tally import Tally
from store.accounts import Accounts
from store.budgets import BudgetCounts
from store.changes import ChangeLog
from store.client_grants import ClientGrants
from store.clients import Clients
from store.engine import Database, LinkMemory, UnitMemory
from store.finding import find_in
from store.forms import Owner, OwnerRow, OwnerRows
from store.links import PEOPLE, UNITS, key_indexes
from store.migrating import migrate
from store.owners import find_owners
from store.people import LinkedPerson, PersonAsk, PersonLinks
from store.records import LinkRecords
from store.sealing import Seals
from store.sessions import Sessions
from store.sign_in_counts import SignInCounts
from store.signing_keys import SigningKeys
from store.tables import METADATA
from store.units import LinkedUnit, UnitAsk, UnitLinks


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """Where the platform database is and under which secrets (32 bytes or more each).

    What `old_data_key` sealed is read, and nothing is sealed under it any more.

    `url` is `sqlite:///path` or `postgresql://...`; the driver is filled in.
    """

    url: str = field(repr=False)
    index_key: bytes = field(repr=False)
    data_key: bytes = field(repr=False)
    pool_size: int = 5
    old_data_key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Store:
    """The open platform database."""

    database: Database
    seals: Seals
    people: PersonLinks
    units: UnitLinks

    async def find(
        self, people: Sequence[PersonAsk], units: Sequence[UnitAsk], tally: Tally
    ) -> tuple[list[LinkedPerson | None], list[LinkedUnit | None]]:
        """The persons and units of both batches, as their own `find` gives them, by one statement.

        By two where there are more than 500 different questions of one kind, and so on.
        """
        persons = [self.people.question(ask) for ask in people]
        places = [self.units.question(ask) for ask in units]
        found = await find_in(self.database, {PEOPLE: persons, UNITS: places}, tally)
        return (
            [self.people.answer(question, found[PEOPLE]) for question in persons],
            [self.units.answer(question, found[UNITS]) for question in places],
        )

    async def owners(
        self, people: Sequence[LocalKey], units: Sequence[LocalKey], tally: Tally
    ) -> tuple[Sequence[Owner | None], Sequence[Owner | None]]:
        """Who has these keys, in their order and by one statement: keys alone, without any link.

        None for a person without a record in force.
        """
        memory = self.database.units
        if memory is None or not units:
            persons, places = await self._owners(people, units, tally)
        else:
            since, known = memory.begin(), memory.find(units)
            new = [key for key, row in zip(units, known, strict=True) if row is None]
            persons, places = await self._owners(people, new, tally) if people or new else ((), ())
            memory.keep(new, places, since)
            places = filled(known, places) if new else known
        owners = OwnerRows(self.seals, persons) if people else ()
        return owners, OwnerRows(self.seals, places, alone=True) if units else ()

    async def _owners(
        self, people: Sequence[LocalKey], units: Sequence[LocalKey], tally: Tally
    ) -> tuple[Sequence[OwnerRow], Sequence[OwnerRow]]:
        keys = {PEOPLE: people, UNITS: units}
        asked = {table: key_indexes(self.seals, own) for table, own in keys.items() if own}
        found = await find_owners(self.database, asked, tally)
        return found.get(PEOPLE, ()), found.get(UNITS, ())

    def records(self, entity: EntityKind) -> LinkRecords:
        """What linking saw of the records of one kind."""
        return LinkRecords(self.database, self.seals, entity)

    @property
    def accounts(self) -> Accounts:
        """The accounts of the built-in login."""
        return Accounts(self.database, self.seals)

    @property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return Sessions(self.database, self.seals)

    @property
    def signing_keys(self) -> SigningKeys:
        """The provider's keys."""
        return SigningKeys(self.database, self.seals)

    @property
    def clients(self) -> Clients:
        """The systems that sign people in here."""
        return Clients(self.database)

    @property
    def client_grants(self) -> ClientGrants:
        """What they were granted."""
        return ClientGrants(self.database)

    @property
    def sign_in_counts(self) -> SignInCounts:
        """Failed sign-ins."""
        return SignInCounts(self.database, self.seals)

    @property
    def budgets(self) -> BudgetCounts:
        """What subjects have asked for."""
        return BudgetCounts(self.database, self.seals)

    def remembering(self, memory: LinkMemory | None, units: UnitMemory | None = None) -> "Store":
        """The same store, whose answers about links are kept for a while, or about units alone."""
        database = self.database.remembering(memory, units)
        return Store(
            database,
            self.seals,
            people=PersonLinks(database, self.seals),
            units=UnitLinks(database, self.seals),
        )

    def changes(self, clock: Callable[[], datetime]) -> ChangeLog:
        """What every process has changed."""
        return ChangeLog(self.database, clock)

    async def refresh_statistics(self) -> None:
        """Let the database plan anew after much was written.

        PostgreSQL keeps the plans it made for a connection while the tables were empty: a batch
        of links read by them took 2 s instead of 10 ms. ANALYZE throws such plans away.
        """
        if self.database.engine.dialect.name == "postgresql":
            async with self.database.writing() as connection:
                await connection.execute(text(f"ANALYZE {', '.join(METADATA.tables)}"))

    async def is_answering(self) -> bool:
        """Whether the database answers now."""
        try:
            await self.database.read(select(1), {})
        except PlatformError:
            return False
        return True


@asynccontextmanager
async def open_store(options: StoreOptions) -> AsyncIterator[Store]:
    """The store while the block lasts; makes the tables and brings them up to date.

    Raises BadInputError for a URL of another kind of database, PlatformError where it is away.
    """
    seals = Seals(options.index_key, options.data_key, options.old_data_key)
    database = Database(options.url, options.pool_size)
    try:
        await migrate(database)
        yield Store(database, seals, PersonLinks(database, seals), UnitLinks(database, seals))
    finally:
        await database.close()


def filled(known: Sequence[OwnerRow | None], new: Iterable[OwnerRow]) -> list[OwnerRow]:
    """What is known, and what was read where nothing was, in its order."""
    rest = iter(new)
    return [next(rest) if row is None else row for row in known]

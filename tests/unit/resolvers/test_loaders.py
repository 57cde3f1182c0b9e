"""Questions of one level are asked together, and equal ones once."""

import asyncio

from domain.catalogue.handles import GENDER, PERSON_NAME
from domain.model.departments import RECORD_ORDER
from domain.model.keys import EntityKind, LocalKey, PersonId
from domain.model.pools import PoolRow
from domain.model.subjects import IdentityState, Subject
from resolvers.pools import PoolAsk, PoolsWanted
from resolvers.searching import NumberAsk
from resolvers.wanted import Wanted
from store.people import PersonAsk
from tests.unit.resolvers.city import CitySource, Stored, a_context, a_key

ORG, EST, FIN, HR = RECORD_ORDER
NAME, BOTH = (Wanted(values=frozenset(names)) for names in ([PERSON_NAME], [PERSON_NAME, GENDER]))


def a_person(key: LocalKey) -> Subject:
    return Subject(EntityKind.PERSON, key.text, IdentityState.LINKED, (key,))


async def test_facts_of_one_level_are_one_order_a_source() -> None:
    hr = CitySource(HR, [Stored(key, {PERSON_NAME: "张三", GENDER: "1"}) for key in "12"])
    load = a_context(hr).loaders.facts[EntityKind.PERSON].load
    first, second = a_person(a_key(hr, "1")), a_person(a_key(hr, "2"))

    found = await asyncio.gather(load((first, NAME)), load((second, BOTH)), load((first, NAME)))

    assert [gathered.subject for gathered in found] == [first, second, first]
    assert len(hr.orders) == 1


async def test_facts_asked_for_later_are_not_read_again() -> None:
    hr = CitySource(HR, [Stored("1", {PERSON_NAME: "张三"})])
    load = a_context(hr).loaders.facts[EntityKind.PERSON].load
    subject = a_person(a_key(hr))

    await load((subject, NAME))
    await load((subject, NAME))

    assert len(hr.orders) == 1


async def test_searches_of_one_level_are_one_search_a_source() -> None:
    hr = CitySource(HR)
    load = a_context(hr).loaders.numbers.load

    await asyncio.gather(load(NumberAsk("370702196803121239", NAME)), load(NumberAsk("1", BOTH)))

    assert len(hr.orders) == 1


async def test_questions_to_the_links_are_one_statement() -> None:
    context = a_context()
    asks = [PersonAsk(person_id=PersonId(local)) for local in ("p1", "p2", "p1")]

    await asyncio.gather(*map(context.loaders.person_links.load, asks))

    assert context.reads.tally.statements == {"platform": 1}


async def test_pools_of_one_level_are_read_together() -> None:
    office = CitySource(EST, pool_rows=[PoolRow("U1", "3", 1, 0), PoolRow("U2", "3", 1, 0)])
    context = a_context(office)
    wanted = PoolsWanted(occupied=False, plans=False, headcount=False)
    units = [
        Subject(EntityKind.UNIT, code, IdentityState.LINKED, (a_key(office, code),))
        for code in ("U1", "U2")
    ]

    found = await asyncio.gather(
        *(
            context.loaders.pools.load(PoolAsk(unit, wanted, context.today, context.now))
            for unit in units
        )
    )

    assert [pools and pools[0].unit for pools in found] == units
    assert office.tables == {"pool": 1}

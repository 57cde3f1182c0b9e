"""In any city, frugal reading answers as if everything had been read, and costs little."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalogue.handles import (
    BIRTH_DATE,
    DESTINATION_UNIT_CODE,
    ESTABLISHMENT_EXIT_DATE,
    ESTABLISHMENT_EXIT_DOC_NO,
    EXIT_DATE,
    EXIT_MODE,
    PERSON_NAME,
    PERSON_STATUS,
    WORK_START_DATE,
)
from domain.catalogue.indicators import catalogue
from domain.identity.stitching import Gathered, stitch_rows, stitch_value
from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import EntityKind, IndicatorName
from domain.model.records import ChildRow
from domain.model.subjects import IdentityState, Subject, ordered_keys
from resolvers.gathering import gather
from resolvers.wanted import Wanted
from tests.unit.resolvers.city import CitySource, Stored, a_key, reading

EXT = catalogue().category_of(EXIT_DATE)
COLUMNS = (ESTABLISHMENT_EXIT_DATE, DESTINATION_UNIT_CODE, ESTABLISHMENT_EXIT_DOC_NO, EXIT_MODE)
SINGLES = (PERSON_NAME, BIRTH_DATE, WORK_START_DATE, PERSON_STATUS)
NAMES = frozenset({*COLUMNS, *SINGLES})
DAYS = (date(2001, 7, 1), date(2008, 7, 1), date(2012, 7, 1))
PEOPLE = ("1", "2")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One department: what it maps, the exits of the people it has, and how it does.

    `gone` are people that a link leads to and who are not there any more.
    """

    maps: frozenset[IndicatorName]
    exits: Mapping[str, list[date]]
    gone: frozenset[str]
    is_down: bool
    is_empty: bool


DEPARTMENTS = st.builds(
    Drawn,
    maps=st.frozensets(st.sampled_from([*COLUMNS, *SINGLES])),
    exits=st.dictionaries(st.sampled_from(PEOPLE), st.lists(st.sampled_from(DAYS), max_size=3)),
    gone=st.frozensets(st.sampled_from(PEOPLE)),
    is_down=st.sampled_from([False, False, True]),
    is_empty=st.booleans(),
)
CITIES = st.fixed_dictionaries(dict.fromkeys(Department, DEPARTMENTS))


def a_source(department: Department, drawn: Drawn) -> CitySource:
    held = {n for n in (*drawn.maps, EXIT_DATE) if department in catalogue().indicators[n].holders}
    said = None if drawn.is_empty else department.value
    columns = dict.fromkeys(held.intersection(COLUMNS), said)
    people = [
        Stored(
            key,
            dict.fromkeys(held.intersection(SINGLES), said),
            {EXT.code: [ChildRow({**columns, EXIT_DATE: day}) for day in days]},
        )
        for key, days in drawn.exits.items()
    ]
    return CitySource(department, people, also=sorted(held), is_down=drawn.is_down)


def a_person(
    key: str, sources: Mapping[Department, CitySource], city: Mapping[Department, Drawn]
) -> Subject:
    linked = [d for d, drawn in city.items() if key in drawn.exits or key in drawn.gone]
    keys = ordered_keys((a_key(sources[d], key) for d in linked), RECORD_ORDER)
    return Subject(EntityKind.PERSON, key, IdentityState.LINKED, keys)


async def read(
    city: Mapping[Department, Drawn], wanted: Wanted
) -> tuple[list[Gathered], list[CitySource]]:
    sources = {department: a_source(department, drawn) for department, drawn in city.items()}
    asks = [(a_person(key, sources, city), wanted) for key in PEOPLE]
    found = await gather(reading(*sources.values()), EntityKind.PERSON, asks)
    return found, list(sources.values())


def answers(found: Gathered) -> object:
    indicators = catalogue().indicators
    singles = [stitch_value(found, indicators[name]) for name in SINGLES]
    return singles, stitch_rows(found, EXT, frozenset(COLUMNS))


@settings(max_examples=40)
@given(CITIES)
@pytest.mark.asyncio
async def test_frugal_reading_answers_as_if_everything_had_been_read(
    city: dict[Department, Drawn],
) -> None:
    frugal, _ = await read(city, Wanted(values=NAMES))
    whole, _ = await read(city, Wanted(values=NAMES, whole=True))

    assert [answers(each) for each in frugal] == [answers(each) for each in whole]


@settings(max_examples=40)
@given(CITIES)
@pytest.mark.asyncio
async def test_whatever_fails_or_is_missing_no_table_is_read_three_times(
    city: dict[Department, Drawn],
) -> None:
    _, sources = await read(city, Wanted(values=NAMES))

    assert max(count for source in sources for count in (0, *source.tables.values())) <= 2
    assert all(source.calls <= 1 for source in sources if source.is_down)


@settings(max_examples=25)
@given(CITIES)
@pytest.mark.asyncio
async def test_records_read_every_table_at_most_once(city: dict[Department, Drawn]) -> None:
    _, sources = await read(city, Wanted(values=NAMES, whole=True))

    assert max(count for source in sources for count in (0, *source.tables.values())) <= 1


@settings(max_examples=25)
@given(CITIES)
@pytest.mark.asyncio
async def test_what_is_read_is_what_was_asked_for_and_row_keys(
    city: dict[Department, Drawn],
) -> None:
    _, sources = await read(city, Wanted(values=frozenset({PERSON_NAME, EXIT_MODE})))

    assert all(s.asked_for <= {PERSON_NAME, EXIT_MODE, EXIT_DATE} for s in sources)

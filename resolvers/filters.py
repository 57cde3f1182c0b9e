"""What lists may be filtered by, and the conditions that a source is asked with. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from adapters.port import Condition, Operator, PoolFilter
from domain.catalogue import handles
from domain.catalogue.codes import code_set
from domain.catalogue.hierarchy import division_stem, with_all_below
from domain.catalogue.indicators import catalogue
from domain.identity.id_numbers import is_searchable, spellings
from domain.identity.spellings import person_spellings, unit_part_spellings, unit_spellings
from domain.model.access import Access, Decision
from domain.model.errors import BadInputError
from domain.model.keys import IndicatorName
from domain.model.quota import FreezeStatus
from resolvers.sight import check_filter

MAX_VALUES: Final = 200
MAX_TEXT: Final = 100
_DIVISION: Final = re.compile(r"[0-9]{2,12}", re.ASCII)
MOST_FILTERS: Final = 256
Codes = tuple[str, ...] | None


class PersonFilter(NamedTuple):
    """Which persons are listed; what is None does not matter."""

    name: str | None = None
    name_prefix: str | None = None
    id_numbers: Codes = None
    unit_id: str | None = None
    unit_code: str | None = None
    with_subordinates: bool = False
    division: str | None = None
    establishment_type: Codes = None
    occupancy_status: Codes = None
    person_status: Codes = None
    entered_from: date | None = None
    entered_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFilter:
    """Which units are listed; what is None does not matter."""

    name: str | None = None
    name_contains: str | None = None
    division: str | None = None
    nature: Codes = None
    level: Codes = None
    status: Codes = None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFilter:
    """Which pools are listed; what is None does not matter. `freeze` is sorted."""

    division: str | None = None
    unit_id: str | None = None
    establishment_type: Codes = None
    freeze: tuple[FreezeStatus, ...] | None = None
    min_over: int | None = None


def person_conditions(asked: PersonFilter) -> tuple[Condition, ...]:
    """All but the units. Raises BadInputError."""
    return tuple(_of_person(asked))


def unit_conditions(asked: UnitFilter) -> tuple[Condition, ...]:
    """All but the unit above. Raises BadInputError."""
    return tuple(_of_unit(asked))


def check_persons(asked: PersonFilter, conditions: Sequence[Condition], access: Access) -> None:
    """Whether the caller may ask so; whole ID numbers may be asked by who sees them masked.

    Raises ForbiddenError or BadInputError.
    """
    for condition in conditions:
        name = condition.indicator
        if name == handles.ID_NUMBER and access.ruling(name).decision is Decision.MASK:
            if not all(map(is_searchable, asked.id_numbers or ())):
                raise BadInputError("idNumbers 须为完整号码 (`idNumbers` are whole numbers)")
        else:
            check_filter(access, name)


@lru_cache(maxsize=MOST_FILTERS)
def pool_filter(asked: LedgerFilter) -> PoolFilter:
    """All but the unit. Raises BadInputError."""
    division, types = division_of(asked), asked.establishment_type
    _known(handles.ESTABLISHMENT_TYPE, types or (), handles.ESTABLISHMENT_TYPE)
    below = None if types is None else with_all_below(code_set("establishment_type"), types)
    return PoolFilter(
        division=None if division is None else division_stem(division),
        types=None if below is None else tuple(sorted(below)),
        freeze=None if asked.freeze is None else frozenset(asked.freeze),
        min_over=asked.min_over,
    )


def division_of(asked: PersonFilter | UnitFilter | LedgerFilter) -> str | None:
    """The division that says which sources may hold such rows. Raises BadInputError."""
    if asked.division is None or not asked.division.strip():
        return None
    code = asked.division.strip()
    if not _DIVISION.fullmatch(code):
        raise BadInputError(
            "division 应为 2 至 12 位数字的区划代码 (`division` is a code of 2 to 12 digits)"
        )
    return code


def _of_person(asked: PersonFilter) -> Iterator[Condition]:
    if asked.name is not None:
        yield Condition(
            handles.PERSON_NAME, Operator.IN, person_spellings(_text(asked.name, "name"))
        )
    if asked.name_prefix is not None:
        texts = person_spellings(_text(asked.name_prefix, "namePrefix"))
        yield Condition(handles.PERSON_NAME, Operator.BEGINS, texts)
    if asked.id_numbers is not None:
        yield Condition(handles.ID_NUMBER, Operator.IN, _numbers(asked.id_numbers))
    yield from _in_division(asked)
    yield from _coded(
        handles.ESTABLISHMENT_TYPE, asked.establishment_type, handles.ESTABLISHMENT_TYPE
    )
    yield from _coded(handles.OCCUPANCY_STATUS, asked.occupancy_status, handles.OCCUPANCY_STATUS)
    yield from _coded(handles.PERSON_STATUS, asked.person_status, handles.PERSON_STATUS)
    for operator, day in ((Operator.FROM, asked.entered_from), (Operator.TO, asked.entered_to)):
        if day is not None:
            yield Condition(handles.ESTABLISHMENT_ENTRY_DATE, operator, (day.isoformat(),))


def _of_unit(asked: UnitFilter) -> Iterator[Condition]:
    if asked.name is not None:
        yield Condition(handles.UNIT_NAME, Operator.IN, unit_spellings(_text(asked.name, "name")))
    if asked.name_contains is not None:
        texts = unit_part_spellings(_text(asked.name_contains, "nameContains"))
        yield Condition(handles.UNIT_NAME, Operator.CONTAINS, texts)
    yield from _in_division(asked)
    yield from _coded(handles.UNIT_NATURE, asked.nature, "nature")
    yield from _coded(handles.UNIT_LEVEL, asked.level, "level")
    yield from _coded(handles.UNIT_STATUS, asked.status, "status")


def _in_division(asked: PersonFilter | UnitFilter) -> Iterator[Condition]:
    code = division_of(asked)
    if code is not None:
        yield Condition(handles.UNIT_DIVISION, Operator.BEGINS, (division_stem(code),))


def _coded(name: IndicatorName, codes: Codes, argument: str) -> Iterator[Condition]:
    """A code that does not exist is told: a list without rows would look like an answer."""
    if codes is None:
        return
    _known(name, codes, argument)
    yield Condition(name, Operator.IN, codes)


def _known(name: IndicatorName, codes: Sequence[str], argument: str) -> None:
    _few(codes, argument)
    known = code_set(catalogue().indicators[name].code_set or "")
    if not all(code in known for code in codes):
        raise BadInputError(
            f"{argument} 含有代码集之外的代码 (`{argument}` has a code outside of its code set)"
        )


def _numbers(numbers: Sequence[str]) -> tuple[str, ...]:
    _few(numbers, "idNumbers")
    found = (text for each in numbers for text in spellings(_text(each, "idNumbers")))
    return tuple(dict.fromkeys(found))


def _few(values: Sequence[str], argument: str) -> None:
    if len(values) > MAX_VALUES:
        raise BadInputError(
            f"{argument} 一次最多 {MAX_VALUES} 项 (`{argument}` takes at most {MAX_VALUES} values)"
        )


def _text(text: str, argument: str) -> str:
    """A text that a database can be asked for."""
    if len(text) > MAX_TEXT or any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in text):
        raise BadInputError(
            f"{argument} 过长或含有无效字符 (`{argument}` is too long or has a broken character)"
        )
    return text

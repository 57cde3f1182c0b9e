"""A small linked city whose objects other subgraphs name: persons, units and their pools."""

import asyncio
from pathlib import Path
from typing import Final

from domain.identity.id_numbers import check_character
from tests.support.city import link, remember_no_unit
from tests.support.databases import DatabaseMaker, Kind
from tests.support.tiny import TinyCity, make_tiny_city

MANY: Final = 12
_STEMS: Final = [f"37070219850315{number:03}" for number in range(101, 101 + MANY)]
NUMBERS: Final = [stem + check_character(stem) for stem in _STEMS]
LINKED: Final = [f"U{number}" for number in range(MANY)]
NEW: Final = [f"N{number}" for number in range(MANY)]
NEWCOMERS: Final = [stem[:16] + "9" + check_character(stem[:16] + "9") for stem in _STEMS[:1]]


def make_federated_city(kind: Kind, folder: Path, make_database: DatabaseMaker) -> TinyCity:
    """Everything linked, save the units `NEW` and the person `NEWCOMERS`, who came later."""
    city = make_tiny_city(kind, folder, make_database)
    remember_no_unit(city.config)
    for number, (person, unit) in enumerate(zip(NUMBERS, LINKED, strict=True)):
        _add_person(city, number, person, unit)
        _add_unit(city, unit)
    asyncio.run(link(city.config))
    _add_person(city, MANY, NEWCOMERS[0], LINKED[0])
    for unit in NEW:
        _add_unit(city, unit)
    return city


def _add_person(city: TinyCity, number: int, person: str, unit: str) -> None:
    row = f"{number}, '张三', '{person}'"
    city.run(
        "establishment",
        f"INSERT INTO card (id, nm, idno, unit, ty) VALUES ({row}, '{unit}', '11')",
        f"INSERT INTO seats VALUES ({number}, '{unit}', '11', '2020-01-01', NULL)",
    )
    city.run(
        "finance",
        f"INSERT INTO member (pno, nm, idno, st, unit, ty) VALUES ({row}, '1', '{unit}', '11')",
    )


def _add_unit(city: TinyCity, code: str) -> None:
    city.run(
        "establishment",
        f"INSERT INTO office (code, nm, up) VALUES ('{code}', '机构{code}', 'U0')",
        f"INSERT INTO pools VALUES ('{code}', '11', 3, 0)",
    )
    city.run("finance", f"INSERT INTO budget VALUES ('{code}', '机构{code}', '{code}')")

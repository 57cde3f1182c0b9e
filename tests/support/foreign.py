"""Cities of well-known sample schemas that nobody here designed, split over four databases."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from adapters.port import Condition, ListOrder
from commands.opening import open_city
from domain.catalogue.handles import PERSON_NAME
from domain.model.departments import Department
from domain.model.global_ids import PERSON, UNIT, encode_id
from domain.model.keys import EntityKind, LocalKey, SourceName
from domain.model.tally import Tally
from store.people import PersonAsk
from store.units import UnitAsk
from tests.support.databases import DatabaseMaker, Kind
from tests.support.tiny import TinyCity

SAMPLES: Final = Path(__file__).parent / "foreign_samples"
_ENUMS: Final[Mapping[Kind, tuple[str, str]]] = {
    "sqlite": ("", "CHAR(1)"),
    "postgresql": ("CREATE TYPE gender AS ENUM ('M', 'F');", "gender"),
    "mariadb": ("", "ENUM('M', 'F')"),
}


def make_foreign_city(
    sample: str, kind: Kind, folder: Path, make_database: DatabaseMaker
) -> TinyCity:
    """The four databases of a sample with its mappings, on one kind of database."""
    city = TinyCity(kind, folder, {each.value: make_database(kind) for each in Department})
    for source, url in city.urls.items():
        path = SAMPLES / sample / f"{source}.toml"
        mapping = _filled(path.read_text(encoding="utf-8"), _words(kind, url))
        prepared = ["CREATE SCHEMA hr"] if kind == "postgresql" else []
        city.run(source, *prepared, *statements_of(path, kind, url))
        city.write_mapping(source, mapping.removeprefix("format = 1\n"))
    city.write_config()
    return city


def statements_of(mapping: Path, kind: Kind, url: str) -> list[str]:
    """The statements that make the database of a sample's mapping."""
    text = _filled(mapping.with_suffix(".sql").read_text(encoding="utf-8"), _words(kind, url))
    return [_quoted(kind, part) for part in text.split(";\n") if part.strip()]


def _words(kind: Kind, url: str) -> Mapping[str, str]:
    schemas = {"sqlite": "main", "postgresql": "hr", "mariadb": make_url(url).database}
    enums, gender = _ENUMS[kind]
    return {"{schema}": f"{schemas[kind]}.", "{enums}": enums, "{gender}": gender}


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def _quoted(kind: Kind, statement: str) -> str:
    """Names in quotes as the database writes them; the samples' texts hold no double quote."""
    return statement.replace('"', "`") if kind == "mariadb" else statement


async def listed(config: Path, *conditions: Condition) -> list[object]:
    """The names of the persons whom the Establishment Office's list has, in its order."""
    wanted = frozenset({PERSON_NAME})
    order = ListOrder(EntityKind.PERSON, conditions, limit=20, indicators=wanted)
    async with open_city(config) as city:
        (office,) = [
            each for each in city.readers if each.description.department is Department.ESTABLISHMENT
        ]
        return [row.facet.values[PERSON_NAME] for row in await office.page(order, Tally())]


def a_key(department: Department, text: str) -> LocalKey:
    return LocalKey(department, SourceName(department.value), text)


async def person_id(config: Path, department: Department, key: str) -> str:
    """The public id of the linked person whose record this is."""
    async with open_city(config) as city:
        (found,) = await city.store.people.find([PersonAsk(key=a_key(department, key))], Tally())
    assert found is not None
    return encode_id(PERSON, found.person_id)


async def unit_id(config: Path, department: Department, key: str) -> str:
    """The public id of the linked unit whose record this is."""
    async with open_city(config) as city:
        (found,) = await city.store.units.find([UnitAsk(key=a_key(department, key))], Tally())
    assert found is not None
    return encode_id(UNIT, found.unit_id)

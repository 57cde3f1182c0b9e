"""A city of four small schemas without constraints, for rows no clean generator would make."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from tests.support.city import loading_url
from tests.support.databases import DatabaseMaker, Kind

BYTES: Final[Mapping[Kind, str]] = {
    "sqlite": "TEXT",
    "postgresql": "BYTEA",
    "mariadb": "VARBINARY(100)",
}
WRONG_BYTES: Final[Mapping[Kind, str]] = {
    "sqlite": "CAST(x'e5bca0ff41' AS TEXT)",
    "postgresql": "'\\xe5bca0ff41'::bytea",
    "mariadb": "x'e5bca0ff41'",
}
TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "organization": (
        "CREATE TABLE cadre (k VARCHAR(20), full_name VARCHAR(40), id_no VARCHAR(30), rk CHAR(2))",
    ),
    "establishment": (
        """CREATE TABLE card (id INTEGER, nm VARCHAR(40), idno VARCHAR(30), unit VARCHAR(20),
            ty VARCHAR(4))""",
        "CREATE TABLE office (code VARCHAR(20), nm VARCHAR(40), credit CHAR(18), up VARCHAR(20))",
        "CREATE TABLE pools (unit VARCHAR(20), ty VARCHAR(4), a INTEGER, l INTEGER)",
        """CREATE TABLE seats (person INTEGER, unit VARCHAR(20), ty VARCHAR(4), d1 VARCHAR(10),
            d2 VARCHAR(10))""",
    ),
    "finance": (
        """CREATE TABLE member (pno INTEGER, nm VARCHAR(40), idno VARCHAR(30), st VARCHAR(4),
            unit VARCHAR(20), ty VARCHAR(4))""",
        "CREATE TABLE budget (code VARCHAR(20), nm VARCHAR(40), std VARCHAR(20))",
    ),
    "hr": (
        """CREATE TABLE ry (grbh VARCHAR(20), xm VARCHAR(40), sfzh VARCHAR(30), xb VARCHAR(4),
            csrq VARCHAR(20), gz NUMERIC(12, 3), bz {bytes}, ks INTEGER)""",
        "CREATE TABLE xl (grbh VARCHAR(20), byrq VARCHAR(20), xx VARCHAR(40))",
    ),
}
MAPPINGS: Final[Mapping[str, str]] = {
    "organization": """
        [person]
        table = "cadre"
        key = "k"
        [person.indicators]
        personName = "full_name"
        idNumber = "id_no"
        civilRank = "rk"
        """,
    "establishment": """
        [person]
        table = "card"
        key = "id"
        [person.indicators]
        personName = "nm"
        idNumber = "idno"
        occupiedUnitCode = "unit"
        establishmentType = "ty"
        [unit]
        table = "office"
        key = "code"
        [unit.indicators]
        unitCode = "code"
        unitName = "nm"
        uscc = "credit"
        parentUnitCode = "up"
        [pool]
        table = "pools"
        [pool.columns]
        unit = "unit"
        type = "ty"
        approved = "a"
        locked = "l"
        [occupation]
        table = "seats"
        [occupation.columns]
        person = "person"
        unit = "unit"
        type = "ty"
        from = "d1"
        to = "d2"
        """,
    "finance": """
        [person]
        table = "member"
        key = "pno"
        [person.indicators]
        personName = "nm"
        idNumber = "idno"
        payrollStatus = "st"
        payrollUnitCode = "unit"
        establishmentType = "ty"
        [unit]
        table = "budget"
        key = "code"
        [unit.indicators]
        unitName = "nm"
        unitCode = "std"
        """,
    "hr": """
        [person]
        table = "ry"
        key = "grbh"
        [person.indicators]
        personName = "xm"
        idNumber = "sfzh"
        gender = { column = "xb", codes = { "男" = "1", "女" = "2" } }
        birthDate = { column = "csrq", date = "%Y%m%d" }
        postWageStandard = "gz"
        contactAddress = "bz"
        pensionPaidMonths = "ks"
        [person.rows.EDU]
        table = "xl"
        on = { grbh = "grbh" }
        order = ["byrq"]
        [person.rows.EDU.indicators]
        school = "xx"
        graduationDate = { column = "byrq", date = "%Y%m%d" }
        """,
}


@dataclass(frozen=True, slots=True)
class TinyCity:
    """Four empty databases with their mappings."""

    kind: Kind
    folder: Path
    urls: Mapping[str, str]

    @property
    def config(self) -> Path:
        return self.folder / "city.toml"

    def run(self, source: str, *statements: str) -> None:
        """Changes one department's database."""
        engine = sa.create_engine(loading_url(self.urls[source]), poolclass=sa.NullPool)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(
                    statement.replace("%", "%%") if "%" in statement else statement
                )

    def write_mapping(self, source: str, text: str) -> None:
        """Gives a source another mapping."""
        (self.folder / f"{source}.toml").write_text(f"format = 1\n{text}", encoding="utf-8")

    def write_config(self, urls: Mapping[str, str] | None = None, **options: object) -> None:
        """Writes the city file; `options` are the same for every source."""
        parts = [
            "[platform]",
            'url = "sqlite:///platform.sqlite"',
            f'index_key = "{secrets.token_hex(32)}"',
            f'data_key = "{secrets.token_hex(32)}"',
            "[graph]",
            "debug = true",
            "[auth]",
            "enabled = false",
        ]
        for name, url in (urls or self.urls).items():
            parts += ["[[sources]]", f'name = "{name}"', f'department = "{name}"', f'url = "{url}"']
            parts += [f'mapping = "{name}.toml"', *(f"{k} = {v}" for k, v in options.items())]
        self.config.write_text("\n".join(parts), encoding="utf-8")


def make_tiny_city(kind: Kind, folder: Path, make_database: DatabaseMaker) -> TinyCity:
    """An empty city on one kind of database."""
    city = TinyCity(kind, folder, {name: make_database(kind) for name in TABLES})
    for name, tables in TABLES.items():
        city.run(name, *(table.replace("{bytes}", BYTES[kind]) for table in tables))
        city.write_mapping(name, MAPPINGS[name])
    city.write_config()
    return city

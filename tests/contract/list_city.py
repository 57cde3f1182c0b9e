"""A small department for lists: persons by unit, a tree of units, in columns of several kinds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.catalogue import handles as h
from domain.model.departments import Department
from domain.model.keys import KEY_SEPARATOR
from tests.support.fakes import FakeRow, FakeSource

MAPPING = """format = 1
[codes."编制"]
"行政" = "11"
"政法" = "12"
"参公" = "2"
"财拨" = "31"
"财补" = "32"
[person]
table = "ry"
key = {key}
where = "yx = 1"
[person.join.zb]
table = "zb"
on = {on}
[person.indicators]
personName = "xm"
idNumber = "sfz"
occupiedUnitCode = "dw"
establishmentType = {{ column = "zb.lx", codes = "编制" }}
occupancyStatus = {{ column = "zb.zt" }}
personStatus = {{ const = "1" }}
establishmentEntryDate = {{ column = "rbsj"{pattern} }}
[unit]
table = "jg"
key = "dm"
[unit.indicators]
unitName = "mc"
unitNature = {{ column = "xz", codes = {{ "行" = "3", "事" = "11" }} }}
unitStatus = "zt"
unitDivision = "qh"
parentUnitCode = "sj"
"""


@dataclass(frozen=True, slots=True)
class Style:
    """How a department keeps its keys, unit codes and days."""

    name: str
    key: str
    unit: str
    day: str = "DATE"
    pattern: str = ""
    is_pair: bool = False
    is_padded: bool = False

    def __str__(self) -> str:
        return self.name

    def mapping(self) -> str:
        """The mapping file."""
        keys = ["k0", "k1"] if self.is_pair else ["k0"]
        on = "{ " + ", ".join(f'{key} = "{key}"' for key in keys) + " }"
        pattern = f', date = "{self.pattern}"' if self.pattern else ""
        text = MAPPING.replace("{key}", str(keys).replace("'", '"')).replace("{on}", on)
        return text.replace("{pattern}", pattern).replace("{{", "{").replace("}}", "}")

    def tables(self, people: "Sequence[Person] | None" = None) -> list[str]:
        """The statements that make and fill it; with these persons only, where they are given."""
        chosen = PEOPLE if people is None else people
        keys = f"k0 {self.key}" + (f", k1 {self.key}" if self.is_pair else "")
        primary = "k0, k1" if self.is_pair else "k0"
        made = [
            f"""CREATE TABLE ry ({keys}, xm VARCHAR(50), sfz VARCHAR(18), dw {self.unit},
            yx INTEGER, rbsj {self.day}, PRIMARY KEY ({primary}))""",
            f"CREATE TABLE zb ({keys}, lx VARCHAR(10), zt CHAR(2), PRIMARY KEY ({primary}))",
            f"""CREATE TABLE jg (dm {self.unit} PRIMARY KEY, mc VARCHAR(60), xz VARCHAR(6),
            zt VARCHAR(4), qh VARCHAR(12), sj {self.unit})""",
        ]
        made += [self._person(row) for row in chosen]
        made += [
            f"INSERT INTO zb VALUES ({self._keys(row.key)}, '{row.kind}', '{row.status}')"
            for row in chosen
        ]
        return [*made, *(self._unit_row(row) for row in UNITS)]

    def fake(self) -> FakeSource:
        """The same rows in memory."""
        live = [row for row in PEOPLE if row.live]
        return FakeSource(
            Department.HR,
            name="city",
            people=[self._fake_person(row) for row in live],
            units=[self._fake_unit(row) for row in UNITS],
        )

    def key_of(self, number: int) -> str:
        """The local key of a person."""
        if self.is_pair:
            return f"{self._key(number // 4)}{KEY_SEPARATOR}{self._key(number)}"
        return self._key(number)

    def unit_of(self, number: int) -> str:
        """The code of a unit."""
        return str(10 + number) if "INT" in self.unit else f"{'aB'[number % 2]}{number}"

    def _key(self, number: int) -> str:
        # Whole numbers of one length, so that the order of the numbers is that of the texts.
        return str(100 + number) if "INT" in self.key else f"{'xX'[number % 2]}{number:02}"

    def _quoted(self, text: str, kind: str) -> str:
        if "INT" in kind:
            return text
        return f"'{text}  '" if self.is_padded else f"'{text}'"

    def _keys(self, number: int) -> str:
        parts = self.key_of(number).split(KEY_SEPARATOR)
        return ", ".join(self._quoted(part, self.key) for part in parts)

    def _unit(self, number: int | None) -> str:
        return "NULL" if number is None else self._quoted(self.unit_of(number), self.unit)

    def _person(self, row: "Person") -> str:
        day = "NULL"
        if row.day is not None:
            text = row.day.strftime(self.pattern or "%Y-%m-%d")
            day = text if "INT" in self.day else f"'{text}'"
        return (
            f"INSERT INTO ry VALUES ({self._keys(row.key)}, '{row.name}', '{row.number}',"
            f" {self._unit(row.unit)}, {int(row.live)}, {day})"
        )

    def _unit_row(self, row: "Unit") -> str:
        words = {"3": "行", "11": "事"}
        return (
            f"INSERT INTO jg VALUES ({self._unit(row.number)}, '{row.name}',"
            f" '{words[row.nature]}', '{row.status}', '{row.division}', {self._unit(row.above)})"
        )

    def _fake_person(self, row: "Person") -> FakeRow:
        words = {"行政": "11", "政法": "12", "参公": "2", "财拨": "31", "财补": "32"}
        unit = None if row.unit is None else self.unit_of(row.unit)
        return FakeRow(
            self.key_of(row.key),
            {
                h.PERSON_NAME: row.name,
                h.ID_NUMBER: row.number,
                h.OCCUPIED_UNIT_CODE: unit,
                h.ESTABLISHMENT_TYPE: words[row.kind],
                h.OCCUPANCY_STATUS: row.status,
                h.PERSON_STATUS: "1",
                h.ESTABLISHMENT_ENTRY_DATE: row.day,
            },
        )

    def _fake_unit(self, row: "Unit") -> FakeRow:
        above = None if row.above is None else self.unit_of(row.above)
        return FakeRow(
            self.unit_of(row.number),
            {
                h.UNIT_NAME: row.name,
                h.UNIT_NATURE: row.nature,
                h.UNIT_STATUS: row.status,
                h.UNIT_DIVISION: row.division,
                h.PARENT_UNIT_CODE: above,
            },
        )


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the department."""

    key: int
    name: str
    unit: int | None
    kind: str = "行政"
    status: str = "1"
    day: date | None = date(2010, 5, 31)
    live: bool = True

    @property
    def number(self) -> str:
        return f"3707021980010{self.key:05}"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit; `above` may lead nowhere or in a circle."""

    number: int
    name: str
    above: int | None
    division: str = "370702"
    nature: str = "3"
    status: str = "1"


UNITS = (
    Unit(1, "市局", None, "370700"),
    Unit(2, "一处", 1, "370702"),
    Unit(3, "二处", 1, "370702001", "11"),
    Unit(4, "站", 3, "370702001", "11", "9"),
    Unit(5, "甲", 6, "370781"),
    Unit(6, "乙", 5, "370781"),
    Unit(7, "孤儿100%", 99, "371000"),
    Unit(8, "Bureau", 8, "370703"),
)
KINDS = ("行政", "政法", "参公", "财拨", "财补")
DAYS = (date(2010, 5, 31), date(2010, 6, 1), date(1999, 1, 15), None, date(9999, 12, 31))
PEOPLE = tuple(
    Person(
        key=number,
        name=("张三", "张一_", "Li%", "阿布都·买", "li")[number % 5] + str(number % 2),
        unit=None if number % 11 == 10 else number % 8 + 1,
        kind=KINDS[number % 5],
        status=str(number % 3),
        day=DAYS[number % 5],
        live=number % 13 != 12,
    )
    for number in range(40)
)
STYLES = (
    Style("texts", "VARCHAR(12)", "VARCHAR(12)"),
    Style("fixed", "CHAR(6)", "CHAR(8)", "VARCHAR(20)", "%d.%m.%Y"),
    Style("numbers", "INTEGER", "INTEGER", "INTEGER", "%Y%m%d"),
    Style("pairs", "VARCHAR(12)", "INTEGER", "VARCHAR(10)", is_pair=True),
    Style("blanks", "VARCHAR(12)", "VARCHAR(12)", is_padded=True),
)

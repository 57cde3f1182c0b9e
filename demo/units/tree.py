"""The unit tree: city, twelve county-level divisions, townships, bureaus with institutions."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import cycle
from typing import Final

from demo.identifiers import CITY
from demo.units.plan import UnitPlan
from domain.catalogue.codes import CodeEntry, code_set

CITY_SHARE: Final = 0.2
BUREAU_SHARE: Final = 0.24
TOWN_SHARE: Final = 0.03
TOWN_WEIGHT: Final = 28.0
_DIGITS: Final = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of institution under a bureau."""

    name: str
    type: str
    funding: str
    category: str
    weight: float


@dataclass(frozen=True, slots=True)
class Sector:
    """A bureau that every division may have, with its institutions."""

    code: str
    name: str
    nature: str
    type: str
    weight: float
    institutions: tuple[Template, ...]


def _template(text: str) -> Template:
    name, kind, funding, category, weight = text.split("|")
    return Template(name, kind, funding, category, float(weight))


@cache
def sectors() -> tuple[Sector, ...]:
    """All bureaus in the order in which a division gets them."""
    text = resources.files("demo").joinpath("data", "sectors.csv").read_text(encoding="utf-8")
    return tuple(
        Sector(
            row["sector"],
            row["name"],
            row["nature"],
            row["type"],
            float(row["weight"]),
            tuple(_template(part) for part in row["institutions"].split(";")),
        )
        for row in csv.DictReader(text.splitlines())
    )


def chinese(number: int) -> str:
    """A number below 1,000 as it stands in a unit's name."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = _DIGITS[hundreds] + "百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += _DIGITS[0]
    return text + (_DIGITS[ones] if ones else "")


def _divisions() -> list[CodeEntry]:
    return [e for e in code_set("division").values() if CITY in {e.code, e.parent}]


def _towns(division: str) -> list[CodeEntry]:
    return [e for e in code_set("division").values() if e.parent == division and division != CITY]


def _shares(units: int) -> Iterator[tuple[CodeEntry, int]]:
    city, *counties = _divisions()
    own = max(6, round(units * CITY_SHARE))
    each, rest = divmod(units - own, len(counties))
    yield city, own
    for place, county in enumerate(counties):
        yield county, each + (1 if place < rest else 0)


@dataclass(slots=True)
class _Grower:
    """Adds units to the list, numbering them and their codes."""

    units: list[UnitPlan]
    serials: dict[tuple[str, str], int]
    children: dict[int | None, int]

    def add(self, unit: UnitPlan) -> UnitPlan:
        key = (unit.division[:6], unit.sector)
        self.serials[key] = self.serials.get(key, 0) + 1
        unit.code = f"{unit.division[:6]}-{unit.sector}-{self.serials[key]:03d}"
        self.children[unit.parent] = place = self.children.get(unit.parent, 0) + 1
        above = self.units[unit.parent] if unit.parent is not None else None
        unit.tree_code = f"{above.tree_code}.{place:03d}" if above else f"{place:03d}"
        unit.budget_code = self._budget_code(unit, above, place)
        self.units.append(unit)
        return unit

    def _budget_code(self, unit: UnitPlan, above: UnitPlan | None, place: int) -> str:
        if unit.nature == "11" and above:
            return f"{above.budget_code}{place:03d}"
        place_code = unit.division[:6]
        division = 100 + [d.code for d in _divisions()].index(place_code)
        return (
            f"{division}{sum(n for (own, _), n in self.serials.items() if own == place_code):03d}"
        )

    @property
    def next(self) -> int:
        return len(self.units)


def _bureau(grower: _Grower, sector: Sector, place: CodeEntry, root: UnitPlan | None) -> UnitPlan:
    number = grower.next
    is_city, is_government = place.code == CITY, sector.code == "GOV"
    parent = 0 if number and is_government else (root.number if root else None)
    level = ("21" if is_government else "31") if is_city else ("31" if is_government else "41")
    name = sector.name.format(place=place.name_zh)
    short = sector.name.replace("中共{place}委", "").replace("中共{place}", "")
    unit = UnitPlan(
        number, sector.code, place.code, name, short.format(place=place.name_zh[:-1]),
        sector.nature, sector.type, level, parent, number, sector.weight,
    )  # fmt: skip
    unit.category = "1" if sector.nature == "10" else None
    return grower.add(unit)


def _town(grower: _Grower, town: CodeEntry, root: UnitPlan) -> UnitPlan:
    is_street = town.name_zh.endswith("街道")
    name = town.name_zh + ("办事处" if is_street else "人民政府")
    above = code_set("division")[root.division].name_zh
    return grower.add(
        UnitPlan(
            grower.next,
            "TWN",
            town.code,
            above + name,
            town.name_zh,
            "13" if is_street else "12",
            "11",
            "41",
            root.number,
            grower.next,
            TOWN_WEIGHT,
        )
    )


def _institution(grower: _Grower, bureau: UnitPlan, template: Template, count: int) -> UnitPlan:
    place = code_set("division")[bureau.division].name_zh
    name = template.name.format(place=place, n=chinese(count))
    under_law = template.type == "2"
    unit = UnitPlan(
        grower.next, bureau.sector, bureau.division, name, name.removeprefix(place),
        "10" if under_law else "11", template.type,
        "41" if bureau.division == CITY else "42" if template.weight > 20 else "50",
        bureau.number, bureau.number, template.weight,
    )  # fmt: skip
    unit.funding, unit.category = template.funding, template.category
    return grower.add(unit)


def _host_order(bureaus: Sequence[UnitPlan]) -> Iterator[UnitPlan]:
    """Half of the institutions are schools, a fifth belongs to health; then others in turn."""
    by_sector = {bureau.sector: bureau for bureau in bureaus}
    others = cycle([b for b in bureaus if b.sector not in {"EDU", "HEA"}])
    for place in cycle(range(10)):
        if place % 2 == 0 and "EDU" in by_sector:
            yield by_sector["EDU"]
        elif place in {1, 5} and "HEA" in by_sector:
            yield by_sector["HEA"]
        else:
            yield next(others)


def _grow_division(grower: _Grower, place: CodeEntry, count: int) -> None:
    end = grower.next + count
    root = _bureau(grower, sectors()[0], place, None)
    wanted = min(len(sectors()) - 1, max(2, round(count * BUREAU_SHARE)), count - 2)
    bureaus = [root]
    bureaus += [_bureau(grower, sector, place, root) for sector in sectors()[1 : wanted + 1]]
    towns = _towns(place.code)[: max(1, round(count * TOWN_SHARE))]
    for town in towns[: end - grower.next]:
        _town(grower, town, root)
    by_sector = {sector.code: sector for sector in sectors()}
    counts: dict[str, int] = {}
    hosts = _host_order(bureaus)
    while grower.next < end:
        bureau = next(hosts)
        kinds = by_sector[bureau.sector].institutions
        done = counts[bureau.sector] = counts.get(bureau.sector, -1) + 1
        _institution(grower, bureau, kinds[done % len(kinds)], done // len(kinds) + 1)


def grow(units: int) -> list[UnitPlan]:
    """So many living units with names, levels, parents and codes; parents before children."""
    grower = _Grower([], {}, {})
    for place, count in _shares(units):
        _grow_division(grower, place, count)
    return grower.units

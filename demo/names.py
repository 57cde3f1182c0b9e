"""Made-up names of persons: common and compound surnames, other peoples' names, rare characters."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from random import Random
from typing import Final

COMPOUND_SHARE: Final = 0.012
ETHNIC_SHARE: Final = 0.008
RARE_SHARE: Final = 0.01
ONE_CHARACTER_SHARE: Final = 0.22


@dataclass(frozen=True, slots=True)
class Name:
    """A name and its pinyin initials."""

    text: str
    initials: str


@cache
def _table() -> dict[str, tuple[Name, ...]]:
    text = resources.files("demo").joinpath("data", "names.csv").read_text(encoding="utf-8")
    table: dict[str, list[Name]] = {}
    for row in csv.DictReader(text.splitlines()):
        table.setdefault(row["kind"], []).append(Name(row["text"], row["initials"]))
    return {kind: tuple(names) for kind, names in table.items()}


@cache
def variants() -> dict[str, str]:
    """Simplified character to its traditional or variant form."""
    return {name.text: name.initials for name in _table()["variant"]}


def _pick(rng: Random, names: Sequence[Name]) -> Name:
    return names[int(rng.random() * len(names))]


def _given(rng: Random, *, male: bool) -> list[Name]:
    pool = _table()["male" if male else "female"]
    count = 1 if rng.random() < ONE_CHARACTER_SHARE else 2
    given = [_pick(rng, pool) for _ in range(count)]
    if rng.random() < RARE_SHARE:
        given[-1] = _pick(rng, _table()["rare"])
    return given


def dotted_name(rng: Random) -> Name:
    """A name of two parts with a middle dot between them."""
    return _pick(rng, _table()["ethnic"])


def draw_name(rng: Random, *, male: bool) -> Name:
    """A name as it may stand on an identity card."""
    share = rng.random()
    if share < ETHNIC_SHARE:
        return dotted_name(rng)
    kind = "compound" if share < ETHNIC_SHARE + COMPOUND_SHARE else "surname"
    parts = [_pick(rng, _table()[kind]), *_given(rng, male=male)]
    return Name("".join(p.text for p in parts), "".join(p.initials for p in parts))

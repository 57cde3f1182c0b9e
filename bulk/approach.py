"""How each source is to be read: its changes alone, or whole, and why."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Final

from adapters.port import SourceReader
from bulk.reading import Wanted, held_of
from domain.identity.versions import go_on_from
from domain.model.keys import SourceName
from store.records import Mark

RULES: Final = ("domain.identity", "bulk")
TABLES: Final = ("opencc",)


class Why(StrEnum):
    """Why a source was read whole."""

    ASKED = "as asked"
    FIRST = "not read before"
    RULES = "the rules of matching or the sources changed"
    MAPPING = "its mapping or its database changed"
    UNITS = "codes of units lead elsewhere"
    NO_VERSION = "its mapping names no version column"
    JOINED = "its version column does not tell of joined tables"
    UNORDERED = "its version column does not tell what is new"
    COUNT = "rows went, or came without a version"
    MUCH = "much changed"
    REGROUPED = "something changed"


@dataclass(frozen=True, slots=True)
class Approach:
    """How to read one source: whole for a reason, or `since` a version."""

    why: Why | None
    mark: Mark | None = None

    @property
    def since(self) -> str | None:
        """From which version on; None: whole."""
        if self.why is not None or self.mark is None or self.mark.version is None:
            return None
        return go_on_from(self.mark.version)


@dataclass(frozen=True, slots=True)
class Basis:
    """What marks rest on beside the source itself: digests of the rules and of the units."""

    rules: str
    units: str = ""

    def mark(self, reader: SourceReader, newest: str | None) -> Mark:
        """How far a source has been seen on this basis."""
        return Mark(newest, self.rules, reader.description.digest, self.units)


@dataclass(frozen=True, slots=True)
class Plan:
    """How the sources are read; `judges_all`: every record is judged anew."""

    of: Mapping[SourceName, Approach]
    judges_all: bool

    def whole(self, why: Why) -> "Plan":
        """Everything whole and anew, for a reason of those that had none."""
        return Plan({n: Approach(each.why or why) for n, each in self.of.items()}, judges_all=True)


def plan_reading(
    holders: Sequence[SourceReader],
    wanted: Wanted,
    marks: Mapping[SourceName, Mark],
    basis: Basis,
    *,
    full: bool,
) -> Plan:
    """How to read each source; everything is judged anew where the marks rest on other rules."""
    held = [marks.get(reader.description.name) for reader in holders]
    judges_all = full or any(mark is None or mark.rules != basis.rules for mark in held)
    return Plan(
        {
            reader.description.name: Approach(
                Why.ASKED if full else _reason(reader, wanted, mark, basis), mark
            )
            for reader, mark in zip(holders, held, strict=True)
        },
        judges_all,
    )


def _reason(reader: SourceReader, wanted: Wanted, mark: Mark | None, basis: Basis) -> Why | None:
    if mark is None:
        return Why.FIRST
    if mark.rules != basis.rules:
        return Why.RULES
    if mark.mapping != reader.description.digest:
        return Why.MAPPING
    if mark.units != basis.units:
        return Why.UNITS
    return _of_versions(reader, wanted, mark)


def _of_versions(reader: SourceReader, wanted: Wanted, mark: Mark) -> Why | None:
    covered = reader.description.versioned.get(wanted.entity)
    if covered is None:
        return Why.NO_VERSION
    if not held_of(reader, wanted) <= covered:
        return Why.JOINED
    return Why.UNORDERED if mark.version is None else None


def rules_of(holders: Sequence[SourceReader]) -> str:
    """A digest of the rules of matching as they are written, and of which sources there are."""
    names = sorted(f"{each.description.name} {each.description.department}" for each in holders)
    return hashlib.sha256("\n".join([_written_rules(), *names]).encode()).hexdigest()


@cache
def _written_rules() -> str:
    digest = hashlib.sha256()
    for package in RULES:
        modules = (each for each in files(package).iterdir() if each.name.endswith(".py"))
        for module in sorted(modules, key=lambda each: each.name):
            digest.update(module.read_bytes())
    for name in TABLES:
        digest.update(version(name).encode())
    return digest.hexdigest()

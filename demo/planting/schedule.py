"""Decides on whom each kind is planted: spread over the city, one kind a person."""

from random import Random

from demo.people.draft import Draft
from demo.planting import identity, lasting, mismatches
from demo.planting.kind import Entry, Kind, Setting
from demo.planting.person import Person
from demo.planting.quiet import Quiet
from demo.scale import by_persons

KINDS = (*identity.KINDS, *mismatches.KINDS, *lasting.KINDS)
_SPREAD = 0.85  # the last of a kind is due before the end, so that later people can stand in


class Schedule:
    """Plants kinds on people as they come by; the same people give the same plants."""

    def __init__(self, persons: int, seed: int) -> None:
        self._persons = persons
        self._seed = seed
        self._wanted = {kind.name: by_persons(kind.per_city, persons, kind.least) for kind in KINDS}
        self._done = dict.fromkeys(self._wanted, 0)
        self._quiet = Quiet(persons)

    def _is_due(self, kind: Kind, number: int) -> bool:
        done, wanted = self._done[kind.name], self._wanted[kind.name]
        return done < wanted and number >= (done + 0.3) * self._persons * _SPREAD / wanted

    def plant(self, person: Person, draft: Draft, setting: Setting) -> tuple[Kind, Entry] | None:
        """Plants at most one special kind; answers it with its entry."""
        turn = person.number % len(KINDS)
        for kind in KINDS[turn:] + KINDS[:turn]:
            if self._is_due(kind, person.number) and kind.fits(person, draft):
                entry = kind.apply(person, draft, setting)
                if not entry:
                    continue
                self._done[kind.name] += 1
                person.kinds.append(kind.name)
                return kind, entry
        return None

    def plant_quietly(self, person: Person, draft: Draft) -> None:
        """Gives a person without any special kind its share of quiet differences."""
        if len(person.holders) > 1:
            self._quiet.plant(person, Random(self._seed * 7_000_003 + draft.number))

    def count(self, differences: int) -> None:
        """Adds what was found to differ, however it came about."""
        self._quiet.planted += differences

    def missing(self) -> list[str]:
        """Kinds that did not reach their count."""
        return [name for name, wanted in self._wanted.items() if self._done[name] < wanted]

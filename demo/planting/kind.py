"""What a planted kind is: how often, on whom, and what it does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from demo.people.draft import Draft
from demo.planting.person import Person
from demo.units.plan import UnitPlan
from domain.model.departments import Department


@dataclass(frozen=True, slots=True)
class Setting:
    """What a kind may know besides the person: the units and the person before."""

    units: Sequence[UnitPlan]
    previous: Person | None


Fits = Callable[[Person, Draft], bool]
Entry = dict[str, object]
Apply = Callable[[Person, Draft, Setting], Entry]


@dataclass(frozen=True, slots=True)
class Kind:
    """One planted kind; `per_city` is its count in the brief's city of 188,000 persons."""

    name: str
    per_city: int
    fits: Fits
    apply: Apply
    list: str = ""
    least: int = 2

    @property
    def truth_list(self) -> str:
        """The list of truth.json its entries go to."""
        return self.list or self.name


def held_by(person: Person, *departments: Department) -> bool:
    """Whether all of these departments hold the person."""
    return all(department in person.holders for department in departments)

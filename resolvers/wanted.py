"""What one level of a document wants of a person or unit."""

from dataclasses import dataclass

from domain.catalogue.indicators import Category, catalogue
from domain.model.keys import CategoryCode, IndicatorName


@dataclass(frozen=True, slots=True)
class Wanted:
    """`values` are answered by the first holder, `everywhere` is read from all holders (provenance), `rows` names
    categories whose rows are shown, `whole` asks for every mapped indicator of every row (records).
    """

    values: frozenset[IndicatorName] = frozenset()
    everywhere: frozenset[IndicatorName] = frozenset()
    rows: frozenset[CategoryCode] = frozenset()
    whole: bool = False

    def __or__(self, other: "Wanted") -> "Wanted":
        return Wanted(
            self.values | other.values,
            self.everywhere | other.everywhere,
            self.rows | other.rows,
            self.whole or other.whole,
        )

    @property
    def singles(self) -> tuple[IndicatorName, ...]:
        """The wanted values that are shown on objects, in a fixed order."""
        return tuple(sorted(name for name in self.values if not is_row(name)))

    def row_values(self, category: Category) -> frozenset[IndicatorName]:
        """The wanted values of a category's rows."""
        return frozenset(i.name for i in category.manys if i.name in self.values)

    @property
    def row_categories(self) -> tuple[Category, ...]:
        """The categories whose rows are shown, in catalogue order."""
        named = self.rows | {
            catalogue().indicators[name].category for name in self.values if is_row(name)
        }
        return tuple(c for code, c in catalogue().categories.items() if code in named)

    @property
    def is_raw(self) -> bool:
        """Whether stored texts are wanted beside the values."""
        return self.whole or bool(self.everywhere)


def is_row(name: IndicatorName) -> bool:
    """Whether an indicator belongs to the rows of its category."""
    return catalogue().category_of(name).is_row(catalogue().indicators[name])

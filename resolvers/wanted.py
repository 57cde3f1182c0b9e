"""What one level of a document wants of a person or unit."""

from dataclasses import dataclass

from domain.catalogue.indicators import Category, catalogue
from domain.model.keys import CategoryCode, IndicatorName


@dataclass(frozen=True, slots=True)
class Wanted:
    """`values` are answered by the first holder, `everywhere` by all holders (provenance).

    `rows` names categories whose rows are shown, `whole` asks for every mapped indicator of every
    row (records) but the `unread`, which the caller does not see.
    """

    values: frozenset[IndicatorName] = frozenset()
    everywhere: frozenset[IndicatorName] = frozenset()
    rows: frozenset[CategoryCode] = frozenset()
    whole: bool = False
    unread: frozenset[IndicatorName] = frozenset()

    def __or__(self, other: "Wanted") -> "Wanted":
        return Wanted(
            self.values | other.values,
            self.everywhere | other.everywhere,
            self.rows | other.rows,
            self.whole or other.whole,
            self.unread | other.unread,
        )

    @property
    def singles(self) -> tuple[IndicatorName, ...]:
        """The wanted values that are shown on objects, in a fixed order."""
        return tuple(sorted(name for name in self.values if not is_row(name)))

    def row_values(self, category: Category) -> frozenset[IndicatorName]:
        """The wanted values of a category's rows."""
        return category.row_names & self.values

    @property
    def everywhere_with_row_keys(self) -> frozenset[IndicatorName]:
        """What all holders are asked for, so that rows can be matched too."""
        keys = (catalogue().category_of(name).row_key for name in self.everywhere)
        return self.everywhere.union(*keys)

    @property
    def row_categories(self) -> tuple[Category, ...]:
        """The categories whose rows are shown, in catalogue order."""
        return tuple(
            category
            for code, category in catalogue().categories.items()
            if code in self.rows or not category.row_names.isdisjoint(self.values)
        )

    @property
    def is_raw(self) -> bool:
        """Whether stored texts are wanted beside the values."""
        return self.whole or bool(self.everywhere)


def is_row(name: IndicatorName) -> bool:
    """Whether an indicator belongs to the rows of its category."""
    return catalogue().category_of(name).is_row(catalogue().indicators[name])

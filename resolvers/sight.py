"""What one caller may see of rows at one place of an answer: applied by both ways of answering."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from domain.catalogue.indicators import Category, catalogue
from domain.model.access import OPEN, Access, Decision, RowClass, Ruling
from domain.model.errors import ForbiddenError
from domain.model.keys import IndicatorName
from domain.model.records import Value
from domain.policy.masking import mask
from resolvers.wanted import Wanted

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sight:
    """The rulings that count for rows of a class, below a list or not."""

    access: Access
    rows: RowClass = RowClass.HOME
    in_list: bool = False

    @property
    def is_open(self) -> bool:
        """Whether everything is shown in clear."""
        return self.access.shows_all

    def ruling(self, name: IndicatorName) -> Ruling:
        """What becomes of an indicator here."""
        return self.access.ruling(name, self.rows, in_list=self.in_list)

    def shown(self, name: IndicatorName, value: Value) -> Value:
        """What is left of a value."""
        ruling = self.ruling(name)
        return value if ruling.is_clear else mask(ruling.form, value)

    def hides(self, name: IndicatorName) -> bool:
        """Whether nothing of an indicator is shown, so that it is not read either."""
        return self.ruling(name).is_hidden

    def hides_rows(self, category: Category) -> bool:
        """Whether not even the number of a category's rows is shown: all they hold is denied."""
        rulings = map(self.ruling, category.row_names)
        return all(ruling.decision is Decision.DENY for ruling in rulings)

    def reduced(self, wanted: Wanted) -> Wanted:
        """What may be read of what is wanted."""
        if self.is_open:
            return wanted
        unread = filter(self.hides, catalogue().indicators) if wanted.is_raw else ()
        categories = catalogue().categories
        return replace(
            wanted,
            values=frozenset(name for name in wanted.values if not self.hides(name)),
            everywhere=frozenset(name for name in wanted.everywhere if not self.hides(name)),
            rows=frozenset(code for code in wanted.rows if not self.hides_rows(categories[code])),
            unread=frozenset(unread),
        )

    def reducing(self, wanted: Callable[[T], Wanted]) -> Callable[[T], Wanted]:
        """What may be read of what is wanted under something yet to come."""
        return lambda given: self.reduced(wanted(given))


CLEAR: Final = Sight(OPEN)


def check_filter(access: Access, name: IndicatorName) -> None:
    """Raises ForbiddenError where rows may not be told apart by an indicator the caller sees not.

    Otherwise many questions would bring out what one answer hides.
    """
    if not access.ruling(name, in_list=True).is_clear:
        raise ForbiddenError(
            f"{name} 对您不可见，不可据此查找或筛选 (you do not see {name}: nothing is found by it)"
        )

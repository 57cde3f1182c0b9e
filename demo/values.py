"""What a value is before any department stores it."""

from datetime import date
from decimal import Decimal

from domain.model.keys import CategoryCode, IndicatorName

Canonical = str | int | bool | date | Decimal | tuple[str, ...] | None
Values = dict[IndicatorName, Canonical]
Rows = dict[CategoryCode, list[Values]]

"""What of a column needs no reading: told from its rule and its indicator, as `converter` reads."""

from adapters.mapping.model import ColumnRule
from adapters.stored import Form
from domain.catalogue import handles
from domain.catalogue.indicators import Indicator, ValueType, catalogue


def form_of(rule: ColumnRule, indicator: Indicator) -> Form | None:
    """The form of a column's stored values; None where each of them is read."""
    if indicator.type in {ValueType.CODE, ValueType.BOOLEAN} or indicator.is_month:
        return Form.FEW
    several = indicator.name in catalogue().categories[indicator.category].multi_valued
    if rule.empty or rule.split or several:
        return None
    match indicator.type:
        case ValueType.STRING:
            return None if indicator.name == handles.ID_NUMBER else Form.TEXT
        case ValueType.DATE:
            return Form.DAY
        case ValueType.INT:
            return Form.WHOLE if rule.divide is None else None
        case _:
            return Form.MONEY if indicator.is_money and rule.divide is None else None

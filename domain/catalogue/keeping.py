"""Which answers may be kept for seconds: by the sensitivity of what was asked for. Pure."""

from functools import lru_cache
from typing import Final

from domain.catalogue.indicators import catalogue
from domain.model.keys import CategoryCode, IndicatorName

_KEPT: Final = frozenset({"public", "internal"})
_KEPT_IF_PERSONAL: Final = _KEPT | {"personal"}
_MOST_QUESTIONS: Final = 1024


@lru_cache(_MOST_QUESTIONS)
def may_be_kept(
    indicators: frozenset[IndicatorName], rows: frozenset[CategoryCode], *, personal: bool
) -> bool:
    """Whether an answer of these may be kept; `personal`: personal ones too. Secret ones never.

    Rows tell of all their category's indicators, for that there is one tells something.
    """
    known = catalogue()
    asked = {known.indicators[name].sensitivity for name in indicators}
    asked.update(i.sensitivity for code in rows for i in known.categories[code].manys)
    return asked <= (_KEPT_IF_PERSONAL if personal else _KEPT)

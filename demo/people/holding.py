"""Which departments keep a record of a person. Source: identity.md section 1."""

from typing import Final

from demo.people.draft import Draft, Standing
from demo.people.pay import is_paid
from domain.model.departments import RECORD_ORDER, Department

PROFESSIONALS_IN_CADRE_SYSTEM: Final = 0.16
RETIRED_IN_CADRE_SYSTEM: Final = 0.2


def _is_cadre(draft: Draft) -> bool:
    if draft.in_post:
        known = draft.is_civil or draft.slot.line is not None
        return known or draft.chance(PROFESSIONALS_IN_CADRE_SYSTEM)
    return draft.standing is Standing.RETIRED and draft.chance(RETIRED_IN_CADRE_SYSTEM)


def holders_of(draft: Draft) -> list[Department]:
    """The departments that know the person, in record order."""
    known = {Department.HR}
    if draft.in_post or draft.standing is Standing.EXITED:
        known.add(Department.ESTABLISHMENT)
    if is_paid(draft) or draft.standing is Standing.EXITED:
        known.add(Department.FINANCE)
    if _is_cadre(draft):
        known.add(Department.ORGANIZATION)
    return [department for department in RECORD_ORDER if department in known]

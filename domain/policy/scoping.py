"""From an account's divisions and units to the rows in reach."""

from domain.model.access import EVERYTHING, Scope
from domain.model.roles import ADMINISTRATORS, Rights


def scope_of(rights: Rights) -> Scope:
    """The rows in reach of an account; without division and unit nothing is.

    Administrators have neither: they see the units of the whole city, of which the rulings leave
    what is public, and nobody and nothing else. Source: roles.md section 2.
    """
    if rights.roles & ADMINISTRATORS:
        return EVERYTHING
    return Scope(divisions=frozenset(rights.divisions), units=frozenset(rights.units))

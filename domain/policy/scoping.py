"""From an account's divisions and units to the rows in reach."""

from domain.model.access import EVERYTHING, Scope
from domain.model.roles import ADMINISTRATORS, Rights, Role


def scope_of(rights: Rights) -> Scope:
    """The rows in reach of an account; without division and unit nothing is.

    A competent department reaches its units with all below them. Administrators have neither: they
    see the units of the whole city, of which the rulings leave what is public, and nobody and
    nothing else. Source: roles.md section 2.
    """
    if rights.roles & ADMINISTRATORS:
        return EVERYTHING
    units = frozenset(rights.units)
    is_of_tree = Role.COMPETENT_DEPT in rights.roles
    return Scope(
        divisions=frozenset(rights.divisions),
        units=frozenset() if is_of_tree else units,
        trees=units if is_of_tree else frozenset(),
    )

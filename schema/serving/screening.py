"""What stands before both ways of answering: trusted documents, bounds, cost, introspection."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from schema.checking.checker import Checked, Checker, find_operation
from schema.checking.cost import Cost, lookup_keys
from schema.checking.limits import introspection_refused
from schema.serving.caller import Caller
from schema.serving.request import GraphRequest, RequestErrors
from schema.serving.trusted import TrustedDocuments

Introspects = Callable[[Caller], bool]
"""Whether a caller may look at the schema itself."""


class Admitted(NamedTuple):
    """A request that may run; `lookups` are the keys of its answers that look a person up."""

    asked: GraphRequest
    cost: Cost
    lookups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """Admits requests; nothing of a refused one runs."""

    checker: Checker
    documents: TrustedDocuments
    introspects: Introspects

    def admit(self, asked: GraphRequest, caller: Caller) -> Admitted:
        """The request with the text to run, and its price. Raises RequestErrors."""
        resolved = self.documents.resolve(asked)
        checked = self.checker.check(resolved.query)
        cost = self.checker.cost(checked, resolved.operation, resolved.variables)
        if errors := self.checker.errors(checked, cost):
            raise RequestErrors(errors)
        if checked.introspects and not self.introspects(caller):
            raise RequestErrors([introspection_refused()])
        return Admitted(resolved, cost, self._lookups(checked, resolved) if cost.lookups else ())

    def _lookups(self, checked: Checked, asked: GraphRequest) -> tuple[str, ...]:
        return lookup_keys(find_operation(checked.document, asked.operation))


def roles_that_introspect(roles: frozenset[str]) -> Introspects:
    """Callers with one of these roles may; everybody where access control is off."""
    return lambda caller: caller.roles is None or bool(caller.roles & roles)

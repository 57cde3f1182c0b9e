"""What stands before both ways of answering: trusted documents, bounds, cost, introspection."""

from collections.abc import Callable
from dataclasses import dataclass

from schema.checking.checker import Checker
from schema.checking.limits import introspection_refused
from schema.serving.caller import Caller
from schema.serving.request import GraphRequest, RequestErrors
from schema.serving.trusted import TrustedDocuments

Introspects = Callable[[Caller], bool]
"""Whether a caller may look at the schema itself."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Admits requests; nothing of a refused one runs."""

    checker: Checker
    documents: TrustedDocuments
    introspects: Introspects

    def admit(self, asked: GraphRequest, caller: Caller) -> GraphRequest:
        """The request with the text to run. Raises RequestErrors."""
        resolved = self.documents.resolve(asked)
        checked = self.checker.check(resolved.query)
        cost = self.checker.cost(checked, resolved.operation, resolved.variables)
        if errors := self.checker.errors(checked, cost):
            raise RequestErrors(errors)
        if checked.introspects and not self.introspects(caller):
            raise RequestErrors([introspection_refused()])
        return resolved


def roles_that_introspect(roles: frozenset[str]) -> Introspects:
    """Callers with one of these roles may; everybody where access control is off."""
    return lambda caller: caller.roles is None or bool(caller.roles & roles)

"""What stands before both ways of answering: trusted documents, bounds, cost, introspection."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from graphql import OperationType

from domain.model.errors import BadInputError
from schema.checking.checker import Checked, Checker, Ready, Told, find_operation
from schema.checking.cost import Cost, lookup_keys
from schema.checking.limits import introspection_refused
from schema.checking.seeking import Seeking
from schema.operations import AMBIGUOUS
from schema.serving.caller import Caller
from schema.serving.measured import name_of
from schema.serving.request import GraphRequest, RequestErrors
from schema.serving.trusted import Mode, TrustedDocuments, document_id, refused_with

Introspects = Callable[[Caller], bool]
"""Whether a caller may look at the schema itself."""
NEEDS_STREAM: Final = (
    "订阅请用 WebSocket (graphql-transport-ws) 或 SSE "
    "(subscribe by graphql-transport-ws or with Accept: text/event-stream)"
)
NEEDS_POST: Final = "此处仅接受订阅，查询请用 POST (only subscriptions here; send this by POST)"


class Admitted(NamedTuple):
    """A request that may run; `lookups` are the keys of its answers that look a person up.

    `name` is what the operation is counted by, `document` the id of its text.
    """

    asked: GraphRequest
    cost: Cost
    lookups: tuple[str, ...]
    seeking: Seeking
    name: str | None
    document: str


@dataclass(frozen=True, slots=True)
class Screen:
    """Admits requests; nothing of a refused one runs."""

    checker: Checker
    documents: TrustedDocuments
    introspects: Introspects

    def admit(self, asked: GraphRequest, caller: Caller) -> Admitted:
        """A query or mutation with its text and its price. Raises RequestErrors."""
        if asked.document_id is None and self.documents.mode is Mode.OPEN:
            checked = self.checker.check(asked.query)
            ready = None if caller.trusted_only else checked.ready.get(asked.operation)
            if ready is not None:
                return Admitted(asked, *ready)
        admitted, kind = self._admit(asked, caller)
        if kind is OperationType.SUBSCRIPTION:
            raise refused_with(BadInputError(NEEDS_STREAM))
        return admitted

    def admit_stream(self, asked: GraphRequest, caller: Caller) -> Admitted:
        """A subscription, by the same rules. Raises RequestErrors.

        Nothing else comes in here: what is read by a query goes one way, and is noted there.
        """
        admitted, kind = self._admit(asked, caller)
        if kind is None:
            raise refused_with(BadInputError(AMBIGUOUS))
        if kind is not OperationType.SUBSCRIPTION:
            raise refused_with(BadInputError(NEEDS_POST))
        return admitted

    def _admit(self, asked: GraphRequest, caller: Caller) -> tuple[Admitted, OperationType | None]:
        resolved = self.documents.resolve(asked, trusted_only=caller.trusted_only)
        checked = self.checker.check(resolved.query)
        cost = self.checker.cost(checked, resolved.operation, resolved.variables)
        if errors := self.checker.errors(checked, cost):
            raise RequestErrors(errors)
        if checked.introspects and not self.introspects(caller):
            raise RequestErrors([introspection_refused()])
        told = _told(checked, resolved)
        seeking = self.checker.seeking(checked, resolved.operation)
        ready = Ready(cost, told.lookups, seeking, told.name, told.document)
        is_whole = told.kind not in {None, OperationType.SUBSCRIPTION} and not checked.introspects
        if is_whole and resolved.operation in checked.fixed:
            checked.ready[resolved.operation] = ready
        return Admitted(resolved, *ready), told.kind


def _told(checked: Checked, asked: GraphRequest) -> Told:
    """What a document says of one of its operations, read out of it once."""
    found = checked.told.get(asked.operation)
    if found is None:
        operation = find_operation(checked.document, asked.operation)
        kind = operation.operation if operation else None
        found = Told(
            lookup_keys(checked.document, operation),
            name_of(asked.query, asked.operation),
            kind,
            document_id(asked.query),
        )
        if operation is not None:  # else the name is whatever a client makes up
            checked.told[asked.operation] = found
    return found


def roles_that_introspect(roles: frozenset[str]) -> Introspects:
    """Callers with one of these roles may; everybody where access control is off."""
    return lambda caller: caller.roles is None or bool(caller.roles & roles)

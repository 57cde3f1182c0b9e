"""Plans kept by document, operation, directive booleans and policy digest; who was planned."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from graphql import GraphQLSchema
from graphql.execution.values import VariableValues

from domain.model.access import OPEN, Access, Scope
from resolvers.planning.building import PlanBuilder
from resolvers.planning.columns import NO_COLUMNS, Column, Columns, Fields, columns_of, redactions
from resolvers.planning.documents import Check, CheckedDocument, read_document, read_variables
from resolvers.planning.kept import Kept
from resolvers.planning.reasons import Reason, UnplannableError
from resolvers.planning.selections import Selections
from resolvers.planning.steps import QueryPlan
from resolvers.sight import Sight


class Question(NamedTuple):
    """One operation as a client sends it."""

    text: str
    operation: str | None
    variables: Mapping[str, Any] | None  # Any: whatever JSON holds


class Planned(NamedTuple):
    """A plan and the variables to run it with."""

    plan: QueryPlan
    variables: VariableValues


@dataclass(slots=True)
class PlanCounts:
    """How many operations each path answered, and why the stock path did."""

    planned: int = 0
    stock: Counter[Reason] = field(default_factory=Counter)


PlanKey = tuple[str, str | None, tuple[object, ...], str]


class Planner:
    """Plans operations; texts come from strangers, so that everything kept is bounded."""

    def __init__(self, schema: GraphQLSchema, check: Check, kept: int) -> None:
        self._schema = schema
        self._check = check
        self._documents: Kept[str, CheckedDocument | UnplannableError] = Kept(kept)
        self._plans: Kept[PlanKey, QueryPlan | UnplannableError] = Kept(kept)
        self.counts = PlanCounts()

    @property
    def kept(self) -> int:
        """How many plans are kept now."""
        return len(self._plans)

    def plan(self, question: Question, access: Access = OPEN) -> Planned:
        """The plan of an operation. Raises UnplannableError."""
        document = self._document(question.text)
        operation, plain = document.chosen(question.operation)
        given, variables = question.variables, None
        if plain is not None and given:
            variables = plain.values(given)
        if variables is None:
            variables = read_variables(self._schema, operation, question.variables)
        switches: tuple[object, ...] = ()
        if document.switches:
            switches = tuple(variables.coerced.get(name) for name in document.switches)
        key = (question.text, question.operation, switches, access.digest)
        found = self._plans.find(key)
        if found is None:
            asked = (document.fragments, operation, variables)
            found = self._built(Selections(self._schema, *asked), access)
            if isinstance(found, QueryPlan):
                shown = self._columns(Fields(self._schema, *asked))
                redacted = redactions(shown.fixed, access)
                found = replace(found, columns=shown, redacted=redacted)
            self._plans.keep(key, found)
        if isinstance(found, UnplannableError):
            raise UnplannableError(found.reason, found.what)
        return Planned(found, variables)

    def _document(self, text: str) -> CheckedDocument:
        found = self._documents.find(text)
        if found is None:
            try:
                found = read_document(self._schema, text, self._check)
            except UnplannableError as error:
                found = error.with_traceback(None)
            self._documents.keep(text, found)
        if isinstance(found, UnplannableError):
            raise UnplannableError(found.reason, found.what)
        return found

    def columns(self, question: Question) -> tuple[Column, ...]:
        """The indicators that an operation shows, whether it can be planned or not.

        Raises UnplannableError for one that does not even pass its checks: it shows nothing.
        """
        document = self._document(question.text)
        operation = document.operation(question.operation)
        variables = read_variables(self._schema, operation, question.variables)
        fields = Fields(self._schema, document.fragments, operation, variables)
        return self._columns(fields).under(variables)

    def _columns(self, fields: Fields) -> Columns:
        root = self._schema.query_type
        return NO_COLUMNS if root is None else columns_of(fields, root)

    def _built(self, selections: Selections, access: Access) -> QueryPlan | UnplannableError:
        root = self._schema.query_type
        if root is None:
            return UnplannableError(Reason.NO_QUERY)
        try:
            # A plan serves every scope: it never holds one.
            sight = Sight(replace(access, scope=Scope()))
            return PlanBuilder(selections, sight).build(root)
        except UnplannableError as error:
            return error.with_traceback(None)

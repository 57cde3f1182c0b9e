"""The check of a document before validation: linear in its length, remembered by its text."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
)

from schema.checking.cost import Cost, Variables, price
from schema.checking.counts import COUNTED, introspects
from schema.checking.limits import DocumentLimits, too_many
from schema.checking.seeking import Seeking, seeking_of

_NOTHING: Mapping[str, object] = {}
_TOKENS = "Document contains more than"


class Told(NamedTuple):
    """The keys under which an operation answers lookups, the name it is counted by, its kind.

    `document` is the id of the text that it stands in.
    """

    lookups: tuple[str, ...]
    name: str | None
    kind: OperationType | None
    document: str


class Ready(NamedTuple):
    """What admits an operation at once, whatever its variables are: nothing more is asked of it."""

    cost: Cost
    lookups: tuple[str, ...]
    seeking: Seeking
    name: str | None
    document: str


@dataclass(slots=True)
class Checked:
    """What is known of one document; `errors` are final, the cost depends on the variables."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    introspects: bool = False
    # Operation name to its cost, where no variable has a part in it.
    fixed: dict[str | None, Cost] = field(default_factory=dict)
    sought: dict[str | None, Seeking] = field(default_factory=dict)
    told: dict[str | None, Told] = field(default_factory=dict)
    ready: dict[str | None, Ready] = field(default_factory=dict)


def check_document(document: DocumentNode, limits: DocumentLimits) -> Checked:
    """Everything that can be said without variables."""
    try:
        errors = tuple(error for count in COUNTED for error in count(document, limits))
    except RecursionError:
        errors = (too_many("查询嵌套层数", "levels", limits.depth),)
    return Checked(document, errors, introspects(document))


def cost_of(
    schema: GraphQLSchema, checked: Checked, name: str | None, variables: Variables | None
) -> Cost:
    """What one operation of a document may cost; nothing where it cannot be told which one runs."""
    if name in checked.fixed:
        return checked.fixed[name]
    operation = find_operation(checked.document, name)
    if checked.document is None or operation is None:
        return Cost()
    cost, read = price(schema, checked.document, operation, variables or _NOTHING)
    if not read:
        checked.fixed[name] = cost
    return cost


def cost_errors(cost: Cost, limits: DocumentLimits) -> list[GraphQLError]:
    """The bounds that a cost breaks."""
    errors = []
    if cost.rows > limits.rows:
        errors.append(too_many("查询行数", "rows", limits.rows))
    if cost.fields > limits.cost:
        errors.append(too_many("查询开销", "points of cost", limits.cost))
    return errors


def find_operation(
    document: DocumentNode | None, name: str | None
) -> OperationDefinitionNode | None:
    """The operation that would run; None where the document or the name is no good."""
    definitions = document.definitions if document else ()
    found = [n for n in definitions if isinstance(n, OperationDefinitionNode)]
    if name is not None:
        found = [n for n in found if n.name and n.name.value == name]
    return found[0] if len(found) == 1 else None


class Checker:
    """Checks documents of one schema; the last ones are remembered."""

    def __init__(self, schema: GraphQLSchema, limits: DocumentLimits) -> None:
        self._schema = schema
        self._limits = limits
        self._kept: OrderedDict[str, Checked] = OrderedDict()

    def check(self, text: str) -> Checked:
        """What is known of a document; a text that cannot be parsed has its errors only."""
        found = self._kept.get(text)
        if found is None:
            found = self._kept[text] = self._check(text)
            if len(self._kept) > self._limits.kept:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(text)
        return found

    def cost(self, checked: Checked, name: str | None, variables: Variables | None) -> Cost:
        """What an operation may cost under these variables."""
        return cost_of(self._schema, checked, name, variables)

    def seeking(self, checked: Checked, name: str | None) -> Seeking:
        """Which sensitive indicators an operation asks for."""
        found = checked.sought.get(name)
        if found is None:
            operation = find_operation(checked.document, name)
            if checked.document is None or operation is None:
                return Seeking()
            found = checked.sought[name] = seeking_of(self._schema, checked.document, operation)
        return found

    def errors(self, checked: Checked, cost: Cost) -> Sequence[GraphQLError]:
        """Why a document may not run; empty where it may."""
        return checked.errors or cost_errors(cost, self._limits)

    def _check(self, text: str) -> Checked:
        try:
            document = parse(text, no_location=False, max_tokens=self._limits.tokens)
        except GraphQLError as error:
            if _TOKENS in error.message:
                error = too_many("文档记号数", "tokens", self._limits.tokens)
            return Checked(None, (error,))
        except RecursionError:
            return Checked(None, (too_many("查询嵌套层数", "levels", self._limits.depth),))
        return check_document(document, self._limits)

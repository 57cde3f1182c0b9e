"""What the policy decides on each column of a document, for one account."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from graphql import (
    GraphQLError,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    TypeNode,
    parse,
)

from commands.opening import utc_now
from domain.catalogue.indicators import catalogue
from domain.model.access import Access, RowClass, Ruling
from domain.model.accounts import Account
from domain.model.errors import BadInputError
from domain.model.principal import Acr, Principal
from domain.policy.deciding import access_of
from domain.policy.loading import policy
from domain.policy.purposes import Purpose
from resolvers.planning.columns import Column
from resolvers.planning.planner import Question
from resolvers.planning.reasons import UnplannableError
from schema.graph import GraphLimits, make_graph, make_planner


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks what, for what, and how surely signed in."""

    account: Account
    document: str
    variables: Mapping[str, Any] | None  # Any: JSON
    purpose: Purpose | None
    acr: Acr


@dataclass(frozen=True, slots=True)
class Judged:
    """One column with its rulings by class of rows; a permission has one that serves all."""

    column: Column
    level: str
    rulings: Mapping[RowClass, Ruling | None]


@dataclass(frozen=True, slots=True)
class Explained:
    """The whole decision."""

    asked: Asked
    access: Access
    judged: Sequence[Judged]

    def told(self) -> dict[str, Any]:
        """The same for JSON."""
        rights, purpose = self.asked.account.rights, self.asked.purpose
        return {
            "user": self.asked.account.login,
            "roles": sorted(rights.roles),
            "department": rights.department,
            "divisions": list(rights.divisions),
            "units": list(rights.units),
            "purpose": asdict(purpose) if purpose else None,
            "acr": self.asked.acr,
            "policy": {"version": policy().version, "digest": policy().digest},
            "access": self.access.digest,
            "permissions": sorted(self.access.permissions),
            "fields": [_told(judged) for judged in self.judged],
        }


def explain_access(asked: Asked) -> Explained:
    """The decision on a document. Raises BadInputError, ForbiddenError."""
    access = access_of(_principal(asked), asked.purpose)
    limits = GraphLimits()
    planner = make_planner(make_graph(limits), limits)
    variables = placeholders(asked.document) if asked.variables is None else asked.variables
    try:
        columns = planner.columns(Question(asked.document, None, variables))
    except UnplannableError as error:
        raise BadInputError(
            f"the document cannot run as one query: {error.reason} {error.what}".rstrip()
        ) from error
    return Explained(asked, access, list(_judged(columns, access)))


def placeholders(document: str) -> dict[str, object]:
    """Some value for each variable that must have one: of none of them a decision depends.

    What a condition leaves out or indicators that a variable names need real ones.
    """
    try:
        nodes = parse(document, max_tokens=GraphLimits().max_tokens).definitions
    except GraphQLError:
        return {}
    return {
        each.variable.name.value: _placeholder(each.type.type)
        for node in nodes
        if isinstance(node, OperationDefinitionNode)
        for each in node.variable_definitions or ()
        if isinstance(each.type, NonNullTypeNode) and each.default_value is None
    }


def _placeholder(kind: TypeNode) -> object:
    if isinstance(kind, ListTypeNode):
        return []
    name = kind.name.value if isinstance(kind, NamedTypeNode) else ""
    return {"Int": 0, "Boolean": True, "ID": "", "String": ""}.get(name, {})


def _principal(asked: Asked) -> Principal:
    account = asked.account
    return Principal(account.sub, "", "explain", account.name, account.rights, asked.acr, utc_now())


def _judged(columns: Sequence[Column], access: Access) -> Iterator[Judged]:
    for column in columns:
        yield Judged(
            column, _level(column), {rows: column.ruling(access, rows) for rows in RowClass}
        )


def _level(column: Column) -> str:
    if column.indicator is None:
        return f"needs {column.permission}"
    return policy().level(catalogue().indicators[column.indicator])


def _told(judged: Judged) -> dict[str, Any]:
    return {
        "field": judged.column.field,
        "indicator": judged.column.indicator,
        "level": judged.level,
        "inList": judged.column.in_list,
        "rows": {rows: _ruling(ruling) for rows, ruling in judged.rulings.items()},
    }


def _ruling(ruling: Ruling | None) -> dict[str, Any]:
    if ruling is None:
        return {"decision": "ALLOW", "reason": None, "mask": None}
    return {"decision": ruling.decision, "reason": ruling.reason, "mask": ruling.form}

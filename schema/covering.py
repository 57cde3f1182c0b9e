"""At the start: every field that leads to an indicator is one the policy judges, or nothing starts.

A type or a field that nobody declared here is taken for one that shows what it should not.
"""

from collections.abc import Iterator
from typing import Final

from graphql import GraphQLObjectType, GraphQLSchema
from graphql.type import is_introspection_type

from domain.catalogue.indicators import catalogue
from domain.model.errors import Finding, MappingError
from domain.model.global_ids import PERSON, POOL, UNIT
from domain.policy.loading import policy
from domain.policy.policy import Policy
from resolvers.planning.metadata import (
    Enters,
    FindsEntities,
    FollowsUnit,
    Lists,
    LoadsOfSubject,
    OwnsPool,
    Plan,
    ReadsCategory,
    ReadsIndicators,
    ReadsPool,
    ReadsPools,
    ReadsProvenance,
    ReadsRecords,
    ReadsRows,
    ShowsCity,
    ShowsPage,
    ShowsSubject,
    ShowsText,
    single_indicators,
)
from resolvers.planning.projection import plan_of

JUDGED: Final = (
    *(ReadsIndicators, ShowsText, FollowsUnit, ReadsCategory, ReadsRows, ReadsRecords),
    *(ReadsProvenance, ReadsPools, LoadsOfSubject, Enters, Lists, FindsEntities),
)
"""Plans whose indicators, or whose permission, the policy rules on."""
WITHOUT: Final = (ShowsSubject, ShowsPage, ShowsCity, OwnsPool, ReadsPool)
"""Plans that show no indicator of a person or unit of their own."""
PLAIN_TYPES: Final = frozenset(
    {
        *(POOL, "PoolTotals", "Code", "Division", "PageInfo", "Source", "Indicator", "Viewer"),
        *("DataUse", "DataUsePage", "UsedFields", "UsedSource"),
        *("IdentityLink", "DepartmentRecord", "RecordValue", "Provenance", "_Service"),
        *(f"{name}{part}" for name in (PERSON, UNIT, POOL) for part in ("Connection", "Edge")),
    }
)
"""Objects made by a field that is judged, or that hold nothing of a person or unit."""
PLAIN_FIELDS: Final = frozenset(
    {
        *(f"{PERSON}.id", f"{UNIT}.id", "Query._service", "Subscription.sourceChanged"),
        "Query.dataUses",
        *(
            f"{c.type_name}Row.{c.extra_key[0]}"
            for c in catalogue().categories.values()
            if c.extra_key
        ),
    }
)
"""Fields without a plan of types that have plans: the public id, and what tells rows apart.

The log of uses decides by itself who sees it.
"""


def check_covered(schema: GraphQLSchema, rules: Policy | None = None) -> None:
    """Raises MappingError with every field that the policy does not know."""
    found = list(_gaps(schema, rules or policy()))
    if found:
        remedy = "give the field a plan that the policy judges, or declare it in schema/covering.py"
        raise MappingError([Finding("schema", 1, gap, remedy) for gap in found])


def _gaps(schema: GraphQLSchema, rules: Policy) -> Iterator[str]:
    for name, kind in sorted(schema.type_map.items()):
        if not isinstance(kind, GraphQLObjectType) or is_introspection_type(kind):
            continue
        for field, definition in kind.fields.items():
            plan: object = plan_of(definition.extensions)
            if plan is None:
                if name not in PLAIN_TYPES and f"{name}.{field}" not in PLAIN_FIELDS:
                    yield f"{name}.{field} has no plan"
            elif not isinstance(plan, (*JUDGED, *WITHOUT)):
                yield f"{name}.{field} has a plan that the policy does not know"
            else:
                yield from (f"{name}.{field}: {what}" for what in _unjudged(plan, rules))


def _unjudged(plan: Plan, rules: Policy) -> Iterator[str]:
    for indicator in single_indicators(plan):
        known = catalogue().indicators.get(indicator)
        if known is None:
            yield f"{indicator} is no indicator"
        elif not any(rules.level(known) in grant.levels for grant in rules.grants):
            yield f"no grant speaks of the level of {indicator}"

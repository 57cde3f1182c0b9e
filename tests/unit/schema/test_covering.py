"""The server does not start with a field that the policy does not know."""

from dataclasses import dataclass, replace

import pytest
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, GraphQLString

from domain.catalogue.handles import PERSON_NAME
from domain.model.errors import MappingError
from domain.model.keys import IndicatorName
from domain.policy.loading import policy
from domain.policy.policy import Level
from resolvers.planning.metadata import PLAN, ReadsIndicators, ShowsText
from resolvers.planning.projection import DEFINITION
from schema.covering import check_covered
from schema.graph import GraphLimits, make_graph


@dataclass
class Declared:
    """What the schema room keeps of a field."""

    metadata: dict[str, object]


def schema_with(plan: object = None, owner: str = "Query") -> GraphQLSchema:
    extensions = {} if plan is None else {DEFINITION: Declared({PLAN: plan})}
    shown = GraphQLField(GraphQLString, extensions=extensions)
    kind = GraphQLObjectType(owner, {"secretOfSomebody": shown})
    query = GraphQLObjectType("Query", {"start": GraphQLField(kind, extensions=extensions)})
    return GraphQLSchema(query=kind if owner == "Query" else query)


def test_the_schema_of_the_program_is_covered() -> None:
    check_covered(make_graph(GraphLimits()).core)


def test_a_field_without_plan_stops_the_start() -> None:
    with pytest.raises(MappingError, match=r"Query\.secretOfSomebody has no plan"):
        check_covered(schema_with())


def test_a_type_nobody_declared_stops_the_start() -> None:
    with pytest.raises(MappingError, match=r"Diary\.secretOfSomebody has no plan"):
        check_covered(schema_with(owner="Diary"))


def test_a_plan_of_an_unknown_kind_stops_the_start() -> None:
    with pytest.raises(MappingError, match="a plan that the policy does not know"):
        check_covered(schema_with(object()))


@pytest.mark.parametrize(
    "plan",
    [ReadsIndicators(frozenset({IndicatorName("shoeSize")})), ShowsText(IndicatorName("shoeSize"))],
    ids=["value", "text"],
)
def test_an_indicator_outside_of_the_catalogue_stops_the_start(plan: object) -> None:
    with pytest.raises(MappingError, match="shoeSize is no indicator"):
        check_covered(schema_with(plan))


def test_a_level_that_no_grant_speaks_of_stops_the_start() -> None:
    silent = [grant for grant in policy().grants if Level.INTERNAL not in grant.levels]

    with pytest.raises(MappingError, match=f"no grant speaks of the level of {PERSON_NAME}"):
        check_covered(schema_with(ShowsText(PERSON_NAME)), replace(policy(), grants=tuple(silent)))

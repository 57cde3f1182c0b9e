"""What documents cost in the graph itself: in proportion to what they make a server do."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLError, OperationDefinitionNode, parse

from domain.catalogue.indicators import catalogue
from schema.checking.checker import Checker
from schema.checking.cost import Cost
from schema.checking.limits import DocumentLimits
from schema.checking.weights import TOLD, WEIGHTS
from schema.graph import GraphLimits, make_graph
from schema.serving.graphiql import WELCOME
from tests.support.project import ROOT

SCHEMA = make_graph(GraphLimits()).core
LIMITS = DocumentLimits()
FENCED = re.compile(r"```graphql\n(.*?)```", re.DOTALL)
RECORDS = "records { department source state values { indicator row value code { code } raw } }"
TRACES = """provenance { indicator department source table column value state authority used
    readAt }"""
MEASURED = {
    "name": 8.0,
    RECORDS: 270.0,
    TRACES: 1400.0,
    "provenance { value }": 1220.0,
    'provenance(indicators: ["mobilePhone"]) { value }': 22.0,
    'provenance(indicators: ["a", "b", "c", "d", "e"]) { indicator value state }': 52.0,
}
"""Milliseconds of CPU of a page of 100 persons, by a plan, without what every request costs."""


def cost_of(text: str, **variables: object) -> Cost:
    checker = Checker(SCHEMA, LIMITS)
    return checker.cost(checker.check(text), None, variables)


def page_of(fields: str, size: int = 100) -> Cost:
    return cost_of(f"{{ persons(first: {size}) {{ nodes {{ {fields} }} }} }}")


def codes(text: str) -> list[str]:
    checker = Checker(SCHEMA, LIMITS)
    checked = checker.check(text)
    cost = checker.cost(checked, None, {})
    return [str(e.message) for e in checker.errors(checked, cost)]


@pytest.mark.parametrize("fields", MEASURED)
def test_a_point_is_about_as_much_work_everywhere(fields: str) -> None:
    microseconds = MEASURED[fields] * 1000 / page_of(fields).fields

    assert 1.5 < microseconds < 8


def test_everything_about_a_hundred_people_is_too_much_at_once() -> None:
    text = f"{{ persons(first: 100) {{ nodes {{ {RECORDS} {TRACES} }} }} }}"

    assert codes(text) == ["查询开销超过 250000 (more than 250000 points of cost)"]
    assert codes(text.replace("100", "30")) == []


def test_everything_about_one_person_is_never_too_much() -> None:
    assert (
        codes(f"{{ person(id: 1) {{ {RECORDS} {TRACES} unit {{ {RECORDS} {TRACES} }} }} }}") == []
    )


def test_indicators_that_are_named_are_what_is_paid_for() -> None:
    text = "query($names: [String!]) { person { provenance(indicators: $names) { value } } }"
    every = cost_of("{ person { provenance { value } } }")
    default = text.replace("[String!])", '[String!] = ["a", "b"])')

    assert cost_of(text, names=["a", "b"]).fields == 1 + 20 + 2 * 26
    assert cost_of(default) == cost_of(text, names=["a", "b"])
    assert cost_of(text, names=[]).fields == 1 + 20
    assert cost_of(text, names="a").fields == 1 + 20 + 26
    assert cost_of(text, names=["a"] * 9000).fields == 1 + 20 + 9000 * 26
    for all_of_them in (cost_of(text), cost_of(text, names=None)):
        assert all_of_them == every
    assert cost_of("{ person { provenance(indicators: null) { value } } }") == every
    assert every.fields == 1 + 20 + 26 * len(catalogue().of_subject("person"))


def test_what_is_told_of_rows_read_already_counts_no_rows() -> None:
    assert page_of(RECORDS).rows == page_of(TRACES).rows == page_of("name").rows == 100


@pytest.mark.parametrize("where", [*WEIGHTS, *TOLD])
def test_every_weight_is_that_of_a_field_of_the_graph(where: str) -> None:
    kind, _, name = where.partition(".")
    definition = SCHEMA.type_map[kind].fields[name]  # type: ignore[attr-defined] # an object type

    argument = TOLD[where].argument if where in TOLD else ""
    assert not argument or argument in definition.args


def published() -> Iterator[tuple[str, str]]:
    """Every document that is shown to somebody, and where."""
    yield "GraphiQL", WELCOME
    for path in sorted((*ROOT.glob("demo/*.graphql"), *ROOT.glob("benchmarks/**/*.graphql"))):
        yield path.name, path.read_text(encoding="utf-8")
    yield "contract", (ROOT / "tests/graph/contract.graphql").read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted(Path(ROOT / "docs").glob("*.md"))):
        for number, text in enumerate(FENCED.findall(path.read_text(encoding="utf-8"))):
            yield f"{path.name} {number}", text


def names_of(text: str) -> list[str | None]:
    try:
        document = parse(text)
    except GraphQLError:
        return []
    found = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    return [d.name.value if d.name else None for d in found]


PUBLISHED = [
    pytest.param(text, name, id=f"{where} {name or ''}")
    for where, text in published()
    for name in names_of(text)
]


@pytest.mark.parametrize(("text", "name"), PUBLISHED)
def test_what_is_shown_to_people_may_be_asked(text: str, name: str | None) -> None:
    checker = Checker(SCHEMA, LIMITS)
    checked = checker.check(text)
    cost = checker.cost(checked, name, {})

    assert not checked.errors
    assert cost.fields > 1
    assert cost.fields <= LIMITS.cost / 4
    assert cost.rows <= LIMITS.rows / 4


def test_there_are_published_documents() -> None:
    assert len(PUBLISHED) > 8

"""The printed schema under two public linters: what they find is explained in docs/graph.md."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from schema.graph import GraphLimits, make_graph
from tests.support.node import installed
from tests.support.project import ROOT

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.timeout(600)]

EXPLAINED = re.compile(r"^\| `(?P<rule>[\w@/-]+)`", re.MULTILINE)
HEADING = "### Rules switched off"


def lint(sdl: str) -> Mapping[str, Any]:
    told: Mapping[str, Any] = installed("graph").run("linting.cjs", sdl)
    return told


def explained() -> set[str]:
    """The rules that the manual switches off, each with its reason."""
    manual = (ROOT / "docs" / "graph.md").read_text(encoding="utf-8")
    section = manual.partition(HEADING)[2].partition("\n#")[0]
    return set(EXPLAINED.findall(section))


def unexplained(findings: Sequence[Mapping[str, str]], off: set[str]) -> list[str]:
    return [f"{each['rule']} {each['message']}" for each in findings if each["rule"] not in off]


@pytest.fixture(scope="module")
def told() -> Mapping[str, Any]:
    return lint((ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8"))


def test_the_linters_find_nothing_that_the_manual_does_not_explain(
    told: Mapping[str, Any],
) -> None:
    assert unexplained(told["findings"], explained()) == []


def test_every_rule_is_known_and_most_are_on(told: Mapping[str, Any]) -> None:
    assert explained() <= set(told["rules"])
    assert len(set(told["rules"]) - explained()) > 35


def test_a_bad_schema_is_found() -> None:
    bad = make_graph(GraphLimits()).as_str() + "\ntype lost_type { Some_field: String }\n"

    rules = {each.partition(" ")[0] for each in unexplained(lint(bad)["findings"], explained())}

    assert {
        "@graphql-eslint/naming-convention",
        "@graphql-eslint/require-description",
        "@graphql-eslint/no-unreachable-types",
        "fields-have-descriptions",
        "fields-are-camel-cased",
        "types-are-capitalized",
    } <= rules

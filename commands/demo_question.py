"""The one-click lookup the demo shows: a person whom all four departments know, asked over HTTP."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from adapters.port import ReadOrder, SourceReader
from commands.opening import open_city
from domain.catalogue import handles
from domain.identity.matching import MatchLevel
from domain.model.departments import Department
from domain.model.keys import EntityKind
from domain.model.tally import Tally


@dataclass(frozen=True, slots=True)
class Question:
    """A document with its variables."""

    document: str
    variables: dict[str, str]


async def question_for(folder: Path) -> Question:
    """The demo's lookup with the ID number of a person known to all four departments."""
    document = resources.files("demo").joinpath("lookup.graphql").read_text(encoding="utf-8")
    async with open_city(folder / "city.toml") as city:
        hr = next(r for r in city.readers if r.description.department is Department.HR)
        number = await _number(hr, _known_everywhere(folder / "truth.json"))
    return Question(document, {"number": number})


def _known_everywhere(truth: Path) -> str:
    """The HR key of the first person whom every department surely holds."""
    for person in _persons(truth):
        if len(person["keys"]) == len(Department) and set(person["level"].values()) == {
            MatchLevel.CERTAIN
        }:
            key: str = person["keys"][Department.HR]
            return key
    raise LookupError("nobody in the city is known to all four departments")


def _persons(truth: Path) -> Iterator[dict[str, Any]]:  # as the file is documented in docs/demo.md
    with truth.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith('{"person"'):
                yield json.loads(line.rstrip().rstrip(","))


async def _number(reader: SourceReader, key: str) -> str:
    order = ReadOrder(EntityKind.PERSON, (key,), frozenset({handles.ID_NUMBER}))
    facets = await reader.read(order, Tally())
    return str(facets[0].values[handles.ID_NUMBER]) if facets[0] else ""


PURPOSE: Final = "LOOKUP"


def ask(url: str, question: Question, token: str) -> dict[str, Any]:  # a JSON answer
    """The answer of the server."""
    body = json.dumps({"query": question.document, "variables": question.variables}).encode()
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {token}",
        "X-Fourfold-Purpose": PURPOSE,
    }
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        told: dict[str, Any] = json.loads(answer.read())
        return told

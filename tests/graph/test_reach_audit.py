"""An entry tells what was decided for each class of rows that was shown, and for no other."""

from dataclasses import dataclass, field, replace
from random import Random

import pytest
from graphql import OperationDefinitionNode, parse

from domain.audit.entry import Entry
from domain.catalogue import handles
from domain.model.access import Scope
from domain.model.global_ids import PERSON, encode_id
from domain.model.keys import UnitCode
from domain.model.principal import Acr
from domain.model.roles import Role
from domain.policy.compiling import Caller, compile_access
from domain.policy.purposes import PurposeKind
from schema.checking.cost import Cost
from schema.checking.seeking import seeking_of
from schema.serving.auditing import Asking, Auditing
from schema.serving.request import GraphRequest
from schema.serving.screening import Admitted
from tests.support.scoped_questions import Chance
from tests.support.scopes import NOW, ScopedCity
from tests.unit.planning.both import Paths

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
HOST = "query($i: ID) { person(id: $i) { name idNumber } }"
BOTH = """query($i: ID, $h: ID) { a: person(id: $i) { name idNumber }
    b: person(id: $h) { idNumber } }"""
NOBODY = "UGVyc29uOjAwMDAwMDAw"


@dataclass(slots=True)
class Notebook:
    """Keeps entries as they are."""

    entries: list[Entry] = field(default_factory=list)

    async def write(self, entry: Entry) -> None:
        self.entries.append(entry)


async def entry_of(
    paths: Paths, city: ScopedCity, scope: Scope, text: str, **values: object
) -> Entry:
    """The entry of a unit clerk's question that the stock path answers."""
    document = parse(text)
    [operation] = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    asked = GraphRequest(text, dict(values), None)
    seeking = seeking_of(paths.graph.core, document, operation)
    clerk = compile_access(
        Caller(frozenset({Role.UNIT_CLERK}), None, PurposeKind.CASE, Acr.PASSWORD)
    )
    context = city.context(scope)
    context.access = replace(clerk, scope=scope)
    result = await paths.graph.execute(text, variable_values=dict(values), context_value=context)
    assert not result.errors
    admitted = Admitted(asked, Cost(), (), seeking, None, "")
    asking = Asking("192.0.2.7", "t", NOW, None)
    asking.asked, asking.admitted, asking.context = asked, admitted, context
    notebook = Notebook()
    await Auditing(notebook).answered(asking, (), result.data)
    [entry] = notebook.entries
    return entry


def hosted(books: ScopedCity) -> tuple[Scope, str, str]:
    """A unit's scope, somebody seconded to it, and somebody of its own."""
    for code in Chance(Random(1), books).codes:
        scope = Scope(units=frozenset({UnitCode(code)}))
        own = books.books.persons_within(scope)
        if own and (guests := books.books.hosted(scope) - own):
            return scope, encode_id(PERSON, min(guests)), encode_id(PERSON, min(own))
    raise AssertionError("nobody is seconded to a unit with people of its own")


async def test_rows_of_a_host_are_told_as_such(books: ScopedCity, paths: Paths) -> None:
    scope, guest, own = hosted(books)
    denied = {"personal": {"denied": [handles.ID_NUMBER]}}
    masked = {"personal": {"masked": [handles.ID_NUMBER]}}

    by_host = await entry_of(paths, books, scope, HOST, i=guest)
    by_both = await entry_of(paths, books, scope, BOTH, i=guest, h=own)
    by_home = await entry_of(paths, books, scope, HOST, i=own)

    assert by_host.touched.fields == {"host": denied}
    assert by_both.touched.fields == {"home": masked, "host": denied}
    assert by_home.touched.fields == {"home": masked}
    assert {entry.result for entry in (by_host, by_both, by_home)} == {"masked"}


async def test_nobody_is_judged_as_somebody_of_the_own(books: ScopedCity, paths: Paths) -> None:
    scope, _, _ = hosted(books)

    entry = await entry_of(paths, books, scope, HOST, i=NOBODY)

    assert list(entry.touched.fields) == ["home"]

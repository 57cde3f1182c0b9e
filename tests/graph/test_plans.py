"""Plans mean what the stock path means on real databases too: data, order, errors, aliases."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from random import Random
from typing import Any

import orjson
import pytest
import pytest_asyncio

from commands.opening import open_city, utc_now
from domain.catalogue.handles import ID_NUMBER, PERSON_NAME
from domain.identity.id_numbers import is_searchable
from domain.model.global_ids import PERSON, UNIT
from domain.model.subjects import Subject
from resolvers import subjects
from resolvers.context import City, RequestContext, open_context
from resolvers.planning.planner import Question
from resolvers.planning.running import run_plan
from resolvers.sources import Sources
from tests.support.city import TestCity, stored
from tests.unit.planning.both import Seen, by_plan, by_stock, make_paths
from tests.unit.planning.broad import everything

PATHS = make_paths()
SCHEMA = PATHS.graph.core
SOME = 12


@dataclass(frozen=True, slots=True)
class OpenCity:
    """The rooms over an open city of real databases, with one moment for all requests."""

    city: City

    def context(self) -> RequestContext:
        return open_context(self.city, "trace")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(city: TestCity) -> AsyncIterator[OpenCity]:
    now = utc_now()
    async with open_city(city.config, clock=lambda: now) as found:
        yield OpenCity(City(Sources(found.readers), found.store, list, lambda: now))


def numbers(city: TestCity) -> list[str]:
    """Numbers as two departments hold them: linked, disputed and unlinked people alike."""
    held = [stored(city, name, "person", ID_NUMBER) for name in ("hr", "finance")]
    found = sorted({number for own in held for number in own.values() if is_searchable(number)})
    return Random(3).sample(found, SOME)


PERSON_ALL = everything(SCHEMA, PERSON)
UNIT_ALL = everything(SCHEMA, UNIT)
DOCUMENTS = (
    f"query($n: String!) {{ person(idNumber: $n) {{ {PERSON_ALL} unit {{ {UNIT_ALL} }} }} }}",
    """query($n: String!) { a: person(idNumber: $n) { name b: basics { birthDate gender { code } }
        unit { id name parent { name pools { occupied applicable payrollHeadcount } } } }
        bad: person(id: "forged") { name } }""",
    """query($n: String!) { person(idNumber: $n) { records { department source state
        values { indicator row value raw code { name known } } } } }""",
    f"""query($n: String!) {{ person(idNumber: $n) {{
        provenance(indicators: ["{PERSON_NAME}"]) {{ value state used table column }} }} }}""",
)
LISTS = (
    """{ persons(first: 40) { totalCount drivenBy pageInfo { hasNextPage endCursor }
        edges { cursor node { id name rank { civilRank { name } } education { school }
            unit { name unitCode division { name } } payroll { payrollStatus { code } } } } } }""",
    """{ units(first: 20) { nodes { id name quota { approvedTotal }
        children(first: 3) { totalCount nodes { name } }
        persons(first: 2) { nodes { name idNumber } } pools { freeze vacant } } } }""",
    """{ ledger(first: 50) { totalCount drivenBy pageInfo { hasNextPage endCursor }
        nodes { id approved occupied vacant freeze usableNow payrollHeadcount
            establishmentType { code name } unit { name poolTotals { pools approved } } } } }""",
)


async def both_agree(opened: OpenCity, question: Question) -> Seen:
    stock = await by_stock(PATHS, opened, question)
    planned = await by_plan(PATHS, opened, question)
    assert planned.stock is None
    assert planned.data == stock.data
    assert planned.errors == stock.errors
    return planned


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("document", DOCUMENTS, ids=["everything", "nested", "records", "origins"])
async def test_plans_of_persons_answer_as_the_stock_path_does(
    opened: OpenCity, city: TestCity, document: str
) -> None:
    seen = [
        await both_agree(opened, Question(document, None, {"n": number}))
        for number in numbers(city)
    ]

    assert any(b'"name":"' in answer.data or b'"value":"' in answer.data for answer in seen)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("document", LISTS, ids=["persons", "units", "ledger"])
async def test_plans_of_lists_answer_as_the_stock_path_does(
    opened: OpenCity, document: str
) -> None:
    seen = await both_agree(opened, Question(document, None, None))

    assert b'"name":"' in seen.data


LEVELS = """query($n: String!) { person(idNumber: $n) { name basics { birthDate gender { code } }
    payroll { payrollStatus { name } } unit { name division { name } } } }"""


@pytest.mark.asyncio(loop_scope="module")
async def test_levels_are_read_by_prepared_reads_one_statement_a_source(
    opened: OpenCity, city: TestCity
) -> None:
    for reader in opened.city.sources.all:
        await reader.open()  # type: ignore[attr-defined] # a source of this process
    ways: Counter[str] = Counter()
    for number in numbers(city):
        context = opened.context()
        found = PATHS.planner.plan(Question(LEVELS, None, {"n": number}))
        outcome = await run_plan(found.plan, context, found.variables)
        (found_first, *_) = context.reads.touches.batches
        assert outcome.data is not None
        if outcome.data["person"] and len(found_first) == 1 and found_first[0].is_linked:
            sent = context.reads.tally.statements
            assert max(count for name, count in sent.items() if name != "establishment") <= 2
            ways.update(context.reads.ways)

    assert set(ways) <= {"lone", "beside"}
    assert ways["lone"] >= SOME / 2
    # The first of each route shows where the units of such persons stand.
    is_told = city.kind == "postgresql"
    assert (ways["beside"] > 0) is is_told


PAGE = "{ persons(first: 100) { nodes { id name occupation { occupancyStatus { code } } } } }"


@pytest.mark.asyncio(loop_scope="module")
async def test_the_keys_of_nearly_all_of_a_page_are_taken_as_they_come(
    opened: OpenCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: Counter[str] = Counter()
    one = subjects.subject_of_row

    def noted(*given: Any) -> Subject:  # noqa: ANN401 - as they were given
        looked_at["rows"] += 1
        return one(*given)

    monkeypatch.setattr(subjects, "subject_of_row", noted)

    seen = await both_agree(opened, Question(PAGE, None, None))
    stock, looked_at = looked_at["rows"], Counter()
    await by_plan(PATHS, opened, Question(PAGE, None, None))

    people = len(orjson.loads(seen.data)["persons"]["nodes"])
    assert people == stock > 20
    assert looked_at["rows"] < people / 10

"""Who sees what, asked over HTTP with tokens: the table of roles, cell by cell, on a demo city."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from domain.catalogue import handles
from domain.model.roles import ADMINISTRATORS, Role
from tests.graph.roles_city import (
    ALL_MASKED,
    BANK,
    BRANCH,
    ID,
    INTERNAL,
    NET,
    NOTHING,
    SHOWN,
    Place,
    Told,
    a_place,
    flat,
    masked,
    told,
)
from tests.support.city import TestCity, make_test_city
from tests.support.databases import DatabaseMaker

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module", name="city")
def _city(
    tmp_path_factory: pytest.TempPathFactory, make_module_database: DatabaseMaker
) -> TestCity:
    return make_test_city("sqlite", tmp_path_factory.mktemp("policy"), make_module_database)


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="place")
async def _place(city: TestCity) -> AsyncIterator[Place]:
    async with a_place(city) as found:
        yield found


CELLS: list[tuple[Role, str | None, str, Told]] = [
    (Role.UNIT_CLERK, "LOOKUP", "mfa", {**ALL_MASKED, BANK: "DENIED"}),
    (Role.UNIT_CLERK, "CASE:RB-1", "pwd", {**ALL_MASKED, BANK: "DENIED"}),
    (Role.COMPETENT_DEPT, "LOOKUP", "mfa", {**ALL_MASKED, BANK: "DENIED"}),
    (Role.COMPETENT_DEPT, "CASE:RB-1", "pwd", {**ALL_MASKED, BANK: "DENIED"}),
    (Role.ORG_REVIEWER, "LOOKUP", "mfa", {NET: "MASKED", BANK: "DENIED"}),
    (Role.EST_REVIEWER, "LOOKUP", "mfa", {NET: "MASKED", BRANCH: "MASKED", BANK: "DENIED"}),
    (Role.FIN_REVIEWER, "LOOKUP", "mfa", {BRANCH: "MASKED"}),
    (Role.FIN_REVIEWER, "LOOKUP", "pwd", {BRANCH: "MASKED", BANK: "DENIED"}),
    (Role.FIN_REVIEWER, "STATISTICS", "mfa", {**ALL_MASKED, BANK: "DENIED"}),
    (Role.HR_REVIEWER, "LOOKUP", "mfa", {NET: "MASKED", BRANCH: "MASKED", BANK: "DENIED"}),
    (Role.DATA_STEWARD, "MAINTENANCE", "mfa", {NET: "MASKED", BRANCH: "MASKED", BANK: "DENIED"}),
    (Role.LEADER_READONLY, "LOOKUP", "mfa", {**ALL_MASKED, BANK: "DENIED"}),
    (Role.LEADER_READONLY, "SUPERVISION:D-7", "mfa", {BANK: "DENIED"}),
    (Role.INSPECTOR, "LOOKUP", "mfa", {**ALL_MASKED, BANK: "DENIED"}),
    (Role.INSPECTOR, "CASE:RB-1", "mfa", {**ALL_MASKED, BANK: "DENIED"}),
    (Role.INSPECTOR, "SUPERVISION:D-7", "pwd", {BANK: "DENIED"}),
    (Role.INSPECTOR, "SUPERVISION:D-7", "mfa", NOTHING),
]


@pytest.mark.parametrize(
    ("role", "purpose", "acr", "redacted"), CELLS, ids=[f"{c[0]} {c[1]} {c[2]}" for c in CELLS]
)
async def test_each_cell_of_the_table_of_roles(
    place: Place, role: Role, purpose: str, acr: str, redacted: Told
) -> None:
    answer = await place.ask(role, purpose, acr)

    seen, reasons = answer["data"]["person"], told(answer)
    for field in SHOWN:
        assert reasons.get(field) == redacted.get(field), field
        is_clear = flat(seen, field) == flat(place.open, field)
        assert is_clear is (field not in redacted), field


@pytest.mark.parametrize("role", sorted(set(Role) - ADMINISTRATORS - {Role.SERVICE}))
async def test_without_a_purpose_personal_values_are_redacted_and_told_why(
    place: Place, role: Role
) -> None:
    answer = await place.ask(role, None, "mfa")

    reasons = told(answer)
    assert {reasons[field] for field in (ID, NET, BRANCH)} == {"PURPOSE"}
    assert answer["data"]["person"][handles.ID_NUMBER] == masked(place.number)
    assert flat(answer["data"]["person"], INTERNAL) == flat(place.open, INTERNAL)


async def test_masks_have_the_forms_of_the_rules(place: Place) -> None:
    seen = (await place.ask(Role.UNIT_CLERK))["data"]["person"]

    documents, open_ = seen["identityDocuments"], place.open["identityDocuments"]
    assert documents[handles.ID_NUMBER] == seen[handles.ID_NUMBER] == masked(place.number)
    assert documents[handles.EMAIL] is None
    phone = open_[handles.MOBILE_PHONE]
    assert documents[handles.MOBILE_PHONE] == (phone and f"{phone[:3]}****{phone[-4:]}")
    assert (
        seen["basics"][handles.BIRTH_DATE]
        == f"{place.open['basics'][handles.BIRTH_DATE][:4]}-01-01"
    )
    assert seen["basics"][handles.NATIVE_PLACE] is None
    assert seen["name"] == place.open["name"]
    assert seen["payroll"]["rows"]
    assert {row[handles.NET_PAY] for row in seen["payroll"]["rows"]} == {None}


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
async def test_for_administrators_there_are_units_and_what_is_public_of_them(
    place: Place, role: Role
) -> None:
    document = """query($n: String!) { person(idNumber: $n) { id } persons(first: 5) { totalCount
        nodes { id } } ledger(first: 5) { totalCount nodes { id } }
        units(first: 3) { totalCount nodes { id name unitCode pools { approved }
        poolTotals { pools } persons { nodes { id } } } } }"""

    answer = await place.ask(role, "MAINTENANCE", "mfa", document)

    data = answer["data"]
    assert data["person"] is None
    assert data["persons"] == data["ledger"] == {"totalCount": 0, "nodes": []}
    assert data["units"]["totalCount"] > 0
    for unit in data["units"]["nodes"]:
        assert unit["name"]
        shown = (
            unit[handles.UNIT_CODE],
            unit["pools"],
            unit["poolTotals"],
            unit["persons"]["nodes"],
        )
        assert shown == (None, None, None, [])
    assert set(told(answer).values()) == {"DENIED"}
    assert {"Query.person", "Query.persons", "Query.ledger", "Unit.unitCode"} <= told(answer).keys()

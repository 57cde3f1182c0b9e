"""A department sees who read its data; auditors see all; nobody else sees anything."""

import pytest
import pytest_asyncio

from domain.catalogue import handles
from domain.model.departments import Department
from domain.model.keys import DivisionCode
from domain.model.roles import Rights, Role
from tests.graph.audit.audited import Audited
from tests.graph.audit.test_entries import LOOKUP, number_of
from tests.support.city import Json
from tests.support.sign_in import add_account

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAY = """query Pay($number: String!) {
  person(idNumber: $number) { payroll { payrollStatus { known } } } }"""
CITY = (DivisionCode("370700"),)
AUDITOR = Rights(frozenset({Role.AUDIT_ADMIN}))
STEWARD = Rights(frozenset({Role.DATA_STEWARD}), Department.FINANCE, CITY)
LEADER = Rights(frozenset({Role.LEADER_READONLY}), None, CITY)
USES = """query Uses($f: DataUseFilter, $first: Int, $after: String) {
  dataUses(filter: $f, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { at erased account roles accountDepartment purpose operation result persons units
      fields { level decision indicators } sources { source rows state } } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def _accounts(house: Audited) -> None:
    for login, rights in (("auditor", AUDITOR), ("steward", STEWARD), ("leader", LEADER)):
        await add_account(house.city.config, login, rights)


async def uses(house: Audited, login: str, **variables: object) -> Json:
    answer: Json = (await house.ask(USES, variables, login, "MAINTENANCE")).json()
    return answer


async def shown(house: Audited, login: str, **variables: object) -> Json:
    answer = await uses(house, login, **variables)
    assert "errors" not in answer, answer["errors"]
    found: Json = answer["data"]["dataUses"]
    return found


async def test_an_auditor_sees_every_use_newest_first(house: Audited) -> None:
    await house.ask(LOOKUP, number_of(house))

    [newest, *_] = (await shown(house, "auditor"))["nodes"]

    assert (newest["account"], newest["operation"]) == ("li.na", "Lookup")
    assert (newest["purpose"], newest["result"]) == ("LOOKUP", "allowed")
    assert (newest["accountDepartment"], newest["roles"]) == ("HR", ["HR_REVIEWER"])
    assert (newest["persons"], newest["units"]) == (1, 1)
    asked = {name for used in newest["fields"] for name in used["indicators"]}
    assert asked == {handles.MOBILE_PHONE, handles.ID_NUMBER}


async def test_an_auditor_sees_what_was_refused_too(house: Audited) -> None:
    await house.ask(LOOKUP, number_of(house), purpose="MAINTENANCE")

    [newest, *_] = (await shown(house, "auditor"))["nodes"]

    assert (newest["account"], newest["result"], newest["sources"]) == ("li.na", "refused", [])


async def test_a_department_sees_the_uses_of_its_own_sources(house: Audited) -> None:
    before = (await shown(house, "steward"))["totalCount"]
    await house.ask(PAY, number_of(house))
    await house.ask("{ persons(first: 2) { nodes { identityDocuments { mobilePhone } } } }")

    after = await shown(house, "steward")

    assert after["totalCount"] - before == 1
    assert after["nodes"][0]["operation"] == "Pay"
    assert {one["source"] for use in after["nodes"] for one in use["sources"]} == {"finance"}


async def test_what_a_department_does_not_hold_is_not_shown_to_it(house: Audited) -> None:
    [_] = await house.after(LOOKUP, number_of(house))

    nodes = (await shown(house, "steward"))["nodes"]

    held = {name for use in nodes for used in use["fields"] for name in used["indicators"]}
    assert handles.MOBILE_PHONE not in held


async def test_uses_of_one_person_are_listed(house: Audited) -> None:
    person = (await house.ask(LOOKUP, number_of(house, 5))).json()["data"]["person"]
    await house.ask(LOOKUP, number_of(house, 6))

    found = await shown(house, "auditor", f={"personId": person["id"]})

    assert found["totalCount"] == 1


async def test_uses_are_paged(house: Audited) -> None:
    for place in range(4):
        await house.ask(LOOKUP, number_of(house, place))

    first = await shown(house, "auditor", first=2, f={"department": "HR"})
    cursor = first["pageInfo"]["endCursor"]
    second = await shown(house, "auditor", first=2, after=cursor, f={"department": "HR"})

    times = [use["at"] for use in (*first["nodes"], *second["nodes"])]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 4


async def test_a_cursor_of_another_filter_is_refused(house: Audited) -> None:
    await house.ask(LOOKUP, number_of(house))
    cursor = (await shown(house, "auditor", first=1))["pageInfo"]["endCursor"]

    told = await uses(house, "auditor", after=cursor, f={"department": "HR"})

    assert told["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_uses_from_a_time_on(house: Audited) -> None:
    assert (await shown(house, "auditor", f={"since": "2099-01-01T00:00:00"}))["totalCount"] == 0


@pytest.mark.parametrize(
    ("login", "department"), [("leader", None), ("steward", "HR"), ("li.na", "FINANCE")]
)
async def test_nobody_else_sees_who_read(
    house: Audited, login: str, department: str | None
) -> None:
    asked = {} if department is None else {"department": department}
    answer = (await house.ask(USES, {"f": asked}, login)).json()

    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_looking_into_the_log_is_an_entry(house: Audited) -> None:
    [allowed] = await house.after(USES, login="auditor", purpose="MAINTENANCE")
    [refused] = await house.after(USES, login="leader")

    assert (allowed["action"], allowed["result"]) == ("export", "allowed")
    assert (refused["action"], refused["result"]) == ("export", "refused")

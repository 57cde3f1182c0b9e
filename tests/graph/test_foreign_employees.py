"""The MySQL "employees" sample, split over four databases and attached by TOML alone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.checking.problems import Severity
from adapters.checking.source import Place, check_source
from adapters.port import Condition, Operator
from commands.explaining import ask_on_paper
from commands.opening import source_options
from domain.catalogue import handles as h
from domain.model.departments import Department
from settings import read_settings
from tests.support.city import Client, link, running
from tests.support.databases import DatabaseMaker, Kind
from tests.support.foreign import listed, make_foreign_city, person_id, unit_id
from tests.support.tiny import TinyCity

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]
LOOKUP = """query ($id: ID!) { person(id: $id) {
  name idNumber identity unit { unitCode name }
  links { department level evidence }
  basics { gender { code known } birthDate workStartDate }
  occupation { occupiedUnitCode establishmentEntryDate establishmentType { code } internalOffice }
  employment { employedOn contractTo postType { code } }
  posts { postName appointedOn removedOn }
  wageStandard { gradeWageStandard }
  payroll { payrollFromMonth payrollUnitCode rows { period grossPay } }
} }"""
PROVENANCE = """query ($id: ID!, $of: [String!]) { person(id: $id) {
  provenance(indicators: $of) { indicator department table column value state used }
  records { department state values { indicator row value raw } } } }"""
POOLS = """query ($id: ID!) { unit(id: $id) { name basics { unitHead } links { department level }
  pools { establishmentType { code } approved occupied vacant over locked applicable usable
    payrollHeadcount freeze } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="city")
async def _city(
    database_kind: Kind,
    tmp_path_factory: pytest.TempPathFactory,
    make_module_database: DatabaseMaker,
) -> TinyCity:
    folder = tmp_path_factory.mktemp(f"employees_{database_kind}")
    city = make_foreign_city("employees", database_kind, folder, make_module_database)
    assert await link(city.config) == set()
    return city


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="client")
async def _client(city: TinyCity) -> AsyncIterator[Client]:
    async with running(city.config) as found:
        yield found


async def test_a_lookup_answers_from_all_four(city: TinyCity, client: Client) -> None:
    chen = await person_id(city.config, Department.HR, "10001")

    person = (await client.data(LOOKUP, id=chen))["person"]

    assert person.pop("links") == [
        {"department": name, "level": "HIGH", "evidence": ["LINK_KEY:employeeNo", "NAME"]}
        for name in ("ORGANIZATION", "ESTABLISHMENT", "FINANCE", "HR")
    ]
    assert person == {
        "name": "陈伟",
        h.ID_NUMBER: None,
        "identity": "LINKED",
        "unit": {h.UNIT_CODE: "d005", "name": "Development"},
        "basics": {
            "gender": {"code": "1", "known": True},
            h.BIRTH_DATE: "1953-09-02",
            h.WORK_START_DATE: "1986-06-26",
        },
        "occupation": {
            h.OCCUPIED_UNIT_CODE: "d005",
            h.ESTABLISHMENT_ENTRY_DATE: "1986-06-26",
            h.ESTABLISHMENT_TYPE: {"code": "9"},
            h.INTERNAL_OFFICE: "d005",
        },
        "employment": {
            h.EMPLOYED_ON: "2008-08-03",
            h.CONTRACT_TO: None,
            h.POST_TYPE: {"code": "1"},
        },
        "posts": [
            {
                h.POST_NAME: "Senior Engineer",
                h.APPOINTED_ON: "1986-06-26",
                h.REMOVED_ON: "2008-08-03",
            },
            {h.POST_NAME: "Manager", h.APPOINTED_ON: "2008-08-03", h.REMOVED_ON: None},
        ],
        "wageStandard": {h.GRADE_WAGE_STANDARD: "88958.00"},
        "payroll": {
            h.PAYROLL_FROM_MONTH: "2009-06",
            h.PAYROLL_UNIT_CODE: "d005",
            "rows": [
                {"period": "2007-06", h.GROSS_PAY: "60117.00"},
                {"period": "2008-06", h.GROSS_PAY: "62102.00"},
                {"period": "2009-06", h.GROSS_PAY: "88958.00"},
                {"period": "2998-01", h.GROSS_PAY: "99999.00"},
            ],
        },
    }


async def test_a_lookup_costs_a_few_statements_a_source(city: TinyCity, client: Client) -> None:
    chen = await person_id(city.config, Department.HR, "10001")

    statements = await client.statements(LOOKUP, id=chen)

    assert {name: count for name, count in statements.items() if name != "platform"} == {
        "organization": 2,
        "establishment": 2,
        "finance": 2,
        "hr": 1,
    }


async def test_of_two_rows_in_force_the_one_that_began_last_answers(
    city: TinyCity, client: Client
) -> None:
    """Of two that began on one day the key decides: the same one each time."""
    zhang = await person_id(city.config, Department.HR, "10003")

    for _ in range(3):
        person = (await client.data(LOOKUP, id=zhang))["person"]

        assert person["occupation"][h.OCCUPIED_UNIT_CODE] == "d006"
        assert person["employment"] == {
            h.EMPLOYED_ON: "1995-12-03",
            h.CONTRACT_TO: None,
            h.POST_TYPE: {"code": "2"},
        }


async def test_whoever_has_left_has_no_current_row(city: TinyCity, client: Client) -> None:
    gone = await person_id(city.config, Department.HR, "10004")

    person = (await client.data(LOOKUP, id=gone))["person"]

    assert person["occupation"][h.OCCUPIED_UNIT_CODE] is None
    assert person["unit"] is None
    assert person["wageStandard"] == {h.GRADE_WAGE_STANDARD: None}
    assert person["payroll"]["rows"] == [{"period": "1986-12", h.GROSS_PAY: "40054.00"}]


async def test_one_number_with_two_names_is_a_conflict(city: TinyCity, client: Client) -> None:
    zhao = await person_id(city.config, Department.HR, "10005")

    person = (await client.data(LOOKUP, id=zhao))["person"]
    apart = (await client.data(PROVENANCE, id=zhao, of=[h.PERSON_NAME]))["person"]["records"]

    assert [each["department"] for each in person["links"]] == ["ESTABLISHMENT", "HR"]
    assert person["payroll"][h.PAYROLL_UNIT_CODE] is None
    finance = next(each for each in apart if each["department"] == "FINANCE")
    assert "周强" in [each["value"] for each in finance["values"]]


async def test_provenance_and_records_name_the_columns(city: TinyCity, client: Client) -> None:
    chen = await person_id(city.config, Department.HR, "10001")
    names = [h.PERSON_NAME, h.OCCUPIED_UNIT_CODE, h.GRADE_WAGE_STANDARD, h.POST_NAME]

    person = (await client.data(PROVENANCE, id=chen, of=names))["person"]

    places = {(p["indicator"], p["department"]): p for p in person["provenance"]}
    told = places[h.PERSON_NAME, "HR"]
    assert (told["table"], told["column"]) == ("employees", "last_name, first_name")
    assert (told["value"], told["used"]) == ("陈伟", True)
    works = places[h.OCCUPIED_UNIT_CODE, "ESTABLISHMENT"]
    assert (works["table"], works["column"], works["used"]) == ("dept_emp", "dept_no", True)
    pay = places[h.GRADE_WAGE_STANDARD, "FINANCE"]
    assert (pay["table"], pay["column"], pay["value"]) == ("salaries", "salary", "88958.00")
    assert places[h.POST_NAME, "ORGANIZATION"]["table"] == "titles"
    records = {each["department"]: each for each in person["records"]}
    assert records["FINANCE"]["state"] == "VALUE"
    hr = {each["indicator"]: each for each in records["HR"]["values"]}
    assert (hr["gender"]["value"], hr["gender"]["raw"]) == ("1", "M")
    assert "link_key" not in hr


async def test_the_pool_shows_what_is_known(city: TinyCity, client: Client) -> None:
    development = await unit_id(city.config, Department.ESTABLISHMENT, "d005")

    unit = (await client.data(POOLS, id=development))["unit"]

    assert {each["level"] for each in unit["links"]} == {"CERTAIN"}
    assert len(unit["links"]) == 4
    assert unit["basics"] == {h.UNIT_HEAD: "陈伟"}
    assert unit["pools"] == [
        {
            h.ESTABLISHMENT_TYPE: {"code": "9"},
            "approved": None,
            "occupied": 2,
            "vacant": None,
            "over": None,
            "locked": None,
            "applicable": None,
            "usable": None,
            "payrollHeadcount": 2,
            "freeze": "UNKNOWN",
        }
    ]


async def test_a_name_of_two_columns_and_a_unit_of_a_period_can_be_filtered(city: TinyCity) -> None:
    by_name = await listed(city.config, Condition(h.PERSON_NAME, Operator.IN, ("王静",)))
    by_unit = await listed(city.config, Condition(h.OCCUPIED_UNIT_CODE, Operator.IN, ("d006",)))

    assert by_name == ["王静"]
    assert by_unit == ["张三丰", "赵强"]


async def test_lists_answer_with_fields_of_other_departments(client: Client) -> None:
    document = """query ($f: PersonFilter) { persons(filter: $f) {
      drivenBy totalCount nodes { name payroll { payrollUnitCode } } } }"""

    by_name = (await client.data(document, f={"name": "王静"}))["persons"]
    by_unit = (await client.data(document, f={h.UNIT_CODE: "d006"}))["persons"]

    assert by_name == {
        "drivenBy": "ESTABLISHMENT",
        "totalCount": 1,
        "nodes": [{"name": "王静", "payroll": {h.PAYROLL_UNIT_CODE: "d005"}}],
    }
    assert [each["name"] for each in by_unit["nodes"]] == ["张三丰", "赵强"]


async def test_check_finds_no_error(city: TinyCity) -> None:
    for source in source_options(read_settings(city.config), city.folder):
        found = await check_source(source, Place("city.toml", 1))

        assert not [each for each in found if each.severity is Severity.ERROR], found


async def test_linking_again_changes_nothing(city: TinyCity) -> None:
    before = await person_id(city.config, Department.FINANCE, "10001")

    assert await link(city.config) == set()
    assert await person_id(city.config, Department.ORGANIZATION, "10001") == before


async def test_a_question_is_explained_without_a_look_at_the_catalogs(city: TinyCity) -> None:
    asked = await person_id(city.config, Department.HR, "10001")
    settings, body = read_settings(city.config), {"query": LOOKUP, "variables": {"id": asked}}

    done = await ask_on_paper(city.config, settings, body, looks=False, knows=True)

    assert done.errors == []
    assert all(source.sent for source in done.sources)

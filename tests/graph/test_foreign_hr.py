"""The classic HR sample, split over four databases and attached by TOML alone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.port import Condition, Operator
from commands.explaining import ask_on_paper
from domain.catalogue import handles as h
from domain.model.departments import Department
from settings import read_settings
from tests.support.city import Client, link, running
from tests.support.databases import DatabaseMaker, Kind
from tests.support.foreign import listed, make_foreign_city, person_id, unit_id
from tests.support.tiny import TinyCity

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]
LOOKUP = """query ($id: ID!) { person(id: $id) {
  name identity unit { name }
  links { department level evidence }
  identityDocuments { email mobilePhone }
  occupation { occupiedUnitCode occupiesEstablishment internalOffice }
  employment { postType { code } }
  posts { postName postUnitCode appointedOn removedOn }
  wageStandard { postWageStandard }
  payroll { inUnifiedPayroll payrollStatus { code } }
} }"""
PROVENANCE = """query ($id: ID!, $of: [String!]) { person(id: $id) {
  provenance(indicators: $of) { indicator department table column value used } } }"""
UNIT = """query ($id: ID!) { unit(id: $id) { unitCode name links { department }
  basics { unitAddress unitShortName unitDuties unitPhone }
  pools { approved occupied vacant over freeze payrollHeadcount } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="city")
async def _city(
    database_kind: Kind,
    tmp_path_factory: pytest.TempPathFactory,
    make_module_database: DatabaseMaker,
) -> TinyCity:
    folder = tmp_path_factory.mktemp(f"hr_{database_kind}")
    city = make_foreign_city("hr", database_kind, folder, make_module_database)
    assert await link(city.config) == set()
    return city


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="client")
async def _client(city: TinyCity) -> AsyncIterator[Client]:
    async with running(city.config) as found:
        yield found


async def test_a_lookup_answers_from_all_four(city: TinyCity, client: Client) -> None:
    """Pay is keyed by the e-mail address itself, in small letters, in a schema of its own."""
    lind = await person_id(city.config, Department.HR, "100")

    person = (await client.data(LOOKUP, id=lind))["person"]

    assert person.pop("links") == [
        {"department": name, "level": "HIGH", "evidence": ["LINK_KEY:email", "NAME"]}
        for name in ("ORGANIZATION", "ESTABLISHMENT", "FINANCE", "HR")
    ]
    assert person == {
        "name": "Mara Lind",
        "identity": "LINKED",
        "unit": {"name": "Executive"},
        "identityDocuments": {h.EMAIL: "MLIND", h.MOBILE_PHONE: "555.0100"},
        "occupation": {
            h.OCCUPIED_UNIT_CODE: "90",
            h.OCCUPIES_ESTABLISHMENT: True,
            h.INTERNAL_OFFICE: "1",
        },
        "employment": {h.POST_TYPE: {"code": "1"}},
        "posts": [
            {
                h.POST_NAME: "Administration Assistant",
                h.POST_UNIT_CODE: "10",
                h.APPOINTED_ON: "2013-06-17",
                h.REMOVED_ON: "2016-12-31",
            },
            {
                h.POST_NAME: "President",
                h.POST_UNIT_CODE: "90",
                h.APPOINTED_ON: "2017-01-01",
                h.REMOVED_ON: None,
            },
        ],
        "wageStandard": {h.POST_WAGE_STANDARD: "24000.00"},
        "payroll": {h.IN_UNIFIED_PAYROLL: True, h.PAYROLL_STATUS: {"code": "1"}},
    }


async def test_a_lookup_costs_a_few_statements_a_source(city: TinyCity, client: Client) -> None:
    lind = await person_id(city.config, Department.HR, "100")

    statements = await client.statements(LOOKUP, id=lind)

    assert {name: count for name, count in statements.items() if name != "platform"} == {
        "organization": 2,
        "establishment": 2,
        "finance": 1,
        "hr": 1,
    }


async def test_a_post_without_a_title_stays_and_a_left_post_is_not_current(
    city: TinyCity, client: Client
) -> None:
    holm = await person_id(city.config, Department.ORGANIZATION, "104")

    person = (await client.data(LOOKUP, id=holm))["person"]

    assert [each[h.POST_NAME] for each in person["posts"]] == ["Programmer", None]
    assert person["occupation"][h.OCCUPIED_UNIT_CODE] == "60"


async def test_a_flag_says_yes_or_no(city: TinyCity, client: Client) -> None:
    dahl = await person_id(city.config, Department.HR, "105")
    brandt = await person_id(city.config, Department.HR, "103")

    without_post = (await client.data(LOOKUP, id=dahl))["person"]
    unpaid = (await client.data(LOOKUP, id=brandt))["person"]

    assert without_post["occupation"][h.OCCUPIES_ESTABLISHMENT] is False
    assert without_post["payroll"] == {h.IN_UNIFIED_PAYROLL: None, h.PAYROLL_STATUS: None}
    assert unpaid["payroll"] == {h.IN_UNIFIED_PAYROLL: False, h.PAYROLL_STATUS: {"code": "3"}}


async def test_a_name_of_one_part_has_no_separator(city: TinyCity, client: Client) -> None:
    solo = await person_id(city.config, Department.HR, "106")

    person = (await client.data(LOOKUP, id=solo))["person"]

    assert person["name"] == "Solo"
    assert {each["level"] for each in person["links"]} == {"HIGH"}
    assert len(person["links"]) == 3


async def test_provenance_names_the_columns_of_a_foreign_schema(
    city: TinyCity, client: Client
) -> None:
    lind = await person_id(city.config, Department.HR, "100")
    names = [h.PERSON_NAME, h.POST_NAME, h.POST_WAGE_STANDARD]

    person = (await client.data(PROVENANCE, id=lind, of=names))["person"]

    places = {
        (each["indicator"], each["department"]): (each["table"], each["column"])
        for each in person["provenance"]
    }
    assert places[h.PERSON_NAME, "ORGANIZATION"] == ("user", "first_name, last_name")
    assert places[h.POST_NAME, "ORGANIZATION"] == ("jobs", "job_title")
    table, column = places[h.POST_WAGE_STANDARD, "FINANCE"]
    assert table.endswith(".employees")
    assert column == "salary"


async def test_a_unit_of_a_code_and_a_name_is_linked_by_its_code(
    city: TinyCity, client: Client
) -> None:
    """The code is a number in two systems and a text in two."""
    it = await unit_id(city.config, Department.FINANCE, "60")
    marketing = await unit_id(city.config, Department.ESTABLISHMENT, "20")

    unit = (await client.data(UNIT, id=it))["unit"]
    other = (await client.data(UNIT, id=marketing))["unit"]

    assert unit[h.UNIT_CODE] == "60"
    assert [each["department"] for each in unit["links"]] == [
        "ORGANIZATION",
        "ESTABLISHMENT",
        "FINANCE",
        "HR",
    ]
    assert unit["basics"] == {
        h.UNIT_ADDRESS: "3 Harbour Way, Port Amsel",
        h.UNIT_SHORT_NAME: "Aland",
        h.UNIT_DUTIES: "North",
        h.UNIT_PHONE: "555.0104",
    }
    assert other["basics"][h.UNIT_ADDRESS] == "Brackwater"


async def test_a_quota_that_nobody_keeps_is_unknown_and_never_none(
    city: TinyCity, client: Client
) -> None:
    it = await unit_id(city.config, Department.ESTABLISHMENT, "60")
    empty = await unit_id(city.config, Department.ESTABLISHMENT, "190")

    (pool,) = (await client.data(UNIT, id=it))["unit"]["pools"]
    (other,) = (await client.data(UNIT, id=empty))["unit"]["pools"]

    unknown = {"approved": None, "vacant": None, "over": None, "freeze": "UNKNOWN"}
    assert pool == {**unknown, "occupied": 2, "payrollHeadcount": 2}
    assert other == {**unknown, "occupied": 0, "payrollHeadcount": None}


async def test_persons_are_listed_by_their_two_names(city: TinyCity) -> None:
    found = await listed(city.config, Condition(h.PERSON_NAME, Operator.BEGINS, ("Jo", "Tove B")))

    assert found == ["Jonas Ek", "Tove Brandt"]


async def test_nothing_of_the_key_stands_in_the_platform_database(city: TinyCity) -> None:
    kept = b"".join(path.read_bytes() for path in city.folder.glob("platform.sqlite*"))

    for text in (b"mlind", b"MLIND", b"Mara", b"Lind"):
        assert text not in kept
    assert b"LINK_KEY:email" in kept


async def test_linking_again_changes_nothing(city: TinyCity) -> None:
    before = await person_id(city.config, Department.FINANCE, "mlind")

    assert await link(city.config) == set()
    assert await person_id(city.config, Department.ORGANIZATION, "100") == before


async def test_a_question_is_explained_without_a_look_at_the_catalogs(city: TinyCity) -> None:
    asked = await person_id(city.config, Department.HR, "100")
    settings, body = read_settings(city.config), {"query": LOOKUP, "variables": {"id": asked}}

    done = await ask_on_paper(city.config, settings, body, looks=False, knows=True)

    assert done.errors == []
    assert all(source.sent for source in done.sources)

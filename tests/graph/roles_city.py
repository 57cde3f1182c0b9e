"""A demo city with access control, an account for each role, and one person of it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from commands.accounts.opening import open_desk
from domain.catalogue import handles
from domain.identity.id_numbers import normalise_id_number
from domain.model.departments import Department
from domain.model.keys import DivisionCode, UnitCode
from domain.model.roles import ADMINISTRATORS, REVIEWERS, Rights, Role
from schema.serving.trusted import document_id
from tests.graph.test_access import bearer, client_from
from tests.support.city import TestCity, running, stored
from tests.support.sign_in import add_account, token_with

Json = dict[str, Any]
Told = Mapping[str, str | None]
CITY = DivisionCode("370700")
DOCUMENT = """query($n: String!) { person(idNumber: $n) { name idNumber
    basics { birthDate gender { code } nativePlace { code } }
    identityDocuments { idNumber mobilePhone contactAddress email }
    occupation { occupiedUnitCode } unit { name unitCode }
    politicalAffiliation { partyBranch }
    payroll { bankAccountNo rows { period netPay } } } }"""
UNIT, INTERNAL, ID, NET, BRANCH, BANK = (
    "Unit.name",
    f"Person.occupation.{handles.OCCUPIED_UNIT_CODE}",
    "Person.idNumber",
    f"Person.payroll.rows.{handles.NET_PAY}",
    f"Person.politicalAffiliation.{handles.PARTY_BRANCH}",
    f"Person.payroll.{handles.BANK_ACCOUNT_NO}",
)
SHOWN = (UNIT, INTERNAL, ID, NET, BRANCH, BANK)
OF_UNITS = (Role.UNIT_CLERK, Role.COMPETENT_DEPT)
ALL_MASKED = {ID: "MASKED", NET: "MASKED", BRANCH: "MASKED"}
NOTHING: Told = {}


@dataclass(frozen=True)
class Place:
    """A running city with access control, and one person of it as nobody's eyes dim it."""

    http: httpx.AsyncClient
    config: Path
    number: str
    open: Json

    async def ask(
        self,
        role: Role,
        purpose: str | None = "LOOKUP",
        acr: str = "pwd",
        document: str = DOCUMENT,
        **variables: object,
    ) -> Json:
        async with open_desk(self.config) as desk:
            headers = bearer(await token_with(desk, role.lower(), acr=acr))
        if purpose is not None:
            headers["X-Fourfold-Purpose"] = purpose
        body = {"query": document, "variables": {"n": self.number, **variables}}
        answer = await self.http.post("/graphql", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found


@asynccontextmanager
async def a_place(city: TestCity) -> AsyncIterator[Place]:
    """The city running with access control, with an account for each role."""
    number, seen = await a_person(city)
    config = access_of(city)
    unit = UnitCode(seen["unit"][handles.UNIT_CODE])
    for role in Role:
        await add_account(config, role.lower(), rights_of(role, unit))
    async with client_from(config) as http:
        yield Place(http, config, number, seen)


def rights_of(role: Role, unit: UnitCode) -> Rights:
    roles = frozenset({role})
    if role in ADMINISTRATORS:
        return Rights(roles)
    if role in OF_UNITS:
        return Rights(roles, units=(unit,))
    department = REVIEWERS.get(role, Department.HR if role is Role.DATA_STEWARD else None)
    return Rights(roles, department, (CITY,))


def access_of(city: TestCity) -> Path:
    """The same city under another file, with access control."""
    text = city.config.read_text(encoding="utf-8").replace("enabled = false", "enabled = true")
    manifest = city.folder / "documents.json"
    manifest.write_text(json.dumps({document_id(DOCUMENT): DOCUMENT}), encoding="utf-8")
    config = city.folder / "locked.toml"
    text = text.replace("debug = true", f'debug = true\nmanifest = "{manifest}"')
    config.write_text(text, encoding="utf-8")
    return config


async def a_person(city: TestCity) -> tuple[str, Json]:
    """Somebody who has everything that the document asks for."""
    numbers = stored(city, "hr", "person", handles.ID_NUMBER)
    async with running(city.config) as client:
        for person in city.persons_in_all():
            number = normalise_id_number(numbers[person["keys"]["hr"]]).text
            answer = await client.ask(DOCUMENT, n=number)
            assert "redactions" not in answer.get("extensions", {})
            seen: Json = answer["data"]["person"]
            if all(None not in flat(seen, field) for field in SHOWN):
                return number, seen
    raise LookupError("nobody has everything")


def flat(person: Json | None, field: str) -> list[object]:
    """The values of a field named as redactions name it."""
    if person is None:
        return []
    values: list[Any] = [person["unit"] if field.startswith("Unit.") else person]
    for name in field.split(".")[1:]:
        below = [value[name] for value in values if value is not None]
        values = [v for each in below for v in (each if isinstance(each, list) else [each])]
    return values


def told(answer: Json) -> dict[str, str]:
    redactions = answer.get("extensions", {}).get("redactions", [])
    pairs = [(each["field"], each["reason"]) for each in redactions]
    assert len(set(pairs)) == len(pairs)
    return dict(pairs)


def masked(number: str) -> str:
    return f"{number[:3]}{'*' * 11}{number[-4:]}"

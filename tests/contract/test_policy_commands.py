"""`fourfold policy explain`: the decision on each field of a query, for an account."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from commands.main import main
from domain.policy.loading import policy
from tests.support.databases import DatabaseMaker
from tests.support.sign_in import switch_access_on
from tests.support.tiny import make_tiny_city

DOCUMENT = """query($n: String!, $i: [String!]) { person(idNumber: $n) { idNumber name
    payroll { bankAccountNo rows { netPay } }
    unit { persons { nodes { payroll { bankAccountNo } } } }
    provenance(indicators: $i) { value } } }"""
ROLES = {
    "fin": ("--role", "FIN_REVIEWER", "--department", "finance", "--division", "370700"),
    "leader": ("--role", "LEADER_READONLY", "--division", "370700"),
    "root": ("--role", "SYS_ADMIN"),
}


class Shop:
    """The command line over one city with an account for each of ROLES."""

    def __init__(self, config: Path, document: Path) -> None:
        self.config, self.document = config, document

    def explain(self, user: str, *arguments: str) -> Result:
        command = ["policy", "explain", "--user", user, str(self.document), *arguments]
        return CliRunner().invoke(main, [*command, "--config", str(self.config)])

    def rulings(self, user: str, *arguments: str) -> dict[str, tuple[str, str | None]]:
        told = json.loads(self.explain(user, *arguments, "--json").stdout)
        return {
            f"{f['field']}{'*' if f['inList'] else ''}": (
                f["rows"]["home"]["decision"],
                f["rows"]["home"]["reason"],
            )
            for f in told["fields"]
        }


@pytest.fixture(name="shop")
def _shop(tmp_path: Path, make_database: DatabaseMaker) -> Shop:
    city = make_tiny_city("sqlite", tmp_path, make_database)
    switch_access_on(city.config)
    for login, role in ROLES.items():
        command = ["account", "add", login, *role, "--config", str(city.config)]
        assert CliRunner().invoke(main, command).exit_code == 0
    document = tmp_path / "lookup.graphql"
    document.write_text(DOCUMENT, encoding="utf-8")
    return Shop(city.config, document)


def test_each_field_is_told_with_its_decision_and_reason(shop: Shop) -> None:
    rulings = shop.rulings("fin", "--purpose", "LOOKUP", "--acr", "mfa")

    assert rulings["Person.idNumber"] == ("ALLOW", None)
    assert rulings["Person.payroll.bankAccountNo"] == ("ALLOW", None)
    assert rulings["Person.payroll.bankAccountNo*"] == ("DENY", "DENIED")


def test_purpose_and_second_factor_count(shop: Shop) -> None:
    leader = shop.rulings("leader")
    supervising = shop.rulings("leader", "--purpose", "SUPERVISION:D-7")
    by_password = shop.rulings("fin", "--purpose", "LOOKUP")

    assert leader["Person.payroll.rows.netPay"] == ("MASK", "PURPOSE")
    assert supervising["Person.payroll.rows.netPay"] == ("ALLOW", None)
    assert by_password["Person.payroll.bankAccountNo"] == ("DENY", "DENIED")


def test_indicators_named_by_variables_are_judged_too(shop: Shop, tmp_path: Path) -> None:
    variables = tmp_path / "v.json"
    variables.write_text('{"n": "1", "i": ["A0107"]}', encoding="utf-8")

    rulings = shop.rulings("root", "--variables", str(variables))

    assert rulings["Person.basics.birthDate"] == ("DENY", "DENIED")
    assert rulings["Query.person"] == ("DENY", "DENIED")


def test_the_table_is_for_people(shop: Shop) -> None:
    told = shop.explain("leader", "--purpose", "LOOKUP").stdout

    assert "leader: LEADER_READONLY; scope 370700" in told
    assert f"policy version {policy().version}, digest {policy().digest[:16]}" in told
    assert "MASK as ID_NUMBER (MASKED)" in told
    assert "Person.payroll.bankAccountNo (in a list)" in told


@pytest.mark.parametrize(
    ("user", "arguments", "status", "told"),
    [
        ("nobody", (), 2, "no account"),
        ("fin", ("--purpose", "CURIOSITY"), 2, "X-Fourfold-Purpose"),
        ("fin", ("--purpose", "MAINTENANCE"), 1, "none of your roles"),
        ("fin", ("--variables", "missing.json"), 2, "cannot be read"),
    ],
)
def test_what_cannot_be_explained_is_told(
    shop: Shop, user: str, arguments: tuple[str, ...], status: int, told: str
) -> None:
    done = shop.explain(user, *arguments)

    assert done.exit_code == status
    assert told in done.stderr


@pytest.mark.parametrize("text", ["{", "{ nobody }", "query A { me { id } } query B { me { id } }"])
def test_a_document_that_cannot_run_is_told(shop: Shop, text: str) -> None:
    shop.document.write_text(text, encoding="utf-8")

    done = shop.explain("fin")

    assert done.exit_code == 2
    assert "the document cannot run as one query" in done.stderr

"""`fourfold account`, `client`, `keys`, `token` and what `serve` refuses."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from commands.main import main
from tests.support.databases import DatabaseMaker
from tests.support.sign_in import PASSWORD, switch_access_on
from tests.support.tiny import make_tiny_city

HR = ("--role", "HR_REVIEWER", "--department", "hr", "--division", "370700")


class Shop:
    """The command line over one city."""

    def __init__(self, config: Path) -> None:
        self.config = config

    def run(self, *arguments: str, given: str = "") -> Result:
        command = [*arguments, "--config", str(self.config)]
        return CliRunner().invoke(main, command, input=given)

    def accounts(self) -> dict[str, dict[str, object]]:
        told = json.loads(self.run("account", "list", "--json").stdout)
        return {each["login"]: each for each in told}


@pytest.fixture(name="shop")
def _shop(tmp_path: Path, make_database: DatabaseMaker) -> Shop:
    city = make_tiny_city("sqlite", tmp_path, make_database)
    switch_access_on(city.config)
    return Shop(city.config)


def test_an_account_is_made_with_a_password_that_nobody_chose(shop: Shop) -> None:
    made = shop.run("account", "add", "li.na", *HR)

    assert made.exit_code == 0, made.output
    assert made.stdout.startswith("password of li.na: ")
    found = shop.accounts()["li.na"]
    assert (found["roles"], found["divisions"], found["state"]) == (
        ["HR_REVIEWER"],
        ["370700"],
        "active",
    )
    assert not any("password" in key or key == "secret" for key in found)


def test_a_password_comes_from_a_file_or_standard_input(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n", encoding="utf-8")
    made = shop.run("account", "add", "li.na", *HR, "--password-file", str(file))
    changed = shop.run("account", "password", "li.na", "--password-file", "-", given=PASSWORD)
    short = shop.run("account", "password", "li.na", "--password-file", "-", given="short")
    absent = shop.run("account", "password", "li.na", "--password-file", str(tmp_path / "none"))

    assert (made.exit_code, changed.exit_code) == (0, 0)
    assert (made.stdout, changed.stdout) == ("", "")
    assert (short.exit_code, absent.exit_code) == (2, 2)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--role", "SYS_ADMIN", *HR), "stands alone"),
        (("--role", "FIN_REVIEWER", *HR), "two departments"),
        (("--role", "UNIT_CLERK"), "has a unit"),
        (("--role", "KING"), "KING"),
    ],
)
def test_rights_that_do_not_go_together_are_refused(
    shop: Shop, arguments: tuple[str, ...], told: str
) -> None:
    refused = shop.run("account", "add", "li.na", *arguments)

    assert refused.exit_code == 2
    assert told in refused.output
    assert shop.accounts() == {}


def test_a_security_administrator_changes_others_and_never_the_own_account(shop: Shop) -> None:
    shop.run("account", "add", "sec", "--role", "SEC_ADMIN")
    shop.run("account", "add", "li.na", *HR)

    by_sec = shop.run("account", "role", "li.na", "--role", "SYS_ADMIN", "--by", "sec")
    own = shop.run("account", "role", "sec", *HR, "--by", "sec")
    by_other = shop.run("account", "role", "sec", *HR, "--by", "li.na")
    by_nobody = shop.run("account", "disable", "sec", "--by", "nobody")

    assert by_sec.exit_code == 0, by_sec.output
    assert [each.exit_code for each in (own, by_other, by_nobody)] == [1, 1, 1]
    assert shop.accounts()["sec"]["roles"] == ["SEC_ADMIN"]
    assert shop.accounts()["li.na"]["roles"] == ["SYS_ADMIN"]


def test_a_disabled_account_gets_no_token_until_it_is_enabled(shop: Shop) -> None:
    shop.run("account", "add", "li.na", *HR)
    shop.run("account", "disable", "li.na")
    refused = shop.run("token", "--user", "li.na")
    shop.run("account", "enable", "li.na")
    given = shop.run("token", "--user", "li.na", "--minutes", "5", "--acr", "mfa")
    unknown = shop.run("token", "--user", "nobody")

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert given.stdout.count(".") == 2
    assert unknown.exit_code == 2


def test_a_second_factor_is_shown_once_and_taken_away(shop: Shop) -> None:
    shop.run("account", "add", "li.na", *HR)
    given = shop.run("account", "totp", "li.na")
    has = shop.accounts()["li.na"]["second_factor"]
    shop.run("account", "totp", "li.na", "--remove")

    assert given.stdout.startswith("otpauth://totp/Fourfold:li.na?secret=")
    assert (has, shop.accounts()["li.na"]["second_factor"]) == (True, False)


def test_a_client_is_made_listed_and_removed(shop: Shop) -> None:
    address = "https://hr.example/callback"
    made = shop.run("client", "add", "hr-system", "--redirect-uri", address)
    public = shop.run("client", "add", "kiosk", "--public", "--redirect-uri", address)
    twice = shop.run("client", "add", "hr-system", "--redirect-uri", address)
    unsafe = shop.run("client", "add", "x", "--redirect-uri", "http://hr.example/callback")
    listed = json.loads(shop.run("client", "list", "--json").stdout)
    removed = shop.run("client", "remove", "hr-system")
    again = shop.run("client", "remove", "hr-system")

    assert made.stdout.startswith("secret of hr-system: ")
    assert public.stdout == ""
    assert (twice.exit_code, unsafe.exit_code) == (2, 2)
    assert [(each["client_id"], each["is_public"]) for each in listed] == [
        ("hr-system", False),
        ("kiosk", True),
    ]
    assert (removed.exit_code, again.exit_code) == (0, 1)


@pytest.mark.parametrize("option", ["--redirect-uri", "--logout-uri", "--back-channel-uri"])
@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://*.hr.example/callback", "name each one"),
        ("https://hr.example/*", "name each one"),
        ("https://hr:secret@hr.example/callback", "leave them out"),
        ("https://hr@hr.example/callback", "leave them out"),
        ("https://[hr.example/callback", "is whole"),
        ("https://hr.example:port/callback", "is whole"),
    ],
)
def test_an_address_that_promises_more_than_it_keeps_is_refused(
    shop: Shop, option: str, address: str, told: str
) -> None:
    given = ("--redirect-uri", "https://hr.example/callback", option, address)

    refused = shop.run("client", "add", "hr-system", *given)

    assert refused.exit_code == 2
    assert told in " ".join(refused.output.split())
    assert "secret@" not in refused.output
    assert json.loads(shop.run("client", "list", "--json").stdout) == []


def test_keys_rotate_once_and_then_wait_for_the_next_to_be_known(shop: Shop) -> None:
    first = shop.run("keys", "rotate")
    second = shop.run("keys", "rotate")
    leaked = shop.run("keys", "rotate", "--leaked")
    states = [each["state"] for each in json.loads(shop.run("keys", "list", "--json").stdout)]

    assert (first.exit_code, second.exit_code, leaked.exit_code) == (0, 2, 0)
    assert sorted(states) == ["current", "next"]


def test_strangers_are_not_served_without_access_control(
    tmp_path: Path, make_database: DatabaseMaker
) -> None:
    shop = Shop(make_tiny_city("sqlite", tmp_path, make_database).config)

    refused = shop.run("serve", "--host", "0.0.0.0")  # noqa: S104 - it must be refused
    no_token = shop.run("token", "--user", "li.na")

    assert refused.exit_code == 2
    assert "enabled = false" in refused.output
    assert no_token.exit_code == 2


def test_strangers_are_not_served_under_an_address_of_this_machine(shop: Shop) -> None:
    refused = shop.run("serve", "--host", "0.0.0.0")  # noqa: S104 - it must be refused

    assert refused.exit_code == 2
    assert "[platform] issuer" in refused.output


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('issuer = "http://city.example"', "issuer"),
        ('issuer = "https://city.example/"', "issuer"),
        ('issuer = "https://city.example?x=1"', "issuer"),
    ],
)
def test_an_unsafe_issuer_is_refused_with_its_line(shop: Shop, line: str, told: str) -> None:
    text = shop.config.read_text(encoding="utf-8").replace("[platform]", f"[platform]\n{line}")
    shop.config.write_text(text, encoding="utf-8")

    refused = shop.run("account", "list")

    assert refused.exit_code == 2
    assert told in refused.output
    assert "city.toml:2" in refused.output

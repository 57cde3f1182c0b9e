"""What the policy file may not say."""

import pytest

from domain.catalogue.handles import NET_PAY
from domain.model.errors import MappingError
from domain.policy.loading import policy, read_policy

HEAD = """version = 1
[purposes]
UNIT_CLERK = []
COMPETENT_DEPT = []
ORG_REVIEWER = []
EST_REVIEWER = []
FIN_REVIEWER = []
HR_REVIEWER = []
DATA_STEWARD = []
LEADER_READONLY = []
INSPECTOR = []
AUDIT_ADMIN = []
SYS_ADMIN = []
SEC_ADMIN = []
SERVICE = []
[permissions]
PERSONS = []
POOLS = []
OWN_DOCUMENTS = []
"""
GRANT = """[[grants]]
roles = ["{roles}"]
rows = ["home"]
levels = ["{levels}"]
{more}
show = "{show}"
"""


def grant(roles: str, levels: str, more: str = "", show: str = "ALLOW") -> str:
    return HEAD + GRANT.format(roles=roles, levels=levels, more=more, show=show)


def test_the_policy_of_the_program_has_a_version_and_the_digest_of_its_file() -> None:
    assert policy().version >= 1
    assert len(policy().digest) == 64


def test_one_letter_makes_another_digest() -> None:
    one = read_policy(grant("INSPECTOR", "internal"))
    other = read_policy(grant("INSPECTOR", "public"))

    assert one.digest != other.digest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version = 1 = 2", "TOML"),
        (HEAD.replace("version = 1", "version = 0"), "version"),
        (HEAD.replace("version = 1", "version = true"), "version"),
        (HEAD + "[extra]", "extra"),
        (HEAD.replace("INSPECTOR = []\n", ""), "INSPECTOR"),
        (HEAD.replace("INSPECTOR = []", 'INSPECTOR = ["SPYING"]'), "SPYING"),
        (HEAD.replace("INSPECTOR = []", 'INSPECTOR = "LOOKUP"'), "no list"),
        (HEAD.replace("POOLS = []\n", ""), "POOLS"),
        (HEAD + '[levels]\nshoeSize = "public"', "shoeSize"),
        (HEAD + '[levels]\npersonName = "hidden"', "hidden"),
        (HEAD + '[masks]\npersonName = "STARS"', "STARS"),
        (HEAD + '[masks]\nnetPay = "NAME"', NET_PAY),
        (HEAD + '[work]\ncategories = ["XYZ"]', "XYZ"),
        (grant("EMPEROR", "public"), "EMPEROR"),
        (grant("INSPECTOR", "public", 'colour = "red"'), "colour"),
        (grant("INSPECTOR", "public", show="MAYBE"), "MAYBE"),
        (grant("SYS_ADMIN", "internal"), "administrators"),
        (grant("SYS_ADMIN", "personal", show="MASK"), "administrators"),
        (grant("INSPECTOR", "personal"), "purposes"),
        (grant("INSPECTOR", "personal", "purposes = []"), "purposes"),
        (grant("INSPECTOR", "secret", 'purposes = ["LOOKUP"]'), "second factor"),
        (grant("INSPECTOR", "secret", 'purposes = ["LOOKUP"]\nacr = "pwd"'), "second factor"),
    ],
)
def test_what_is_wrong_or_shows_too_much_is_told(text: str, told: str) -> None:
    with pytest.raises(MappingError) as refused:
        read_policy(text)

    assert told in str(refused.value)

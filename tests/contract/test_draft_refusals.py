"""What `fourfold draft` refuses, and the files it leaves alone."""

from pathlib import Path

import pytest

from tests.contract.source_kit import Way, marked, run_sql
from tests.contract.test_draft import TABLES, WAYS, draft, drafted
from tests.support.databases import DatabaseMaker


@pytest.fixture(params=[marked(way) for way in WAYS])
def url(request: pytest.FixtureRequest, make_database: DatabaseMaker) -> str:
    way: Way = request.param
    return make_database(way.kind)


def test_a_file_that_is_no_toml_is_left_alone(url: str, tmp_path: Path) -> None:
    run_sql(url, *TABLES)
    file = tmp_path / "hr.toml"
    file.write_text("[person\n", encoding="utf-8")

    status, _, said = draft(url, "--out", str(file))

    assert status == 2
    assert f"{file}:2:" in said or f"{file}:1:" in said
    assert file.read_text(encoding="utf-8") == "[person\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"format = 7\n", "format: 7 is newer than 1, the format of this version"),
        (b"format = 0\n", "format: 0 is older than 1, the format of this version"),
        ("format = 1 # é\n".encode("latin-1"), "the file is not UTF-8"),
    ],
)
def test_a_file_that_is_no_mapping_of_ours_is_left_alone(
    url: str, tmp_path: Path, content: bytes, said: str
) -> None:
    run_sql(url, *TABLES)
    file = tmp_path / "hr.toml"
    file.write_bytes(content)

    status, _, told = draft(url, "--out", str(file))

    assert status == 2
    assert f"{file}:1: {said}" in told
    assert file.read_bytes() == content


def test_an_empty_file_gets_a_first_draft(url: str, tmp_path: Path) -> None:
    run_sql(url, *TABLES)
    file = tmp_path / "hr.toml"
    file.touch()

    assert drafted(url, file)["person"]["table"].endswith("ryjbxx")


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("nonsense", 2, "the URL cannot be read"),
        ("postgresql://u:geheim@sehr:geheim@h/d", 2, "the URL cannot be read"),
        ("oracle+nichts://h/d", 2, "there is no driver 'oracle+nichts': correct the URL, or"),
        ("postgresql://u:geheim@127.0.0.1:1/d", 1, "the database cannot be read: no connection"),
        ("sqlite:////nowhere/x.sqlite", 1, "the file is missing or is no database"),
    ],
)
def test_an_address_that_leads_nowhere(address: str, status: int, said: str) -> None:
    found, _, told = draft(address)

    assert found == status
    assert said in told
    assert "geheim" not in told

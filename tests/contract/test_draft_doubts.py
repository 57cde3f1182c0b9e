"""What `fourfold draft` leaves to somebody who knows the tables: proposals in comments."""

from pathlib import Path

import pytest

from tests.contract.source_kit import Way, marked, run_sql
from tests.contract.test_draft import WAYS, draft, errors_of
from tests.support.databases import DatabaseMaker


@pytest.mark.parametrize("way", [marked(way) for way in WAYS])
def test_names_in_two_columns_and_foreign_keys_to_units_are_proposed_as_comments(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(
        url,
        """CREATE TABLE org (org_no VARCHAR(9) NOT NULL PRIMARY KEY, unit_name VARCHAR(60),
            above VARCHAR(9), FOREIGN KEY (above) REFERENCES org (org_no))""",
        """CREATE TABLE staff (staff_id VARCHAR(9) NOT NULL PRIMARY KEY, id_number VARCHAR(18),
            first_name VARCHAR(40), last_name VARCHAR(40), works_for VARCHAR(9),
            FOREIGN KEY (works_for) REFERENCES org (org_no))""",
    )
    file = tmp_path / "est.toml"
    status, _, said = draft(url, "--department", "establishment", "--out", str(file))
    assert status == 0, said

    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("#? ", ""), encoding="utf-8")

    assert '#? personName = { concat = ["last_name", "first_name"] }' in text
    assert '#? occupiedUnitCode = "works_for"' in text
    assert '#? parentUnitCode = "above"' in text
    assert errors_of(url, file) == []


@pytest.mark.parametrize("way", [marked(way) for way in WAYS])
def test_a_table_with_family_and_given_names_is_the_table_of_persons(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(
        url,
        """CREATE TABLE wide (a VARCHAR(9) NOT NULL PRIMARY KEY, b VARCHAR(9), c VARCHAR(9),
            d VARCHAR(9), e VARCHAR(9), f VARCHAR(9))""",
        """CREATE TABLE workers (no VARCHAR(9) NOT NULL PRIMARY KEY, firstname VARCHAR(40),
            surname VARCHAR(40))""",
    )
    file = tmp_path / "hr.toml"

    status, _, said = draft(url, "--department", "hr", "--out", str(file))

    assert status == 0, said
    text = file.read_text(encoding="utf-8")
    assert "This one is a guess" not in text
    assert 'workers"\nkey = "no"' in text
    assert '#? link_key = { column = "no"' in text
    assert '#? personName = { concat = ["surname", "firstname"] }' in text

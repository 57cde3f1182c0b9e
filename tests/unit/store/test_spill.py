"""The spill: rows of one number come back together, and nothing readable touches the disk."""

from pathlib import Path

import pytest

from domain.model.departments import Department
from domain.model.keys import LocalKey, SourceName
from store.spill import Told, WaitingRow, open_spill

CANARY = "370702198503151232"


def a_row(number: int, key: int, source: str = "hr") -> WaitingRow:
    local_key = LocalKey(Department.HR, SourceName(source), f"{CANARY}-{key}")
    return WaitingRow(
        f"{number:064x}", f"{key:064x}", local_key, personal=True, told=Told(CANARY, "张金丝雀")
    )


def test_rows_of_one_number_come_back_together() -> None:
    rows = [a_row(2, 1), a_row(1, 2), a_row(2, 3)]

    with open_spill() as spill:
        spill.add(rows)
        groups = list(spill.groups())

    assert groups == [[rows[1]], [rows[0], rows[2]]]


def test_a_source_that_broke_off_leaves_nothing() -> None:
    with open_spill() as spill:
        spill.add([a_row(1, 1), a_row(1, 2, "finance")])
        spill.forget(SourceName("hr"))
        groups = list(spill.groups())

    assert groups == [[a_row(1, 2, "finance")]]


def test_keys_that_nothing_wants_are_told() -> None:
    with open_spill() as spill:
        spill.want([f"{1:064x}"])

        assert spill.unwanted([f"{1:064x}", f"{2:064x}"]) == {f"{2:064x}"}


def test_the_file_is_private_unreadable_and_gone_afterwards(tmp_path: Path) -> None:
    with open_spill(tmp_path) as spill:
        spill.add([a_row(1, key) for key in range(500)])
        (folder,) = tmp_path.iterdir()
        written = b"".join(path.read_bytes() for path in folder.iterdir())
        mode = folder.stat().st_mode & 0o777

    assert written
    assert mode == 0o700
    assert CANARY.encode() not in written
    assert "金丝雀".encode() not in written
    assert not list(tmp_path.iterdir())


def test_the_file_is_gone_after_a_failure_too(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_spill(tmp_path):
        raise ZeroDivisionError

    assert not list(tmp_path.iterdir())

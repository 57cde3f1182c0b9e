"""What people and programs are shown, and wrong use."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.checking import Counted, Statements, spread_keys
from benchmarks.jobs.every import ASKED
from benchmarks.jobs.job import Key
from benchmarks.keeper import take_away
from benchmarks.output import Result, ratio_table, server_table, told
from benchmarks.ratios import Measured, Round
from benchmarks.run import main


def a_result() -> Result:
    floor = Measured(100, 0.1, (0.001,), 200, 1.0, 0.5)
    ours = Measured(100, 0.14, (0.002,), 200, 1.25, 0.6)
    return Result([Round(floor, ours)], Counted(Statements(4.8, 6), Statements(5.5, 7)))


def test_json_holds_one_object_a_job_with_plain_numbers() -> None:
    assert json.loads(json.dumps(told({"lookup": a_result()}))) == {
        "lookup": {
            "cpu_ratio": 1.4,
            "cpu_ratio_min": 1.4,
            "cpu_ratio_max": 1.4,
            "rps_ratio": 0.8,
            "rps_per_cpu_ratio": 0.833,
            "statements": 7,
            "floor_statements": 6,
            "cpu_us": 1400,
            "floor_cpu_us": 1000,
        }
    }


def test_tables_show_ratios_and_both_servers() -> None:
    shown = io.StringIO()
    console = Console(file=shown, width=120)

    console.print(ratio_table({"lookup": a_result()}))
    console.print(server_table({"lookup": a_result()}))

    assert "1.40 (1.40–1.40)" in shown.getvalue()
    assert "5.50 / 7" in shown.getvalue()


def test_checked_keys_come_from_all_over_the_list() -> None:
    keys = [Key.same({"n": str(number)}) for number in range(1000)]

    assert [key.ours["n"] for key in spread_keys(keys, 4)] == ["0", "250", "500", "750"]
    assert spread_keys(keys[:2], 4) == keys[:2]


def test_each_job_is_asked_without_and_with_access_control() -> None:
    assert [asked.name for asked in ASKED] == [
        *("lookup", "page", "ledger", "lookup+access", "page+access", "ledger+access")
    ]


@pytest.mark.parametrize(
    "wrong", [["--rounds", "0"], ["--persons", "3"], ["--what"], ["--jobs", "lookup+x"]]
)
def test_wrong_use_ends_with_2(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(wrong)

    assert ended.value.code == 2


def test_what_was_made_is_taken_away_and_what_never_was_does_not_matter(tmp_path: Path) -> None:
    made = tmp_path / "made"
    (made / "keys").mkdir(parents=True)

    take_away([json.dumps(str(tmp_path / "never")), json.dumps(str(made))])

    assert not made.exists()

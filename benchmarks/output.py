"""What was measured, as a table for people and as one JSON object for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from rich.box import SIMPLE
from rich.table import Table

from benchmarks.checking import Counted, Statements
from benchmarks.ratios import Measured, Ratios, Round, Spread, percentile, ratios


@dataclass(frozen=True, slots=True)
class Result:
    """One job: its rounds and what the check phase counted."""

    rounds: Sequence[Round]
    counted: Counted

    @property
    def ratios(self) -> Ratios:
        """Ours by the floor."""
        return ratios(self.rounds)


def told(results: Mapping[str, Result]) -> dict[str, dict[str, float]]:
    """The object of `--json`; statements are the most one request needed."""
    return {name: _told(result) for name, result in results.items()}


def _told(result: Result) -> dict[str, float]:
    found = result.ratios
    return {
        "cpu_ratio": round(found.cpu.median, 3),
        "cpu_ratio_min": round(found.cpu.low, 3),
        "cpu_ratio_max": round(found.cpu.high, 3),
        "rps_ratio": round(found.rate.median, 3),
        "rps_per_cpu_ratio": round(found.rate_of_cpu.median, 3),
        "statements": result.counted.ours.most,
        "floor_statements": result.counted.floor.most,
        "cpu_us": round(_cpu([each.ours for each in result.rounds]) * 1e6),
        "floor_cpu_us": round(_cpu([each.floor for each in result.rounds]) * 1e6),
    }


def ratio_table(results: Mapping[str, Result]) -> Table:
    """Ours divided by the floor; medians of the rounds, and the lowest and highest of them."""
    table = Table(title="ours / floor: median (lowest–highest) of the rounds", box=SIMPLE)
    for heading in ("job", "CPU a request", "throughput", "throughput a CPU second"):
        table.add_column(heading, justify="left" if heading == "job" else "right")
    for name, result in results.items():
        found = result.ratios
        table.add_row(name, _shown(found.cpu), _shown(found.rate), _shown(found.rate_of_cpu))
    return table


def server_table(results: Mapping[str, Result]) -> Table:
    """Each server for itself; times are of this machine and this moment only."""
    table = Table(title="each server (times of this machine only)", box=SIMPLE)
    for heading in ("job", "server", "SQL mean / most", "CPU µs", "p50 ms", "p99 ms", "req/s"):
        table.add_column(heading, justify="left" if heading in ("job", "server") else "right")
    for name, result in results.items():
        counted = result.counted
        table.add_row(name, "floor", *_cells(counted.floor, [r.floor for r in result.rounds]))
        table.add_row("", "ours", *_cells(counted.ours, [r.ours for r in result.rounds]))
    return table


def _cpu(rounds: Sequence[Measured]) -> float:
    """Of one request, in the middle round."""
    return sorted(each.cpu_each for each in rounds)[len(rounds) // 2]


def _shown(found: Spread) -> str:
    return f"{found.median:.2f} ({found.low:.2f}–{found.high:.2f})"


def _cells(statements: Statements, rounds: Sequence[Measured]) -> list[str]:
    latencies = list(chain.from_iterable(each.latencies for each in rounds))
    rate = sorted(each.rate for each in rounds)[len(rounds) // 2]
    return [
        f"{statements.mean:.2f} / {statements.most}",
        f"{_cpu(rounds) * 1e6:.0f}",
        f"{percentile(latencies, 0.50) * 1e3:.2f}",
        f"{percentile(latencies, 0.99) * 1e3:.2f}",
        f"{rate:.0f}",
    ]

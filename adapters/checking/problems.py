"""What a check finds: how grave it is, where in the files, what to do."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from adapters.sql.misfit import Misfit
from domain.model.errors import Finding


class Severity(StrEnum):
    """How grave a finding is; only errors make a check fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of a check."""

    severity: Severity
    finding: Finding

    def __str__(self) -> str:
        place = f"{self.finding.file}:{self.finding.line}"
        return f"{place}: {self.severity}: {self.finding.message} -> {self.finding.remedy}"


@dataclass(slots=True)
class Problems:
    """The findings so far over one mapping file."""

    file: str
    found: list[Problem] = field(default_factory=list)

    def error(self, line: int, message: str, remedy: str) -> None:
        """The source cannot answer as mapped."""
        self._add(Severity.ERROR, line, message, remedy)

    def warning(self, line: int, message: str, remedy: str) -> None:
        """It answers, and somebody should look."""
        self._add(Severity.WARNING, line, message, remedy)

    def info(self, line: int, message: str, remedy: str) -> None:
        """Good to know."""
        self._add(Severity.INFO, line, message, remedy)

    def misfits(self, severity: Severity, misfits: Iterable[Misfit]) -> None:
        """What does not fit the live schema."""
        for each in misfits:
            self._add(severity, each.line, each.message, each.remedy)

    def ordered(self) -> list[Problem]:
        """Each once, by line; of one line the gravest first."""
        return sorted(dict.fromkeys(self.found), key=_rank)

    def _add(self, severity: Severity, line: int, message: str, remedy: str) -> None:
        self.found.append(Problem(severity, Finding(self.file, line, message, remedy)))


def counted(count: int, one: str, several: str) -> str:
    """A number with its noun."""
    return f"{count} {one if count == 1 else several}"


def _rank(problem: Problem) -> tuple[int, int]:
    return problem.finding.line, list(Severity).index(problem.severity)

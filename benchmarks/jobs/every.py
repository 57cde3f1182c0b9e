"""The jobs that are measured, in the order they are shown."""

from dataclasses import dataclass
from typing import Final

from benchmarks.jobs.job import Job
from benchmarks.jobs.ledger import LEDGER
from benchmarks.jobs.lookup import LOOKUP
from benchmarks.jobs.page import PAGE_JOB

JOBS: Final[tuple[Job, ...]] = (LOOKUP, PAGE_JOB, LEDGER)


@dataclass(frozen=True, slots=True)
class Asked:
    """A job, put to ours without access control or by somebody signed in; the floor has none."""

    job: Job
    is_signed_in: bool

    @property
    def name(self) -> str:
        """How it is shown."""
        return self.job.name + ("+access" if self.is_signed_in else "")


ASKED: Final = tuple(Asked(job, is_signed_in) for is_signed_in in (False, True) for job in JOBS)

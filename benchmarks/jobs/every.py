"""The jobs that are measured, in the order they are shown."""

from typing import Final

from benchmarks.jobs.job import Job
from benchmarks.jobs.ledger import LEDGER
from benchmarks.jobs.lookup import LOOKUP
from benchmarks.jobs.page import PAGE_JOB

JOBS: Final[tuple[Job, ...]] = (LOOKUP, PAGE_JOB, LEDGER)

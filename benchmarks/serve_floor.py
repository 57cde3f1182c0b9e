"""`python -m benchmarks.serve_floor PORT`: the floor; its databases come as JSON on stdin."""

import json
import sys
from collections.abc import Mapping

import uvicorn

from benchmarks.floor.databases import Databases
from benchmarks.floor.server import Floor, Handler, server_options
from benchmarks.jobs.every import JOBS


def make_handlers(databases: Databases) -> Mapping[str, Handler]:
    """One handler a job, by path."""
    return {job.path: job.make_floor(databases) for job in JOBS}


def main() -> None:
    """Serves until it is told to stop."""
    told = json.load(sys.stdin)
    uvicorn.run(Floor(told, make_handlers), **server_options("127.0.0.1", int(sys.argv[1])))


if __name__ == "__main__":
    main()

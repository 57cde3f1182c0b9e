"""Puts records of persons aside until all are read that are judged together."""

import asyncio
from collections.abc import Sequence

from adapters.port import SourceReader
from bulk.reports import Outcome
from bulk.rows import read_row
from bulk.run import Run
from domain.model.records import Facet
from store.records import Seen


async def put_aside(run: Run, reader: SourceReader, facets: Sequence[Facet]) -> list[Seen]:
    """Put records into the spill; what was seen of them."""
    read = [read_row(run, reader, facet) for facet in facets]
    usable = [row for _, row in read if not isinstance(row, Outcome)]
    noted = [(seen, row if isinstance(row, Outcome) else None) for seen, row in read]
    await asyncio.to_thread(run.spill.add, usable)
    await asyncio.to_thread(run.spill.note, noted)
    return [seen for seen, _ in read]

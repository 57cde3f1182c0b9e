"""One run over the persons of a city: what its steps share."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.port import SourceReader
from bulk.places import Places
from bulk.reports import Findings, Progress
from domain.model.keys import SourceName
from store.database import Store
from store.recording import Stamp
from store.records import LinkRecords
from store.spill import Spill, WaitingRow

Group = list[WaitingRow]


@dataclass(slots=True)
class Run:
    """Where a run writes, what it reads and found, who watches.

    `is_partial`: a source that was linked before is away, so that nothing new is certain.
    `is_unsure`: something could not be judged for good, and must be once more. `again` counts
    records read by key.
    """

    store: Store
    records: LinkRecords
    stamp: Stamp
    progress: Progress
    spill: Spill
    findings: Findings
    places: Places
    holders: Sequence[SourceReader]
    is_partial: bool = False
    is_unsure: bool = False
    again: Counter[SourceName] = field(default_factory=Counter)

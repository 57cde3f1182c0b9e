"""Whom and what one request has touched, as the audit log tells it: noted where it is found."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import is_not
from typing import Final

from domain.model.alike import SubjectRows
from domain.model.keys import EntityKind, SourceName
from domain.model.many import MadeLater
from domain.model.subjects import Subject

_IS_THERE: Final = partial(is_not, None)


@dataclass(slots=True)
class Touches:
    """Notes only, made cheaply for every request; they are looked through where an entry is due.

    `numbers` are normalised ID numbers by which somebody was looked for; `found` tells of those
    in filters, in no order, whether somebody has them, as far as a page tells.
    """

    batches: list[Sequence[Subject]] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list, repr=False)
    found: list[bool] = field(default_factory=list)
    rows: defaultdict[SourceName, int] = field(default_factory=partial(defaultdict, int))

    def add(self, subjects: Sequence[Subject]) -> None:
        """Subjects whose facts are read or shown."""
        self.batches.append(subjects)

    def answered(self, source: SourceName, result: object) -> None:
        """A source, or what is remembered of it, has answered; lists of rows are counted."""
        told = len(result) if isinstance(result, MadeLater) else 0
        if isinstance(result, list):
            told = sum(map(_IS_THERE, result))
        self.rows[source] += told

    def ids(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The persons and the units, each once, in the order they were found."""
        persons: dict[str, None] = {}
        units: dict[str, None] = {}
        person = EntityKind.PERSON
        for batch in self.batches:
            if isinstance(batch, SubjectRows):
                of_kind = persons if batch.kind is person else units
                of_kind |= dict.fromkeys(batch.ids)
                continue
            for kind, local, *_ in batch:
                (persons if kind is person else units)[local] = None
        return tuple(persons), tuple(units)

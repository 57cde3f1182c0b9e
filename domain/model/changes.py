"""What was written that a cache may still hold otherwise: places and digests, never a value."""

from dataclasses import dataclass

from domain.model.keys import SourceName


@dataclass(frozen=True, slots=True)
class Change:
    """One change; `source` None: of the links. `token` None: of everything there.

    A token is a keyed digest or an opaque id. `number` grows in the order of commits.
    """

    number: int
    source: SourceName | None
    token: str | None

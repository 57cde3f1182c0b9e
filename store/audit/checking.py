"""Runs the check of all chains over the kept entries, page by page: the log may be long."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from domain.audit.anchors import Anchor, AnchorKind, is_signed, latest
from domain.audit.chain import Head
from domain.audit.entry import told
from domain.audit.verifying import (
    ChainCheck,
    Finding,
    Payload,
    Row,
    Tampering,
    lost_chains,
)
from store.audit.anchoring import Anchors
from store.audit.reading import AuditBook
from store.audit.subjects import all_hashes

MOST_FINDINGS: Final = 100
"""Findings told of one chain; the rest is counted."""


@dataclass(slots=True)
class Report:
    """What a check saw: `purged` entries are vouched for by a checkpoint alone."""

    entries: int = 0
    erased: int = 0
    chains: int = 0
    purged: int = 0
    anchors: int = 0
    findings: list[Finding] = field(default_factory=list)
    untold: int = 0

    def add(self, found: Iterable[Finding]) -> None:
        """More findings; those above the bound are counted."""
        for finding in found:
            if len(self.findings) < MOST_FINDINGS:
                self.findings.append(finding)
            else:
                self.untold += 1


async def check_log(
    book: AuditBook, anchors: Anchors, elsewhere: Iterable[Anchor | None] = ()
) -> Report:
    """Checks everything; `elsewhere` are the anchors of the second place. Raises PlatformError."""
    report = Report()
    signed = _signed([*await anchors.list_all(), *elsewhere], book, report)
    starts = {
        a.chain: a.head for a in latest(a for a in signed if a.kind is AnchorKind.PURGED).values()
    }
    ends = {chain: anchor.head for chain, anchor in latest(signed).items()}
    report.purged = sum(head.sequence for head in starts.values())
    seen = {chain for chain, end in ends.items() if _is_purged(starts.get(chain), end)}
    for chain in await book.chains():
        seen.add(chain)
        start = starts.get(chain, Head(chain))
        await _check_chain(book, ChainCheck(start, book.keys.all, ends.get(chain)), report)
    report.add(lost_chains(ends, seen))
    return report


def _is_purged(start: Head | None, end: Head) -> bool:
    """Whether a checkpoint vouches for all that was ever anchored."""
    return start is not None and start.sequence >= end.sequence


def _signed(anchors: Sequence[Anchor | None], book: AuditBook, report: Report) -> list[Anchor]:
    good = []
    for anchor in anchors:
        report.anchors += 1
        if anchor is not None and is_signed(anchor, book.keys.all):
            good.append(anchor)
        else:
            chain, sequence = ("", 0) if anchor is None else (anchor.chain, anchor.sequence)
            detail = f"anchor {report.anchors} was not signed here"
            report.add([Finding(Tampering.ANCHOR, chain, sequence, detail)])
    return good


async def _check_chain(book: AuditBook, check: ChainCheck, report: Report) -> None:
    report.chains += 1
    start = check.start
    async for rows in _pages(book, start):
        indexed = await book.indexed(start.chain, rows[0].link.sequence, rows[-1].link.sequence)
        for row in rows:
            if row.link.sequence <= start.sequence:
                # A purge that was cut short: the checkpoint vouches for what it left.
                continue
            report.add(check.feed(row))
            report.erased += row.state is Payload.ERASED
            report.add(_index_findings(row, indexed))
    report.add(check.end())
    report.entries += check.checked


def _pages(book: AuditBook, start: Head) -> AsyncIterator[list[Row]]:
    return book.rows(start.chain, start.sequence)


def _index_findings(row: Row, indexed: Mapping[int, set[str]]) -> list[Finding]:
    """Whether an entry can be found by everybody whom it touched."""
    link = row.link
    if row.state is not Payload.HERE:
        return []
    wanted = set(all_hashes(told(row.payload)["subjects"]))
    if wanted <= indexed.get(link.sequence, set()):
        return []
    detail = "it is missing from the index of whom it touched"
    return [Finding(Tampering.INDEX, link.chain, link.sequence, detail)]

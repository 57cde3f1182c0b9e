"""Runs the check of all chains over the kept entries, page by page: the log may be long."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from domain.audit.anchors import Anchor, Reach, is_signed
from domain.audit.chain import Head, Link, is_genuine
from domain.audit.entry import Told, instant_text, told
from domain.audit.erasing import Erasures
from domain.audit.verifying import (
    ChainCheck,
    Finding,
    Payload,
    Row,
    Tampering,
    lost_chains,
)
from store.audit.anchoring import Anchors
from store.audit.reading import AuditBook, Indexed
from store.audit.subjects import all_hashes

MOST_FINDINGS: Final = 100
"""Findings told of one chain; the rest is counted."""
_ODD: Final = (ValueError, TypeError)
"""What is raised by values of another kind, which SQLite takes into any column."""


@dataclass(slots=True)
class Report:
    """What a check saw: `purged` entries are vouched for by a checkpoint alone.

    `unanchored` are the heads of a whole log that went on behind their last anchor.
    """

    entries: int = 0
    erased: int = 0
    chains: int = 0
    purged: int = 0
    anchors: int = 0
    erasures: Erasures = field(default_factory=Erasures)
    unanchored: list[Head] = field(default_factory=list)
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
    try:
        own = await anchors.list_all()
    except _ODD:
        own = [None]
    reach = _reach(chain(own, elsewhere), book, report)
    report.purged = sum(head.sequence for head in reach.starts.values())
    chains = await book.chains()
    heads = []
    for name in chains:
        start = reach.starts.get(name, Head(name))
        check = ChainCheck(start, book.keys.all, reach.ends.get(name))
        try:
            await _check_chain(book, check, report)
        except _ODD:
            detail = "behind it stands what this platform never writes and cannot read"
            report.add([Finding(Tampering.EDIT, name, check.last, detail)])
        heads.append(check.head)
    report.add(lost_chains(reach.ends, reach.purged().union(chains)))
    report.add(report.erasures.findings())
    for name in set(await book.indexed_chains()).difference(chains):
        report.add(_strays(name, await book.strays(name, 1, 0)))
    report.unanchored = [] if report.findings else reach.unanchored(heads)
    return report


def _reach(anchors: Iterable[Anchor | None], book: AuditBook, report: Report) -> Reach:
    reach = Reach()
    for anchor in anchors:
        report.anchors += 1
        if anchor is not None and is_signed(anchor, book.keys.all):
            reach.take(anchor)
        else:
            place = ("", 0) if anchor is None else (anchor.chain, anchor.sequence)
            detail = f"anchor {report.anchors} was not signed here"
            report.add([Finding(Tampering.ANCHOR, *place, detail)])
    return reach


async def _check_chain(book: AuditBook, check: ChainCheck, report: Report) -> None:
    report.chains += 1
    start = check.start
    async for rows in book.rows(start.chain):
        indexed = await book.indexed(start.chain, rows[0].link.sequence, rows[-1].link.sequence)
        for row in rows:
            tells = told(row.payload) if row.state is Payload.HERE else None
            if row.link.sequence <= start.sequence:
                report.add(_left_findings(row, check))
            else:
                report.add(check.feed(row))
                report.erased += row.state is Payload.ERASED
                report.erasures.feed(row, tells)
            if row.state is not Payload.UNREADABLE:
                own = indexed.get(row.link.sequence, set())
                report.add(_index_findings(row.link, tells, own))
    report.add(check.end())
    report.add(_strays(start.chain, await book.strays(start.chain, start.sequence + 1, check.last)))
    report.entries += check.checked


def _left_findings(row: Row, check: ChainCheck) -> list[Finding]:
    """What a purge that was cut short has left; the next one takes it, but it is not believed."""
    link = row.link
    if is_genuine(check.keys, link) and row.state is not Payload.UNREADABLE:
        return []
    return [Finding(Tampering.INSERT, link.chain, link.sequence, "it was purged, or never written")]


def _index_findings(link: Link, tells: Told | None, indexed: Indexed) -> list[Finding]:
    """Whether an entry is found by everybody whom it touched, at its time, and by nobody else.

    An erased one by nobody. What it touched stands in its contents, which the chain holds.
    """
    wanted = {(one, tells["at"]) for one in all_hashes(tells["subjects"])} if tells else set()
    kept = {(one, instant_text(at)) for one, at in indexed}
    if wanted == kept:
        return []
    is_hidden = bool(wanted - kept)
    detail = (
        "it is missing from the index of whom it touched"
        if is_hidden
        else "the index has it for somebody whom it did not touch"
    )
    return [Finding(Tampering.INDEX, link.chain, link.sequence, detail)]


def _strays(chain: str, places: Iterable[int]) -> list[Finding]:
    detail = "the index has an entry that is not there"
    return [Finding(Tampering.INDEX, chain, place, detail) for place in places]

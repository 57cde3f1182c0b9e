"""What `fourfold link` prints: the summary by department and the score against a truth."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from bulk.linking import CityLinks
from bulk.reports import LinkSummary, Outcome
from bulk.scoring import JUDGED, Score
from domain.model.departments import RECORD_ORDER
from domain.model.keys import EntityKind

HEADINGS: Final = {
    Outcome.CERTAIN: "certain",
    Outcome.HIGH: "high",
    Outcome.MEDIUM: "medium",
    Outcome.LOW: "low",
    Outcome.CONFLICT: "conflict",
    Outcome.WAITING: "waiting",
    Outcome.UNUSABLE: "unusable",
    Outcome.DUPLICATE: "double",
}
TITLES: Final = {EntityKind.PERSON: "persons", EntityKind.UNIT: "units"}


def tell_links(done: CityLinks) -> dict[str, object]:
    """The summary as it is printed in JSON."""
    return {
        TITLES[EntityKind.PERSON]: _summary_told(done.people),
        TITLES[EntityKind.UNIT]: _summary_told(done.units),
        "unread": [asdict(each) for each in done.unread],
    }


def tell_scores(scores: Sequence[Score]) -> dict[str, object]:
    """The score as it is printed in JSON; nothing without a truth."""
    return {"truth": {TITLES[each.entity]: _score_told(each) for each in scores}} if scores else {}


def print_links(done: CityLinks) -> None:
    """The summary as tables; what was left out is named below."""
    console = Console()
    console.print(_table("Persons", done.people))
    console.print(_table("Units", done.units))
    console.print(_readings(done))
    for each in {unread.source: unread for unread in reversed(done.unread)}.values():
        text = f"{each.source} ({each.department}) was left as it is linked: {each.reason}"
        console.print(text, highlight=False, soft_wrap=True)


def print_scores(scores: Sequence[Score]) -> None:
    """One table for each kind; nothing without a truth."""
    for each in scores:
        Console().print(_score_table(each))


def _summary_told(summary: LinkSummary) -> dict[str, object]:
    records = {
        outcome.value: {
            department.value: summary.counts[outcome, department]
            for department in RECORD_ORDER
            if (outcome, department) in summary.counts
        }
        for outcome in Outcome
    }
    readings = [asdict(each) for each in summary.readings]
    return {"records": records, "changes": asdict(summary.changes), "readings": readings}


def _score_told(score: Score) -> dict[str, object]:
    levels = {level: score.of(level) for level in JUDGED}
    return {
        "levels": {
            level.value: asdict(each) | {"precision": each.precision, "recall": each.recall}
            for level, each in levels.items()
        },
        "linkable": score.linkable,
        "linked": score.linked,
        "recall": score.recall,
        "wrong": score.wrong,
        "beyond": score.beyond,
    }


def _table(title: str, summary: LinkSummary) -> Table:
    changes = summary.changes
    caption = f"{changes.owners} new, {changes.opened} links begun, {changes.closed} ended"
    if changes.held:
        caption += f", {changes.held} left as a steward confirmed them"
    if changes.merged:
        caption += f", {changes.merged} old codes lead to other heirs"
    table = Table("department", title=title, caption=caption, box=SIMPLE, padding=0)
    for heading in HEADINGS.values():
        table.add_column(heading, justify="right")
    for department in RECORD_ORDER:
        counts = [summary.counts.get((outcome, department), 0) for outcome in HEADINGS]
        table.add_row(department.value, *map(str, counts))
    return table


def _readings(done: CityLinks) -> Table:
    table = Table("source", "records", title="Read", box=SIMPLE, padding=0)
    for heading in ("rows", "by key"):
        table.add_column(heading, justify="right")
    table.add_column("how")
    for title, summary in zip(TITLES.values(), (done.people, done.units), strict=True):
        for each in summary.readings:
            how = "its changes" if each.why is None else f"whole: {each.why}"
            table.add_row(each.source, title, str(each.rows), str(each.again), how)
    return table


def _score_table(score: Score) -> Table:
    caption = f"linkable {score.linkable}, linked {score.linked}: recall {score.recall:.5f}"
    caption += f"; wrong links {score.wrong}"
    if score.beyond:
        caption += f"; {score.beyond} more than planted"
    title = f"Against the truth: {TITLES[score.entity]}"
    table = Table("level", title=title, caption=caption, box=SIMPLE)
    for heading in ("planted", "judged", "right", "precision", "recall"):
        table.add_column(heading, justify="right")
    for level in JUDGED:
        of = score.of(level)
        shares = (f"{of.precision:.5f}", f"{of.recall:.5f}")
        table.add_row(level.value, *map(str, (of.planted, of.judged, of.right)), *shares)
    return table

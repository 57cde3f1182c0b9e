"""Records without an ID number, grouped by the link key that their mappings name."""

import asyncio
from collections.abc import Mapping

from bulk.reports import Outcome
from bulk.run import Group, Run
from domain.identity.grouping import judge_group
from domain.identity.link_keys import MOST_RECORDS, by_link_key
from domain.identity.matching import Judgement, UnlinkedRow
from domain.model.keys import EntityKind, LocalKey
from store.records import Fate


async def join_links(run: Run) -> None:
    """Let records without a number stand with those of their link key, numbered or not.

    A key that leads to several persons is a conflict; one that far too many records have is none.
    """
    if not any(EntityKind.PERSON in each.description.link_keys for each in run.holders):
        return
    doubted = await asyncio.to_thread(run.spill.join_links, MOST_RECORDS)
    run.spill.settle((key, Fate(Outcome.CONFLICT)) for key in doubted)


def judge_rows(
    group: Group, former: Mapping[LocalKey, tuple[str, ...]]
) -> Mapping[LocalKey, Judgement]:
    """How surely each record is the person; those that only the link key leads to less surely."""
    rows = [UnlinkedRow(row.key, row.told.name, former.get(row.key, ())) for row in group]
    judged = judge_group(rows)
    keyed = {row.key for row in group if row.told.link_name is not None}
    return {key: by_link_key(each) if key in keyed else each for key, each in judged.items()}

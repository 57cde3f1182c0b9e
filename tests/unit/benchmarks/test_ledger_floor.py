"""The floor of the ledger spreads Finance's count as our own rules do."""

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.jobs.ledger import LEDGER, PAGE, headcount
from domain.catalogue.codes import code_set
from domain.catalogue.hierarchy import all_above
from domain.model.headcount import spread_headcount
from domain.model.pools import HeadcountRow

TYPES = code_set("establishment_type")
PARENTS = {code: entry.parent for code, entry in TYPES.items()}
codes = st.sampled_from(sorted(TYPES))


@given(
    st.lists(codes, min_size=1, max_size=4, unique=True),
    st.lists(st.tuples(st.none() | codes, st.integers(0, 9)), max_size=4),
)
def test_a_count_falls_into_the_pool_that_our_own_rules_name(
    pools: list[str], counted: list[tuple[str | None, int]]
) -> None:
    rows = [HeadcountRow("101", kind, count) for kind, count in counted]
    ours = spread_headcount(rows, pools, all_above("establishment_type"))

    assert {kind: headcount(kind, pools, counted, PARENTS) for kind in pools} == ours


def test_the_document_asks_for_one_page() -> None:
    assert f"first: {PAGE}" in LEDGER.document

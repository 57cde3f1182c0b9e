"""Fields of a pool that plans read straight from it show what their methods show."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.departments import Department
from domain.model.keys import EntityKind, LocalKey, SourceName
from domain.model.quota import PoolNumbers
from domain.model.records import UnknownCode
from domain.model.subjects import IdentityState, Subject
from resolvers.planning.metadata import PLAN, ReadsPool
from resolvers.pools import Pool
from schema.units import EstablishmentPool, make_pool

KEY = LocalKey(Department.ESTABLISHMENT, SourceName("establishment"), "U1")
UNIT = Subject(EntityKind.UNIT, "u1", IdentityState.LINKED, (KEY,))
NUMBER = st.none() | st.integers(-5, 50)
FIELDS: list[Any] = EstablishmentPool.__strawberry_definition__.fields  # type: ignore[attr-defined]  # Strawberry's own mark


def _plan(field: Any) -> ReadsPool | None:  # noqa: ANN401 - Strawberry's record of a field
    plan = field.metadata.get(PLAN)
    return plan if isinstance(plan, ReadsPool) else None


def _read(pool: Pool, plan: ReadsPool) -> object:
    value: Any = pool  # Any: whatever the path leads to
    for name in plan.path:
        value = getattr(value, name)
    return plan.make(value) if plan.make else value


@given(
    numbers=st.builds(PoolNumbers, *[NUMBER] * 7, is_ordered=st.booleans()),
    kind=st.sampled_from(["1", "11", UnknownCode("1"), UnknownCode("什么")]),
    headcount=NUMBER,
)
def test_the_path_of_a_field_leads_to_what_its_method_shows(
    numbers: PoolNumbers, kind: str, headcount: int | None
) -> None:
    pool = Pool(UNIT, KEY, kind, numbers, headcount, datetime(2026, 1, 1, tzinfo=UTC))
    shown = make_pool(pool)

    for field in FIELDS:
        plan = _plan(field)
        if plan is not None and plan.path:
            method = field.base_resolver and field.base_resolver.wrapped_func
            stock = method(shown) if method else getattr(shown, field.python_name)
            assert _read(pool, plan) == stock, field.python_name


def test_of_a_pool_only_the_freeze_is_asked_by_its_method() -> None:
    asked = {field.python_name for field in FIELDS if (plan := _plan(field)) and not plan.path}

    assert asked == {"freeze"}


def test_a_field_that_leads_nowhere_stops_the_start() -> None:
    with pytest.raises(TypeError, match=r"no pool has numbers\.loked"):
        ReadsPool(path=("numbers", "loked"))

"""A plan as text for people: what each level reads, what follows, and the generated source."""

from collections.abc import Iterator

from resolvers.planning.facts import stitched_shape
from resolvers.planning.steps import (
    CityPlan,
    ListPlan,
    LoadedStep,
    PoolListPlan,
    PoolPlan,
    PoolsStep,
    QueryPlan,
    Root,
    ShownStep,
    Step,
    SubjectPlan,
    UnitStep,
)


def tell_plan(plan: QueryPlan) -> str:
    """The levels of a plan, then its source; names of ours stand for all that a client wrote."""
    lines = ["levels:"]
    for root in plan.roots:
        lines += [f"  {line}" for line in _root(root)]
    return "\n".join([*lines, "", "source:", *(f"  {line}" for line in _source(plan))])


def _source(plan: QueryPlan) -> Iterator[str]:
    for text in plan.texts:
        yield from text.rstrip().splitlines()


def _root(root: Root) -> Iterator[str]:
    if isinstance(root, CityPlan):
        yield "known to the process, nothing is read"
        return
    if isinstance(root, ListPlan):
        yield from _list(root)
        return
    if isinstance(root, PoolListPlan):
        yield "page of the ledger, driven by the Establishment Office"
        for pool in root.below:
            yield from _indented(_pool(pool))
        return
    yield f"find by {root.entry}: platform database, else every source"
    for below in root.subjects.values():
        yield from _indented(_subject(below))
    if root.pool is not None:
        yield from _indented(_pool(root.pool))


def _list(plan: ListPlan) -> Iterator[str]:
    total = ", and its total" if plan.is_counted else ""
    yield f"page of {plan.listing}: first living driver{total}; links in one statement"
    for below in plan.below:
        yield from _indented(_subject(below))


def _subject(plan: SubjectPlan) -> Iterator[str]:
    """What one selection reads; its shape over stitched values is made, to be shown as source."""
    stitched_shape(plan)
    way = "gathered from all holders" if plan.is_gathered else "straight from the first holders"
    yield f"{plan.type_name}: one order a source, {way}"
    if plan.singles:
        yield f"  values: {', '.join(indicator.name for indicator in plan.singles)}"
    for category in plan.categories:
        names = ", ".join(sorted(plan.wanted.row_values(category)))
        yield f"  rows of {category.field}: {names}"
    for step in plan.steps:
        yield from _indented(_step(step))


def _step(step: Step) -> Iterator[str]:
    match step:
        case UnitStep():
            yield f"then units by {step.indicator}: one statement of the platform database"
            yield from _indented(_subject(step.below))
        case PoolsStep():
            yield "then pools of all units of the level"
            yield from _indented(_pool(step.below))
        case ListPlan():
            yield "then, below each unit:"
            yield from _indented(_list(step))
        case LoadedStep():
            yield "then sums over the pools of the unit and of all units below it"
        case ShownStep():
            yield "then records" if step.indicators is None else "then provenance"


def _pool(plan: PoolPlan) -> Iterator[str]:
    wanted = plan.wanted
    pairs = {
        "occupied": wanted.occupied,
        "plans": wanted.plans,
        "payroll headcount": wanted.headcount,
    }
    yield f"EstablishmentPool: pools{''.join(f', {n}' for n, asked in pairs.items() if asked)}"
    for unit in plan.units:
        yield "  then their units"
        yield from _indented(_indented(_subject(unit)))


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)

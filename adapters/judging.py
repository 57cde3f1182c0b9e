"""Whether rows are within a caller's reach; no value of a row leaves its source for it."""

from collections.abc import Iterator

from adapters.assembly import row_key
from adapters.listing import reach_values, shapes_of
from adapters.mapping.convert import key_text
from adapters.port import OWN_KEY, Condition, JudgeOrder, Operator
from adapters.session import Session
from adapters.sql.conditions import Bound, Shape
from adapters.sql.lists import ListPlans
from domain.model.tally import Tally


class Judging:
    """The judgements of one source. Raises LaneError."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def judge(self, order: JudgeOrder, tally: Tally) -> dict[str, bool]:
        """For each text that a live row has: whether one of those rows is within reach."""
        lists = (await self._session.opened()).lists[order.entity]
        if order.hosted_on is None:
            reach = lists.conditions.within(order.reach)
            shapes, hosts, bounds = shapes_of(reach), None, reach_values(reach)
        else:
            codes = order.reach.codes if order.reach else ()
            shapes, hosts = None, lists.hosting.size(codes)
            bounds = lists.hosting.values(codes, order.hosted_on)
        width = len(lists.entity.key) if order.by == OWN_KEY else 1
        found: dict[str, bool] = {}
        for by in self._asked(order, lists):
            values = {f"c0_{i}": value for i, value in enumerate(by.values)} | bounds
            statement = lists.judge(by.shape, shapes, hosts)
            for row in await self._session.run(statement, values, tally):
                text = row_key(row, width) if order.by == OWN_KEY else key_text(row[0])
                if text is not None:
                    found[text] = found.get(text, False) or bool(row[width])
        return found

    def _asked(self, order: JudgeOrder, lists: ListPlans) -> Iterator[Bound]:
        """The texts in parts that one statement takes; no text is a part too."""
        size = self._session.options.max_keys
        for start in range(0, len(order.texts) or 1, size):
            texts = order.texts[start : start + size]
            bounds = lists.conditions.bound([Condition(order.by, Operator.IN, texts)])
            # A constant in place of a key or number tells nobody apart.
            yield bounds[0] if bounds else Bound(Shape(order.by, Operator.IN, 0), ())

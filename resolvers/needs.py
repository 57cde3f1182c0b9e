"""What a batch of subjects still has to be read for, judged by what is known and what is lost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from domain.catalogue.indicators import Category, Indicator, catalogue
from domain.identity.holding import Coverage, filler_keys, row_keys, value_keys
from domain.identity.stitching import RowKey, unique_rows
from domain.model.keys import CategoryCode, EntityKind, IndicatorName, LocalKey
from domain.model.subjects import Subject
from resolvers.reading import Known
from resolvers.wanted import Wanted

Ask = tuple[Subject, Wanted]
Names = frozenset[IndicatorName]
Codes = frozenset[CategoryCode]

_NO_ROWS: Codes = frozenset()


@dataclass(slots=True)
class Need:
    """What is to be read of one row."""

    indicators: set[IndicatorName] = field(default_factory=set)
    rows: set[CategoryCode] = field(default_factory=set)
    raw: bool = False


Needs = dict[LocalKey, Need]


class Step(NamedTuple):
    """One row that is to give these indicators and the rows of these categories."""

    key: LocalKey
    names: Names
    rows: Codes = _NO_ROWS


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who may give what is wanted, by the places of a subject's keys.

    `groups` are single values with the places of all that may give them, in order; `firsts` the
    values that each place gives while no row is lost; `categories` those whose rows are shown.
    """

    groups: tuple[tuple[tuple[int, ...], Names], ...]
    firsts: tuple[tuple[int, Names], ...]
    categories: tuple[Category, ...]


@dataclass(slots=True)
class Needing:
    """Judges what a batch needs; a lost row gives no more than what is known of it already."""

    kind: EntityKind
    coverage: Coverage
    known: Mapping[tuple[EntityKind, LocalKey], Known]
    lost: set[LocalKey]
    _candidates: dict[object, Candidates] = field(default_factory=dict)

    def of(self, asks: Sequence[Ask]) -> Needs:
        """What is to be read now: for everything open, the first row that may still give it."""
        needs: Needs = {}
        for subject, wanted in asks:
            for step in self._steps(subject, wanted):
                self._add(needs, step, raw=wanted.is_raw)
        return needs

    def of_next_holders(self, asks: Sequence[Ask]) -> Needs:
        """What is to be read in a further wave."""
        if not self.lost and not any(wanted.row_categories for wanted in {w for _, w in asks}):
            return {}
        return self.of(asks)

    def beside(self, needs: Needs, asks: Sequence[Ask]) -> Needs:
        """What else is open that the sources of a further wave hold.

        They are asked for it too, so that no failure of another one makes them be asked a third
        time; they do not owe it.
        """
        again = {key.source for key in needs}
        more: Needs = {}
        for subject, wanted in asks:
            keys = [key for key in subject.keys if key.source in again and key not in self.lost]
            for step in self._open(subject, wanted, keys):
                self._add(more, step, raw=wanted.is_raw)
        return more

    def owed(self, silent: set[LocalKey], asks: Sequence[Ask]) -> Needs:
        """What all others before them leave to rows of a source that did not answer.

        They may have been lost for something else before it came to that.
        """
        needs = replace(self, lost=self.lost - silent).of(asks)
        return {key: need for key, need in needs.items() if key in silent}

    def gives_rows(self, key: LocalKey, category: Category, names: Names) -> bool:
        """Whether a row can still give, or has given, these columns of its child rows."""
        if key not in self.lost:
            return True
        known = self._known(key)
        wanted = names & self.coverage.mapped(key.source)
        return known is not None and category.code in known.rows and wanted <= known.indicators

    def _steps(self, subject: Subject, wanted: Wanted) -> Iterator[Step]:
        candidates = self._by_candidates(subject, wanted)
        if self.lost.isdisjoint(subject.keys):
            yield from (Step(subject.keys[i], names) for i, names in candidates.firsts)
        else:
            for places, names in candidates.groups:
                yield from self._value_steps([subject.keys[i] for i in places], names)
        for category in candidates.categories:
            yield from self._row_steps(subject, category, wanted.row_values(category))
        if wanted.is_raw:
            yield from self._steps_everywhere(subject, wanted)

    def _value_steps(self, keys: Sequence[LocalKey], names: Names) -> Iterator[Step]:
        """The first row that is not lost; the lost ones before it keep what they gave."""
        for key in keys:
            if key not in self.lost:
                yield Step(key, names)
                return
            known = self._known(key)
            names -= known.facet.values.keys() if known else frozenset()

    def _row_steps(self, subject: Subject, category: Category, names: Names) -> Iterator[Step]:
        """The shown rows, and for each column the rows that may fill it."""
        keys = row_keys(category, subject, self.coverage)
        shown = next((key for key in keys if self.gives_rows(key, category, names)), None)
        if shown is None:
            return
        yield _row_step(shown, category, names)
        for name in names:
            for key in self._fillers(subject, category, shown, catalogue().indicators[name]):
                yield _row_step(key, category, frozenset({name}))

    def _fillers(
        self, subject: Subject, category: Category, shown: LocalKey, indicator: Indicator
    ) -> Iterator[LocalKey]:
        """The first filler, and each next one only while rows stay unmatched."""
        unmatched = self._row_keys(shown, category)
        for key in filler_keys(indicator, category, shown, subject, self.coverage):
            if not self.gives_rows(key, category, frozenset({indicator.name})):
                continue
            yield key
            filled = self._row_keys(key, category)
            if unmatched is None or filled is None or unmatched <= filled:
                return
            unmatched -= filled

    def _row_keys(self, key: LocalKey, category: Category) -> frozenset[RowKey] | None:
        """The row keys that can be matched; None where the rows have not been read."""
        known = self._known(key)
        if known is None or category.code not in known.rows:
            return None
        return frozenset(unique_rows(known.facet.rows.get(category.code, ()), category))

    def _steps_everywhere(self, subject: Subject, wanted: Wanted) -> Iterator[Step]:
        for key in (*subject.keys, *subject.apart):
            mapped = self.coverage.mapped(key.source)
            whole = mapped - wanted.unread
            names = whole if wanted.whole else wanted.everywhere_with_row_keys & mapped
            if key not in self.lost and (names or wanted.whole):
                yield Step(key, names, row_codes(names))

    def _open(self, subject: Subject, wanted: Wanted, keys: Sequence[LocalKey]) -> Iterator[Step]:
        """Everything not known of a subject yet that one of these rows may give."""
        if not keys:
            return
        candidates = self._by_candidates(subject, wanted)
        for places, names in candidates.groups:
            able = [subject.keys[i] for i in places]
            left = names - self._given(able)
            yield from (Step(key, left) for key in keys if left and key in able)
        for category in candidates.categories:
            names = wanted.row_values(category)
            if any(map(self._is_open, self._row_steps(subject, category, names))):
                yield from (
                    _row_step(key, category, names)
                    for key in keys
                    if self._may_give(key, category, names)
                )

    def _given(self, keys: Sequence[LocalKey]) -> Names:
        found = (self._known(key) for key in keys)
        return frozenset().union(*(known.facet.values for known in found if known))

    def _is_open(self, step: Step) -> bool:
        known = self._known(step.key)
        names = step.names & self.coverage.mapped(step.key.source)
        return known is None or not _is_known(known, names, step.rows, raw=False)

    def _may_give(self, key: LocalKey, category: Category, names: Names) -> bool:
        """Whether a row may show child rows, or fill cells of another's."""
        if not category.row_key:
            return key.department is category.row_authority
        mapped = self.coverage.mapped(key.source)
        return mapped.issuperset(category.row_key) and not names.isdisjoint(mapped)

    def _by_candidates(self, subject: Subject, wanted: Wanted) -> Candidates:
        """Who may give what; worked out once for all subjects that are rows of the same sources."""
        shape = (wanted, tuple(key.source for key in subject.keys))
        found = self._candidates.get(shape)
        if found is None:
            found = self._candidates[shape] = self._group(subject, wanted)
        return found

    def _group(self, subject: Subject, wanted: Wanted) -> Candidates:
        groups: dict[tuple[int, ...], set[IndicatorName]] = {}
        firsts: dict[int, set[IndicatorName]] = {}
        for name in wanted.singles:
            keys = value_keys(catalogue().indicators[name], subject, self.coverage)
            places = tuple(map(subject.keys.index, keys))
            if places:
                groups.setdefault(places, set()).add(name)
                firsts.setdefault(places[0], set()).add(name)
        return Candidates(
            groups=tuple((places, frozenset(names)) for places, names in groups.items()),
            firsts=tuple((place, frozenset(names)) for place, names in firsts.items()),
            categories=wanted.row_categories,
        )

    def _add(self, needs: Needs, step: Step, *, raw: bool) -> None:
        """Adds what is not known yet of a row."""
        names = step.names & self.coverage.mapped(step.key.source)
        known = self._known(step.key)
        if known is not None and _is_known(known, names, step.rows, raw=raw):
            return
        need = needs.setdefault(step.key, Need())
        need.raw |= raw
        if known is None:
            need.rows |= step.rows
            need.indicators |= names
            return
        fresh = names - known.indicators
        need.rows |= (step.rows - known.rows) | (row_codes(fresh) & step.rows)
        need.indicators |= fresh
        _complete(need, known)

    def _known(self, key: LocalKey) -> Known | None:
        return self.known.get((self.kind, key))


def _row_step(key: LocalKey, category: Category, names: Names) -> Step:
    return Step(key, names.union(category.row_key), frozenset({category.code}))


def _complete(need: Need, known: Known) -> None:
    """Reads again what must stay of one read: columns of a row, and all where raw texts are new."""
    need.raw |= known.raw
    if need.raw and not known.raw:
        need.rows |= known.rows
        need.indicators |= known.indicators
    indicators = catalogue().indicators
    need.indicators |= {name for name in known.indicators if indicators[name].category in need.rows}


def _is_known(known: Known, names: Names, rows: Codes, *, raw: bool) -> bool:
    return names <= known.indicators and rows <= known.rows and (known.raw or not raw)


def row_codes(names: Names) -> Codes:
    """The categories whose child rows hold these indicators."""
    categories = (catalogue().category_of(name) for name in names)
    return frozenset(c.code for c in categories if not c.row_names.isdisjoint(names))
